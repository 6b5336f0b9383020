import type { Key } from '#stage';
import { Timers } from '../window/timers.ts';

/** Keys that have something to do at a time: for each the earliest counts, and later ones are set when that has come. */
export class DueKeys {
  readonly #due = new Map<Key, number>();
  readonly #timers = new Timers<Key>();

  /** Wakes `key` at `time` or earlier. */
  add(key: Key, time: number): void {
    if ((this.#due.get(key) ?? Number.POSITIVE_INFINITY) <= time) return;
    this.#due.set(key, time);
    this.#timers.add(time, key);
  }

  /** The next key that is due by `time`, once; undefined when there is none. */
  take(time: number): Key | undefined {
    while (this.#timers.next <= time) {
      const at = this.#timers.next;
      const key = this.#timers.take() as Key;
      // Another timer of this key was set for an earlier time.
      if (this.#due.get(key) !== at) continue;
      this.#due.delete(key);
      return key;
    }
    return undefined;
  }

  /** Nothing is to be done for a key any more. */
  forget(key: Key): void {
    this.#due.delete(key);
  }
}
