import type { FeatureRow } from './feature-row.ts';
import { normalFrom, randomFrom } from './random.ts';

/** Rows that the scale of the columns is taken from. */
export const WARM_UP = 200;

interface Saved {
  rows: number;
  /** Of each column: sum of values and of their squares while it warms up, then mean and one over the deviation. */
  centre: Float64Array;
  scale: Float64Array;
}

/**
 * Random Fourier features: D cosines of random directions, √(2/D) cos(ω·z + b) with ω from N(0, 1/(length²·d)), whose products
 * approximate a Gaussian kernel, so that a linear learner over them fits what is smooth and not linear. Behind them stands z
 * itself: the columns, brought to mean 0 and deviation 1 by the first rows; those that only hold 0 and 1 are left as they are.
 * Columns that come later than those rows are left out.
 *
 * Source: A. Rahimi, B. Recht, Random features for large-scale kernel machines, NIPS 2007.
 */
export class FourierMap {
  readonly #cosines: number;
  readonly #length: number;
  readonly #seed: number;
  #rows = 0;
  #centre: Float64Array = new Float64Array(0);
  #scale: Float64Array = new Float64Array(0);
  /** Directions by rows of a column's number each, then the phases. Made when the scale is known. */
  #directions: Float64Array | undefined;
  #phases = new Float64Array(0);
  #z = new Float64Array(0);

  constructor(cosines: number, length: number, seed: number) {
    this.#cosines = cosines;
    this.#length = length;
    this.#seed = seed;
  }

  get ready(): boolean {
    return this.#directions !== undefined;
  }

  /** Numbers that a row becomes. */
  get size(): number {
    return this.#cosines + this.#centre.length;
  }

  /** One more row of the warm-up; true when that was the last. */
  warm({ dense, d }: FeatureRow): boolean {
    if (d > this.#centre.length) {
      const [centre, scale] = [new Float64Array(d), new Float64Array(d)];
      centre.set(this.#centre);
      scale.set(this.#scale);
      this.#centre = centre;
      this.#scale = scale;
    }
    for (let j = 0; j < d; j++) {
      const x = dense[j] as number;
      // Welford, of rows that had zeros before the column was seen.
      const delta = x - (this.#centre[j] as number);
      this.#centre[j] = (this.#centre[j] as number) + delta / (this.#rows + 1);
      this.#scale[j] = (this.#scale[j] as number) + delta * (x - (this.#centre[j] as number));
    }
    this.#rows++;
    if (this.#rows < WARM_UP) return false;
    this.#freeze();
    return true;
  }

  #freeze(): void {
    for (let j = 0; j < this.#centre.length; j++) {
      const mean = this.#centre[j] as number;
      const variance = (this.#scale[j] as number) / this.#rows;
      // A column of zeros and ones has the variance p(1 − p).
      const binary = Math.abs(variance - mean * (1 - mean)) <= 1e-12;
      this.#centre[j] = binary ? 0 : mean;
      this.#scale[j] = binary || variance <= 1e-24 * mean * mean ? 1 : 1 / Math.sqrt(variance);
    }
    this.#draw();
  }

  #draw(): void {
    const d = this.#centre.length;
    const [normal, uniform] = [normalFrom(this.#seed), randomFrom(this.#seed + 1)];
    const deviation = 1 / (this.#length * Math.sqrt(Math.max(1, d)));
    this.#directions = Float64Array.from({ length: this.#cosines * d }, () => normal() * deviation);
    this.#phases = Float64Array.from({ length: this.#cosines }, () => uniform() * 2 * Math.PI);
    this.#z = new Float64Array(d);
  }

  /** The numbers of a row into `out`, which has room for them. O(d·D). */
  map({ dense, d }: FeatureRow, out: Float64Array): void {
    const [centre, scale, z, phases] = [this.#centre, this.#scale, this.#z, this.#phases];
    const directions = this.#directions as Float64Array;
    const columns = z.length;
    const cosines = this.#cosines;
    for (let j = 0; j < columns; j++) {
      const x = j < d ? (dense[j] as number) : 0;
      const value = (x - (centre[j] as number)) * (scale[j] as number);
      z[j] = value;
      out[cosines + j] = value;
    }
    const size = Math.sqrt(2 / cosines);
    for (let i = 0, at = 0; i < cosines; i++) {
      let sum = phases[i] as number;
      for (let j = 0; j < columns; j++, at++) sum += (directions[at] as number) * (z[j] as number);
      out[i] = size * Math.cos(sum);
    }
  }

  save(): Saved {
    return { rows: this.#rows, centre: this.#centre.slice(), scale: this.#scale.slice() };
  }

  static restore(cosines: number, length: number, seed: number, saved: unknown): FourierMap {
    const { rows, centre, scale } = saved as Saved;
    const map = new FourierMap(cosines, length, seed);
    map.#rows = rows;
    map.#centre = Float64Array.from(centre);
    map.#scale = Float64Array.from(scale);
    if (rows >= WARM_UP) map.#draw();
    return map;
  }
}
