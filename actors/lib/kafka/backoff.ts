const FIRST_MS = 100;
const LONGEST_MS = 5000;

/** Pauses between tries: twice as long each time, 5 s at most, each cut by chance so that clients that fell together do not come back together. */
export class Backoff {
  #tries = 0;

  /** The next pause, ms. */
  next(): number {
    const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#tries++, 10));
    return full * (0.5 + Math.random() / 2);
  }

  get tries(): number {
    return this.#tries;
  }

  reset(): void {
    this.#tries = 0;
  }
}
