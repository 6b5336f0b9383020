import { LONGEST_WAIT_MS } from '../delivery/persist.ts';
import { backoffMs } from '../http/tries.ts';

/** Pauses between tries: twice as long each time, 5 s at most, each cut by chance so that clients that fell together do not come back together. */
export class Backoff {
  #tries = 0;

  /** The next pause, ms. */
  next(): number {
    return backoffMs(this.#tries++, LONGEST_WAIT_MS, Math.random);
  }

  get tries(): number {
    return this.#tries;
  }

  reset(): void {
    this.#tries = 0;
  }
}
