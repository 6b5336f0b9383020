import { field, type Key } from '#stage';
import { Timers } from '../window/timers.ts';

/** Keys that one turn lets go. */
const PORTION = 1000;

/** After what time an operator forgets a key. */
export const ttlOption = field.duration(
  'A key whose latest record is so far behind the watermark, or farther, is forgotten; by default none is.',
  { min: 1, optional: true },
);

/** When a key was last seen. */
export interface Seen {
  readonly time: number;
  readonly order: number;
}

/**
 * Finds the keys that have not been seen for some time, in the order in which they were last seen. One timer a key: it is set
 * again when it goes off and the key has been seen since. Not part of a snapshot: what `seenOf` reads is, and after a restore
 * every key is told anew by {@link Expiry.touch}.
 */
export class Expiry {
  readonly #ttlMs: number;
  readonly #seenOf: (key: Key) => Seen | undefined;
  readonly #timers = new Timers<{ key: Key; order: number }>();
  /** When the timer that counts for a key goes off: another one of it is stale. */
  readonly #timed = new Map<Key, { due: number; order: number }>();

  constructor(ttlMs: number, seenOf: (key: Key) => Seen | undefined) {
    this.#ttlMs = ttlMs;
    this.#seenOf = seenOf;
  }

  /** The key has been seen. */
  touch(key: Key, { time, order }: Seen): void {
    const due = time + this.#ttlMs;
    // A key that was let go and has come back may be over before the timer that it had.
    const known = this.#timed.get(key);
    if (known === undefined || due < known.due) this.#set(key, due, order);
  }

  #set(key: Key, due: number, order: number): void {
    this.#timed.set(key, { due, order });
    this.#timers.add(due, { key, order }, order);
  }

  /** Gives the keys whose time is over when it is `now` to `forget`, at most 1,000; true when there are more. */
  advance(now: number, forget: (key: Key) => void): boolean {
    for (let done = 0; this.#timers.next <= now; done++) {
      if (done === PORTION) return true;
      const due = this.#timers.next;
      const { key, order } = this.#timers.take() as { key: Key; order: number };
      const timed = this.#timed.get(key);
      if (timed?.due !== due || timed.order !== order) continue;
      const seen = this.#seenOf(key);
      // Also when it is over by now: keys go in the order in which they were last seen, whenever timers were set.
      if (seen !== undefined && (seen.time + this.#ttlMs > due || seen.order !== order)) {
        this.#set(key, seen.time + this.#ttlMs, seen.order);
        continue;
      }
      this.#timed.delete(key);
      if (seen !== undefined) forget(key);
    }
    return false;
  }
}
