import type { Tally } from './judge.ts';

/** The entries of the last records, in a ring that grows up to its size. */
export class Recent {
  readonly #width: number;
  readonly #most: number;
  #entries: Float64Array;
  #count: number;

  constructor(width: number, most: number, saved?: unknown) {
    this.#width = width;
    this.#most = most;
    const from = saved as { entries: Float64Array; count: number } | undefined;
    this.#entries = from?.entries.slice() ?? new Float64Array(width * Math.min(most, 8));
    this.#count = from?.count ?? 0;
  }

  push(entry: Float64Array): void {
    const at = (this.#count++ % this.#most) * this.#width;
    if (at >= this.#entries.length) {
      const longer = new Float64Array(Math.min(2 * this.#entries.length, this.#width * this.#most));
      longer.set(this.#entries);
      this.#entries = longer;
    }
    this.#entries.set(entry, at);
  }

  /** Gives all entries to a tally, the oldest first. */
  tallied(tally: Tally): Tally {
    const n = Math.min(this.#count, this.#most);
    for (let i = this.#count - n; i < this.#count; i++) tally.add(this.#entries, (i % this.#most) * this.#width);
    return tally;
  }

  save(): unknown {
    return { entries: this.#entries, count: this.#count };
  }
}
