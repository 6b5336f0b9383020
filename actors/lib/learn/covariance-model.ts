import type { FeatureRow } from './feature-row.ts';
import { grown } from './feature-row.ts';
import type { Model } from './model.ts';
import { sized } from './sized.ts';
import { WholeRow } from './whole-row.ts';

interface Saved {
  rows: number;
  weight: number;
  squaredWeight: number;
  mean: Float64Array;
  moments: Float64Array;
  whole: Uint8Array;
}

/**
 * Means and co-moments Σ wᵢ (x − m)(x − m)' of all rows so far, a row's weight being multiplied by λ with each that follows:
 * with q = x − m and W ← λ W + 1, M ← λ M + (1 − 1 / W) q q' and m ← m + q / W (Welford; Finch). O(d²) per row.
 */
export class CovarianceModel implements Model {
  readonly #forgetting: number;
  #rows = 0;
  /** Σ wᵢ and Σ wᵢ². */
  #weight = 0;
  #squaredWeight = 0;
  #mean = new Float64Array(8);
  /** Its upper triangle, by rows of as many numbers as the means have room for. */
  #moments = new Float64Array(64);
  #whole: WholeRow;

  constructor(forgetting: number, whole = new WholeRow()) {
    this.#forgetting = forgetting;
    this.#whole = whole;
    this.#reserve(whole.d);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Variables. */
  get d(): number {
    return this.#whole.d;
  }

  mean(i: number): number {
    return this.#mean[i] as number;
  }

  /** The unbiased estimate; null of a single row. */
  covariance(i: number, j: number): number | null {
    const freedom = this.#weight - this.#squaredWeight / this.#weight;
    return freedom > 1e-9 * this.#weight ? this.#moment(i, j) / freedom : null;
  }

  /** From −1 to 1; null where one of the two has not varied. */
  correlation(i: number, j: number): number | null {
    const [a, b] = [this.#moment(i, i), this.#moment(j, j)];
    if (a === 0 || b === 0) return null;
    if (i === j) return 1;
    // One root after the other: their product may leave the range of doubles.
    return Math.max(-1, Math.min(1, this.#moment(i, j) / Math.sqrt(a) / Math.sqrt(b)));
  }

  #moment(i: number, j: number): number {
    const room = this.#mean.length;
    return this.#moments[i < j ? i * room + j : j * room + i] as number;
  }

  learn(x: FeatureRow): void {
    this.#reserve(x.d);
    const whole = this.#whole;
    const mean = this.#mean;
    whole.note(x, mean);
    const row = whole.fill(x, mean);
    const { d } = whole;
    const room = mean.length;
    const moments = this.#moments;
    const forgetting = this.#forgetting;
    const weight = forgetting * this.#weight + 1;
    const share = (weight - 1) / weight;
    this.#weight = weight;
    this.#squaredWeight = forgetting * forgetting * this.#squaredWeight + 1;
    this.#rows++;
    for (let i = 0; i < d; i++) row[i] = (row[i] as number) - (mean[i] as number);
    for (let i = 0; i < d; i++) {
      const q = share * (row[i] as number);
      const at = i * room;
      for (let j = i; j < d; j++) moments[at + j] = forgetting * (moments[at + j] as number) + q * (row[j] as number);
      mean[i] = (mean[i] as number) + (row[i] as number) / weight;
    }
  }

  /** Adds what another has learned of the same variables, exactly: as if each had been given all rows (Chan et al.). O(d²). */
  merge(other: CovarianceModel): void {
    this.#reserve(other.d);
    this.#whole.merge(other.#whole);
    const weight = this.#weight + other.#weight;
    if (weight === 0) return;
    const share = (this.#weight * other.#weight) / weight;
    const mean = this.#mean;
    const room = mean.length;
    const off = (i: number) => (i < other.d ? (other.#mean[i] as number) : 0) - (mean[i] as number);
    for (let i = 0; i < this.d; i++) {
      for (let j = i; j < this.d; j++) {
        const theirs = j < other.d ? other.#moment(i, j) : 0;
        const at = i * room + j;
        this.#moments[at] = (this.#moments[at] as number) + theirs + share * off(i) * off(j);
      }
    }
    for (let i = 0; i < this.d; i++) mean[i] = (mean[i] as number) + (off(i) * other.#weight) / weight;
    this.#weight = weight;
    this.#squaredWeight += other.#squaredWeight;
    this.#rows += other.#rows;
  }

  #reserve(d: number): void {
    const old = this.#mean.length;
    if (d <= old) return;
    const moments = this.#moments;
    this.#mean = grown(this.#mean, new Float64Array(2 * d));
    this.#moments = new Float64Array(4 * d * d);
    for (let i = 0; i < old; i++) this.#moments.set(moments.subarray(i * old, (i + 1) * old), i * 2 * d);
  }

  save(): Saved {
    const { d } = this;
    const moments = new Float64Array(d * d);
    const room = this.#mean.length;
    for (let i = 0; i < d; i++) moments.set(this.#moments.subarray(i * room, i * room + d), i * d);
    return {
      rows: this.#rows,
      weight: this.#weight,
      squaredWeight: this.#squaredWeight,
      mean: this.#mean.slice(0, d),
      moments,
      whole: this.#whole.save(),
    };
  }

  static restore(forgetting: number, saved: unknown): CovarianceModel {
    const { rows, weight, squaredWeight, mean, moments, whole } = saved as Saved;
    sized(mean, whole.length, 'means');
    sized(moments, mean.length ** 2, 'moments');
    const model = new CovarianceModel(forgetting, WholeRow.restore(whole));
    model.#rows = rows;
    model.#weight = weight;
    model.#squaredWeight = squaredWeight;
    model.#mean.set(mean);
    const [d, room] = [mean.length, model.#mean.length];
    for (let i = 0; i < d; i++) model.#moments.set(moments.subarray(i * d, (i + 1) * d), i * room);
    return model;
  }
}
