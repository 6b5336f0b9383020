import type { OperatorContext } from '#stage';

/** Records of one turn, and how long they may take but for the last of them. */
const RECORDS = 1000;
const TURN_MS = 50;

/** Cuts work on many records into turns, whatever a record costs. */
export class Portion {
  readonly #context: OperatorContext;
  #done = 0;
  #begun = 0;

  constructor(context: OperatorContext) {
    this.#context = context;
  }

  /** A turn begins. */
  begin(): void {
    this.#done = 0;
    this.#begun = this.#context.now();
  }

  /** One more record is done: true when the next should wait for another turn. */
  over(): boolean {
    // The wall clock may jump, in either direction.
    return ++this.#done >= RECORDS || Math.abs(this.#context.now() - this.#begun) >= TURN_MS;
  }
}
