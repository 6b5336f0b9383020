/**
 * Holds a writer back when the parts of one checkpoint have grown to so many bytes, until the next one takes them away. That one is
 * asked for at once, and begins when the commit of the one before is over: so a slow commit holds up the stream, not fills the disk.
 */
export class PendingBound {
  readonly #most: number;
  readonly #ask: () => void;
  #bytes = 0;
  /** A barrier is on its way: what comes before it must be let through. */
  #isAhead = false;
  #held: { readonly room: Promise<void>; readonly end: () => void } | undefined;

  /** `ask`: for a checkpoint. */
  constructor(most: number, ask: () => void) {
    this.#most = most;
    this.#ask = ask;
  }

  wrote(bytes: number): void {
    this.#bytes += bytes;
  }

  busy(): Promise<void> | undefined {
    if (this.#bytes < this.#most || this.#isAhead) return undefined;
    if (this.#held === undefined) {
      let end = () => {};
      const room = new Promise<void>((resolve) => {
        end = resolve;
      });
      this.#held = { room, end };
      this.#ask();
    }
    return this.#held.room;
  }

  barrierAhead(): void {
    this.#isAhead = true;
    this.#held?.end();
    this.#held = undefined;
  }

  /** The barrier is here: parts begin anew. */
  prepared(): void {
    this.#bytes = 0;
    this.#isAhead = false;
  }
}
