import type { Random } from '../world/random.ts';

const FIRST_MS = 50;
const LONGEST_MS = 5000;

/** How often, and after which pause, a topology is started again: intensity and period as in OTP, and a growing back-off. */
export class Restarts {
  readonly #max: number;
  readonly #periodMs: number;
  readonly #random: Random;
  #times: number[] = [];
  #count = 0;

  constructor(max: number, periodMs: number, random: Random) {
    this.#max = max;
    this.#periodMs = periodMs;
    this.#random = random;
  }

  /** Restarts so far. */
  get count(): number {
    return this.#count;
  }

  /** The pause before the next start, ms; undefined when there have been too many. */
  next(now: number): number | undefined {
    this.#times = this.#times.filter((time) => now - time < this.#periodMs);
    if (this.#times.length >= this.#max) return undefined;
    this.#times.push(now);
    this.#count++;
    const pause = Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.#times.length - 1));
    return pause * (0.5 + this.#random.next() / 2);
  }
}
