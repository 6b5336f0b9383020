import type { Answer } from './answer-line.ts';

export interface CacheOptions {
  readonly rows: number;
  /** Milliseconds that an answer is good for, and one that there is nothing. */
  readonly for: number;
  readonly missFor: number;
}

/** The latest answers, and those under way: the same question is asked once. Failures are not kept. */
export class AnswerCache {
  readonly #o: CacheOptions;
  readonly #now: () => number;
  /** Least recently used first. */
  readonly #known = new Map<string, { answer: Answer; until: number }>();
  readonly #underWay = new Map<string, Promise<Answer>>();

  constructor(options: CacheOptions, now: () => number) {
    this.#o = options;
    this.#now = now;
  }

  get(question: string, ask: () => Promise<Answer>): Answer | Promise<Answer> {
    const known = this.#known.get(question);
    if (known !== undefined) {
      this.#known.delete(question);
      if (known.until > this.#now()) {
        this.#known.set(question, known);
        return known.answer;
      }
    }
    const asked = this.#underWay.get(question) ?? this.#begin(question, ask);
    return asked;
  }

  #begin(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const asked = ask().then(
      (answer) => {
        this.#underWay.delete(question);
        this.#keep(question, answer);
        return answer;
      },
      (error) => {
        this.#underWay.delete(question);
        throw error;
      },
    );
    this.#underWay.set(question, asked);
    return asked;
  }

  #keep(question: string, answer: Answer): void {
    const { rows, for: good, missFor } = this.#o;
    const ms = 'failed' in answer ? 0 : answer.found === null ? missFor : good;
    if (rows === 0 || ms === 0) return;
    this.#known.set(question, { answer, until: this.#now() + ms });
    if (this.#known.size <= rows) return;
    const [oldest] = this.#known.keys();
    this.#known.delete(oldest as string);
  }
}
