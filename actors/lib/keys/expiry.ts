import type { Key } from '#stage';
import { Timers } from '../window/timers.ts';

/** Keys that one turn lets go. */
const PORTION = 1000;

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
  readonly #timed = new Set<Key>();

  constructor(ttlMs: number, seenOf: (key: Key) => Seen | undefined) {
    this.#ttlMs = ttlMs;
    this.#seenOf = seenOf;
  }

  /** The key has been seen. */
  touch(key: Key, { time, order }: Seen): void {
    if (this.#timed.has(key)) return;
    this.#timed.add(key);
    this.#timers.add(time + this.#ttlMs, { key, order }, order);
  }

  /** Gives the keys whose time is over when it is `now` to `forget`, at most 1,000; true when there are more. */
  advance(now: number, forget: (key: Key) => void): boolean {
    for (let done = 0; this.#timers.next <= now; done++) {
      if (done === PORTION) return true;
      const due = this.#timers.next;
      const { key, order } = this.#timers.take() as { key: Key; order: number };
      const seen = this.#seenOf(key);
      // Also when it is over by now: keys go in the order in which they were last seen, whenever timers were set.
      if (seen !== undefined && (seen.time + this.#ttlMs > due || seen.order !== order)) {
        this.#timers.add(seen.time + this.#ttlMs, { key, order: seen.order }, seen.order);
        continue;
      }
      this.#timed.delete(key);
      if (seen !== undefined) forget(key);
    }
    return false;
  }
}
