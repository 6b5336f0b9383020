/** Tells when so much time of the wall clock is over, at multiples of it. */
export class Every {
  readonly #everyMs: number;
  #next = Number.NEGATIVE_INFINITY;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** Whether a multiple has been passed since the last call; the first one only begins. */
  isOver(now: number): boolean {
    if (now < this.#next) return false;
    const first = this.#next === Number.NEGATIVE_INFINITY;
    this.#next = (Math.floor(now / this.#everyMs) + 1) * this.#everyMs;
    return !first;
  }
}
