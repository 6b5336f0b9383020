import type { At, OperatorContext, Row } from '#stage';

/** What came of a question: what was found (null: nothing), or why nobody knows. */
export type Answer = { found: unknown } | { failed: string; code: string };

/** Asks; never throws at once. */
export type Question = () => Answer | Promise<Answer>;

/** A record that waits for its answer. */
interface Asked {
  readonly row: Row;
  readonly at: At;
  readonly question: Question;
  answer: Answer | undefined;
}

/**
 * Records whose answers are under way: at most `concurrency` questions at the same time, and what a batch brings besides waits
 * for its turn. They are given in the order in which they came, or as their answers come.
 */
export class AnswerLine {
  readonly #context: OperatorContext;
  readonly #concurrency: number;
  readonly #ordered: boolean;
  readonly #all = new Set<Asked>();
  readonly #answered: Asked[] = [];
  #waiting: Asked[] = [];
  #underWay = 0;
  #closed = false;
  #broken: { error: unknown } | undefined;

  constructor(context: OperatorContext, { concurrency, ordered }: { concurrency: number; ordered: boolean }) {
    this.#context = context;
    this.#concurrency = concurrency;
    this.#ordered = ordered;
  }

  get pending(): boolean {
    return this.#all.size > 0;
  }

  get busy(): boolean {
    return this.#all.size >= this.#concurrency;
  }

  /** The record in hand asks. */
  add(row: Row, question: Question): void {
    const { time, order, key } = this.#context.at;
    const asked: Asked = { row, at: { time, order, key, retract: false }, question, answer: undefined };
    if (this.#underWay < this.#concurrency && this.#waiting.length === 0) this.#start(asked);
    else this.#waiting.push(asked);
    this.#all.add(asked);
    if (asked.answer !== undefined) this.#answered.push(asked);
  }

  #start(asked: Asked): void {
    const answer = asked.question();
    if (!(answer instanceof Promise)) {
      asked.answer = answer;
      return;
    }
    this.#underWay++;
    answer.then(
      (known) => this.#came(asked, known),
      (error) => {
        this.#broken = { error };
        if (!this.#closed) this.#context.wake();
      },
    );
  }

  #came(asked: Asked, answer: Answer): void {
    this.#underWay--;
    asked.answer = answer;
    this.#answered.push(asked);
    if (this.#closed) return;
    // What is answered at once leaves its place to the next.
    while (this.#underWay < this.#concurrency && this.#waiting.length > 0) {
      const one = this.#waiting.shift() as Asked;
      this.#start(one);
      if (one.answer !== undefined) this.#answered.push(one);
    }
    this.#context.wake();
  }

  /** Gives the records that have their answers; true when there were any. Throws what no record is to blame for. */
  give(give: (row: Row, at: At, answer: Answer) => void): boolean {
    if (this.#broken !== undefined) throw this.#broken.error;
    let given = false;
    const one = (asked: Asked) => {
      this.#all.delete(asked);
      given = true;
      give(asked.row, asked.at, asked.answer as Answer);
    };
    const answered = this.#answered.splice(0);
    if (!this.#ordered) for (const asked of answered) one(asked);
    else
      for (const asked of this.#all) {
        if (asked.answer === undefined) break;
        one(asked);
      }
    return given;
  }

  /** What is under way concerns nobody any more. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }
}
