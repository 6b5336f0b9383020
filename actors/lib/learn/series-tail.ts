import { sized } from './sized.ts';

interface Saved {
  count: number;
  least: number;
  most: number;
  values: Float64Array;
}

/** The last values of a series, with room behind them for a forecast that is being made of its own answers. */
export class SeriesTail {
  /** Values in order; the last stands at `end − 1`. What lies behind it is free to write to, as far as the horizon. */
  readonly values: Float64Array;
  end = 0;
  /** Values so far. */
  count = 0;
  readonly #length: number;
  readonly #horizon: number;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;

  /** `length`: values that are kept at least. */
  constructor(length: number, horizon: number, saved?: Saved) {
    this.#length = length;
    this.#horizon = horizon;
    this.values = new Float64Array(2 * length + horizon + 8);
    if (saved === undefined) return;
    this.values.set(sized(saved.values, Math.min(saved.count, length), 'values'));
    this.end = saved.values.length;
    this.count = saved.count;
    this.#least = saved.least;
    this.#most = saved.most;
  }

  /** O(1), spread out. `seen`: it is a value and no stand-in for one. */
  push(value: number, seen = true): void {
    const { values } = this;
    if (this.end + this.#horizon >= values.length) {
      values.copyWithin(0, this.end - this.#length, this.end);
      this.end = this.#length;
    }
    values[this.end++] = value;
    this.count++;
    if (!seen) return;
    if (value < this.#least) this.#least = value;
    if (value > this.#most) this.#most = value;
  }

  /** The value brought to where this series may sensibly go: no farther out of the range of what was seen than that range is wide. */
  bounded(value: number): number {
    const width = this.#most - this.#least;
    const [from, to] = [this.#least - width, this.#most + width];
    if (Number.isNaN(value)) return this.values[this.end - 1] as number;
    return Math.max(from, Math.min(to, value));
  }

  save(): Saved {
    const values = this.values.slice(Math.max(0, this.end - this.#length), this.end);
    return { count: this.count, least: this.#least, most: this.#most, values };
  }

  static restore(length: number, horizon: number, saved: unknown): SeriesTail {
    return new SeriesTail(length, horizon, saved as Saved);
  }
}
