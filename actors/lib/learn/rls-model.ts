import type { FeatureRow } from './feature-row.ts';
import { Givens } from './givens.ts';
import type { Places, Regression } from './model.ts';
import { sized } from './sized.ts';

export interface RlsOptions {
  /** λ, 0 < λ ≤ 1. */
  forgetting: number;
  /** The penalty on each squared weight. */
  ridge: number;
  /** Errors beyond so many times their usual size are cut there; 0 for never. */
  clip: number;
}

interface Saved {
  rows: number;
  targets: number;
  variables: number;
  information: Float64Array;
  scale: Float64Array;
}

/** Rows after which errors are clipped, and the memory of their usual size. */
const CLIP_FROM = 20;
const SCALE_MEMORY = 100;
/** What is left of the penalty when all has been forgotten: it then holds a weight where it is. */
const LEAST = 1e-6;
/** What rounding may leave of the difference between a column of zeros and ones and their variance. */
const BINARY = 1e-9;
/** Without a penalty. */
const LEAST_AT_ALL = 1e-30;

/** Recursive least squares over x and a constant, which is variable 0 and bears no penalty. See {@link Givens}. */
export class RlsModel implements Regression {
  readonly #o: RlsOptions;
  readonly #information: Givens;
  /** By targets, as of the last row learned when `#solved`. */
  readonly #weights: Float64Array[];
  #solved = false;
  /** The row with its constant. */
  #row = new Float64Array(0);
  /** The least information of each variable. */
  #least = new Float64Array(0);
  readonly #y: Float64Array;
  /** What it would have answered, where that is asked before it learns. */
  readonly #answer: Float64Array;
  /** Running mean of the errors' size, by target. */
  readonly #scale: Float64Array;
  #rows = 0;

  constructor(options: RlsOptions, targets: number, information = new Givens(targets)) {
    this.#o = options;
    this.#information = information;
    this.#weights = Array.from({ length: targets }, () => new Float64Array(0));
    this.#y = new Float64Array(targets);
    this.#answer = new Float64Array(targets);
    this.#scale = new Float64Array(targets);
    if (information.n === 0) information.add(0);
    this.#reserve(Math.max(8, information.n));
  }

  get rows(): number {
    return this.#rows;
  }

  /** Slots that have had a part in what was learned. */
  get d(): number {
    return this.#information.n - 1;
  }

  #reserve(room: number): void {
    this.#weights.forEach((old, t) => {
      const weights = new Float64Array(room);
      weights.set(old);
      this.#weights[t] = weights;
    });
    this.#row = new Float64Array(room);
    this.#least = new Float64Array(room).fill(Math.max(LEAST_AT_ALL, LEAST * this.#o.ridge));
    this.#least[0] = LEAST_AT_ALL;
  }

  #solve(): void {
    if (this.#solved) return;
    for (let t = 0; t < this.#weights.length; t++)
      this.#information.solve(t, this.#weights[t] as Float64Array, this.#o.ridge === 0);
    this.#solved = true;
  }

  predict({ dense, d }: FeatureRow, out: Float64Array): void {
    this.#solve();
    // What has not been learned of yet has no weight.
    const known = Math.min(d, this.#information.n - 1);
    for (let t = 0; t < this.#weights.length; t++) {
      const weights = this.#weights[t] as Float64Array;
      let sum = weights[0] as number;
      for (let j = 0; j < known; j++) sum += (weights[j + 1] as number) * (dense[j] as number);
      out[t] = sum;
    }
  }

  /** What is known before is met on the way of rotating a row in: no solving. O(d²). */
  step(x: FeatureRow, y: Float64Array, out: Float64Array): void {
    // Where nothing is known of a variable its weight is to be 0, which only solving sees to.
    if (this.#o.clip > 0 || this.#o.ridge === 0 || this.#rows === 0) {
      this.predict(x, out);
      this.learn(x, y);
      return;
    }
    this.#y.set(y);
    out.fill(0);
    this.#include(x, out);
  }

  learn(x: FeatureRow, y: Float64Array): void {
    this.#y.set(y);
    if (this.#o.clip > 0) this.#clip(x);
    this.#include(x);
  }

  /** Takes in a row with the targets in hand. */
  #include({ dense, d }: FeatureRow, said?: Float64Array): void {
    const { forgetting, ridge } = this.#o;
    const information = this.#information;
    if (d + 1 > this.#row.length) this.#reserve(2 * (d + 1));
    while (information.n < d + 1) information.add(ridge);
    const row = this.#row;
    row[0] = 1;
    for (let j = 0; j < d; j++) row[j + 1] = dense[j] as number;
    if (forgetting < 1) information.forget(forgetting, this.#least);
    information.include(row, this.#y, 1, said);
    this.#solved = false;
    this.#rows++;
  }

  /** Moves the targets to where their errors are no larger than usual. */
  #clip(x: FeatureRow): void {
    const out = this.#answer;
    this.predict(x, out);
    for (let t = 0; t < out.length; t++) {
      const scale = this.#scale[t] as number;
      const error = (this.#y[t] as number) - (out[t] as number);
      const limit = this.#rows < CLIP_FROM || scale === 0 ? Number.POSITIVE_INFINITY : this.#o.clip * scale;
      const cut = Math.max(-limit, Math.min(limit, error));
      this.#scale[t] = scale + (Math.abs(cut) - scale) / Math.min(this.#rows + 1, SCALE_MEMORY);
      this.#y[t] = (out[t] as number) + cut;
    }
  }

  /** The weights of a target, the constant's first. */
  weights(target = 0): Float64Array {
    this.#solve();
    return (this.#weights[target] as Float64Array).slice(0, this.#information.n);
  }

  /** How many rows count, each as far as it is not forgotten. O(d). */
  get weight(): number {
    return this.#information.factor(0, new Float64Array(this.#information.n));
  }

  /**
   * The mean and deviation of each column in those rows, of one that holds 0 and 1 alone 0 and 1; and the mean square of what is
   * left when both are taken out. O(d²).
   */
  scales(): { means: Float64Array; deviations: Float64Array; squares: Float64Array } {
    const { n } = this.#information;
    const [row, means] = [new Float64Array(n), new Float64Array(n)];
    const count = this.#information.factor(0, means);
    const deviations = new Float64Array(n).fill(-this.#o.ridge * this.#o.forgetting ** this.#rows);
    for (let i = 1; i < n; i++) {
      const weight = this.#information.factor(i, row);
      for (let k = i; k < n; k++)
        deviations[k] = (deviations[k] as number) + weight * (row[k] as number) * (row[k] as number);
    }
    const squares = new Float64Array(n).fill(1);
    for (let k = 1; k < n; k++) {
      const mean = means[k] as number;
      const variance = Math.max(0, deviations[k] as number) / count;
      // A column of zeros and ones has the variance p(1 − p).
      const plain = mean >= 0 && mean <= 1 && Math.abs(variance - mean * (1 - mean)) <= BINARY;
      if (plain) squares[k] = mean;
      means[k] = plain ? 0 : mean;
      deviations[k] = plain ? 1 : Math.sqrt(variance);
    }
    return { means: means.subarray(1), deviations: deviations.subarray(1), squares: squares.subarray(1) };
  }

  /**
   * Adds up the information of both: exactly what all rows in one place give. With forgetting each part has forgotten by its own
   * rows, and the penalty counts once for each part.
   */
  merge(other: this, { slots, d }: Places): void {
    const { forgetting, ridge } = this.#o;
    const information = this.#information;
    if (d + 1 > this.#row.length) this.#reserve(2 * (d + 1));
    while (information.n < d + 1) information.add(ridge);
    const places = new Int32Array(other.#information.n);
    for (let j = 1; j < places.length; j++) places[j] = (slots[j - 1] as number) + 1;
    information.merge(other.#information, places);
    if (forgetting === 1 && ridge > 0) this.#takePenaltyBack(places);
    const rows = this.#rows + other.#rows;
    for (let t = 0; t < this.#scale.length; t++) {
      const sum = (this.#scale[t] as number) * this.#rows + (other.#scale[t] as number) * other.#rows;
      this.#scale[t] = rows === 0 ? 0 : sum / rows;
    }
    this.#rows = rows;
    this.#solved = false;
  }

  /** Both parts began with the penalty. Theirs together is no less than one, so nothing is lost where one is taken off. */
  #takePenaltyBack(places: Int32Array): void {
    const row = this.#row;
    for (let j = 1; j < places.length; j++) {
      row.fill(0);
      row[places[j] as number] = 1;
      this.#y.fill(0);
      this.#information.include(row, this.#y, -this.#o.ridge);
    }
  }

  save(): Saved {
    return {
      rows: this.#rows,
      targets: this.#weights.length,
      variables: this.#information.n,
      information: this.#information.save(),
      scale: this.#scale.slice(),
    };
  }

  static restore(options: RlsOptions, saved: unknown): RlsModel {
    const { rows, targets, variables, information, scale } = saved as Saved;
    sized(scale, targets, 'sizes of errors');
    const model = new RlsModel(options, targets, Givens.restore(targets, variables, information));
    model.#scale.set(scale);
    model.#rows = rows;
    return model;
  }
}
