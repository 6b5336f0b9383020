import type { Key, OperatorContext } from '#stage';

/** How long a change may wait for others of the same key, ms. */
const LINGER_MS = 100;
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
  #since = 0;

  constructor(context: OperatorContext) {
    this.#context = context;
  }

  /** Once for each key, until it has been taken. */
  add(key: Key): void {
    if (this.#keys.length === 0) this.#since = this.#context.now();
    this.#keys.push(key);
  }

  /** All of them: at a barrier, and when nothing more comes. */
  take(): readonly Key[] {
    const keys = this.#keys;
    this.#keys = [];
    return keys;
  }

  /** Those that are due behind a batch. */
  due(): readonly Key[] {
    const { length } = this.#keys;
    if (length === 0 || (length < LIMIT && this.#context.now() - this.#since < LINGER_MS)) return [];
    return this.take();
  }

  /** Those that must go before a watermark is passed on. */
  before(watermark: number): readonly Key[] {
    return this.#context.retractions || watermark === Number.POSITIVE_INFINITY ? this.take() : [];
  }
}
