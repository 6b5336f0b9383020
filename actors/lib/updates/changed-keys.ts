import type { Key, OperatorContext } from '#stage';

/** How many keys may wait, so that no turn gives more rows. */
const LIMIT = 5000;

/**
 * The keys whose rows have changed since they were given. A key that changes a thousand times in a tenth of a second gives
 * one row, not a thousand. A stage that computes something of the rows gets them before the watermark that they belong to;
 * a sink can wait.
 */
export class ChangedKeys {
  readonly #context: OperatorContext;
  #keys: Key[] = [];

  constructor(context: OperatorContext) {
    this.#context = context;
  }

  /** Once for each key, until it has been taken. */
  add(key: Key): void {
    this.#keys.push(key);
  }

  /** All of them: as the clock goes on, and at a barrier. */
  take(): readonly Key[] {
    const keys = this.#keys;
    this.#keys = [];
    return keys;
  }

  /** All, once they are many. */
  many(): readonly Key[] {
    return this.#keys.length < LIMIT ? [] : this.take();
  }

  /** Those that must go before a watermark is passed on. */
  before(watermark: number): readonly Key[] {
    return this.#context.retractions || watermark === Number.POSITIVE_INFINITY ? this.take() : [];
  }
}
