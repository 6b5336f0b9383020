import type { FeatureRow } from './feature-row.ts';
import { grown } from './feature-row.ts';
import { sized } from './sized.ts';

/**
 * Rows as dense numbers in standard deviations, a constant 1 first: by the mean and deviation of the rows it was fitted to, and
 * not beyond `most` deviations. Columns of 0 and 1 stay as they are. A column that comes later is scaled by its first value.
 */
export class Scaling {
  /** Numbers of a row with its constant. */
  n = 1;
  z = new Float64Array(16).fill(1, 0, 1);
  #means = new Float64Array(16);
  /** 1 / deviation; 0 while nothing but 0 was seen. */
  #inverses = new Float64Array(16);
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  #reserve(d: number): void {
    if (d + 1 > this.z.length) {
      const room = 2 * (d + 1);
      this.z = grown(this.z, new Float64Array(room));
      this.#means = grown(this.#means, new Float64Array(room));
      this.#inverses = grown(this.#inverses, new Float64Array(room));
    }
    if (d + 1 > this.n) this.n = d + 1;
  }

  /** Rows of d numbers. O(rows · d). */
  fit(rows: readonly Float64Array[], d: number): void {
    this.#reserve(d);
    for (let j = 0; j < d; j++) {
      let [mean, square, plain, count] = [0, 0, true, 0];
      for (const row of rows) {
        const x = j < row.length ? (row[j] as number) : 0;
        if (x !== 0 && x !== 1) plain = false;
        count++;
        const off = x - mean;
        mean += off / count;
        square += off * (x - mean);
      }
      const deviation = Math.sqrt(square / count);
      this.#means[j] = plain ? 0 : mean;
      // A constant column of another value says what the constant says.
      this.#inverses[j] = plain
        ? Number(rows.some((row) => row[j] === 1))
        : deviation > 1e-12 * Math.abs(mean)
          ? 1 / deviation
          : 0;
      if (!plain && this.#inverses[j] === 0) this.#inverses[j] = 1 / Math.abs(mean);
    }
  }

  /** The numbers of a row into `z`. `learn` lets it take in the scale of new columns. O(d). */
  apply({ dense, d }: FeatureRow, learn: boolean): void {
    this.#reserve(d);
    const { z } = this;
    const [means, inverses, most] = [this.#means, this.#inverses, this.#most];
    for (let j = 0; j < d; j++) {
      const x = dense[j] as number;
      if (learn && inverses[j] === 0 && x !== 0) inverses[j] = 1 / Math.abs(x);
      const one = (x - (means[j] as number)) * (inverses[j] as number);
      z[j + 1] = one > most ? most : one < -most ? -most : one;
    }
    for (let j = d; j < this.n - 1; j++) z[j + 1] = 0;
  }

  get scales(): { means: Float64Array; deviations: Float64Array } {
    const d = this.n - 1;
    return {
      means: this.#means.slice(0, d),
      deviations: this.#inverses.slice(0, d).map((one) => (one === 0 ? 0 : 1 / one)),
    };
  }

  /** Weights of z, the constant's first, become weights of raw columns, in place. */
  toRaw(weights: Float64Array): void {
    for (let j = 1; j < weights.length; j++) {
      const raw = (weights[j] as number) * (this.#inverses[j - 1] as number);
      weights[j] = raw;
      weights[0] = (weights[0] as number) - raw * (this.#means[j - 1] as number);
    }
  }

  /** A row in another's z, or a sum of such rows, becomes one in these, in place. Columns that only the other knows are adopted. */
  take(other: Scaling, row: Float64Array): void {
    const constant = row[0] as number;
    for (let j = 1; j < row.length; j++) {
      const there = j < other.n ? (other.#inverses[j - 1] as number) : 0;
      const here = this.#inverses[j - 1] as number;
      const middle = j < other.n ? (other.#means[j - 1] as number) : 0;
      // What has no scale there was 0 in all of its rows, and here stands what a prior says.
      const scaled = there === 0 ? (row[j] as number) : ((row[j] as number) * here) / there;
      row[j] = scaled + constant * (middle - (this.#means[j - 1] as number)) * here;
    }
  }

  /** Columns that only another knows are scaled as it does. */
  adopt(other: Scaling): void {
    this.#reserve(other.n - 1);
    for (let j = 0; j < other.n - 1; j++) {
      if (this.#inverses[j] !== 0) continue;
      this.#inverses[j] = other.#inverses[j] as number;
      this.#means[j] = other.#means[j] as number;
    }
  }

  save(): unknown {
    return { n: this.n, means: this.#means.slice(0, this.n), inverses: this.#inverses.slice(0, this.n) };
  }

  static restore(most: number, saved: unknown): Scaling {
    const { n, means, inverses } = saved as { n: number; means: Float64Array; inverses: Float64Array };
    sized(means, n, 'means');
    sized(inverses, n, 'scales');
    const scaling = new Scaling(most);
    scaling.#reserve(n - 1);
    scaling.#means.set(means);
    scaling.#inverses.set(inverses);
    return scaling;
  }
}
