import type { Clock } from '../world/clock.ts';

/** Work goes on for so long in one turn, and what is in hand to its end. */
export const TURN_MS = 50;
/** The clock is looked at this often at least while records are quick: it costs as much as some of them do. */
const RECORDS = 32;
/** A look that comes sooner than this after the one before came too soon. */
const QUICK_MS = 1;

/** Bounds a turn by time, whatever a record costs. */
export class Pace {
  readonly #clock: Clock;
  #begun = 0;
  #looked = 0;
  /** Records from one look at the clock to the next, and how many of them are left. */
  #stride = 1;
  #left = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A turn begins. */
  begin(): void {
    this.#begun = this.#looked = this.#clock.monotonic();
  }

  /** A record has passed: true when the next should wait for another turn. O(1). */
  over(): boolean {
    if (--this.#left > 0) return false;
    const now = this.#clock.monotonic();
    this.#stride = now - this.#looked < QUICK_MS ? Math.min(2 * this.#stride, RECORDS) : 1;
    this.#left = this.#stride;
    this.#looked = now;
    return now - this.#begun >= TURN_MS;
  }
}
