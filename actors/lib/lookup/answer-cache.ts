import type { Answer } from './answer-line.ts';

export interface CacheOptions {
  readonly rows: number;
  /** Milliseconds that an answer is good for, and one that there is nothing. */
  readonly for: number;
  readonly missFor: number;
}

/**
 * The latest answers, and those under way: the same question is asked once at a time. Failures are not kept. Where nothing is
 * kept, no answer is older than its question: only those that ask in one turn, whose questions travel together, share one.
 */
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
    const asked: Promise<Answer> = ask().then(
      (answer) => {
        this.#ended(question, asked);
        this.#keep(question, answer);
        return answer;
      },
      (error) => {
        this.#ended(question, asked);
        throw error;
      },
    );
    this.#underWay.set(question, asked);
    if (!this.#keeps) queueMicrotask(() => this.#underWay.delete(question));
    return asked;
  }

  #ended(question: string, asked: Promise<Answer>): void {
    if (this.#underWay.get(question) === asked) this.#underWay.delete(question);
  }

  get #keeps(): boolean {
    const { rows, for: good, missFor } = this.#o;
    return rows > 0 && (good > 0 || missFor > 0);
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
