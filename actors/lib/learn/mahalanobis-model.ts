import { type FeatureRow, grown } from './feature-row.ts';
import { Givens } from './givens.ts';
import type { Scoring } from './scored.ts';
import { sized } from './sized.ts';
import { WholeRow } from './whole-row.ts';

export interface MahalanobisOptions {
  /** λ, 0 < λ < 1. */
  forgetting: number;
  /** Rows that count alike, before any is scored. */
  start: number;
  /** The score from which on a row counts less. */
  far: number;
  /** The least variance of a feature that others do not explain, as a share of its own. */
  ridge: number;
}

interface Saved {
  rows: number;
  weight: number;
  mean: Float64Array;
  spread: Float64Array;
  scatter: Float64Array;
  whole: Uint8Array;
}

/** How often a first deviation of a feature is taken to be its standard deviation. */
const FIRST = 10;
/** The variances that the ridge is taken of forget so many times slower. */
const SLOWER = 10;
const LARGEST = 1e15;
const NONE = new Float64Array(0);

/** A forgetting mean and covariance of which far rows are a small part, the covariance as R'D R ({@link Givens}). */
export class MahalanobisModel implements Scoring {
  readonly #o: MahalanobisOptions;
  #rows = 0;
  /** Of the spread. */
  #weight = 0;
  #mean = new Float64Array(16);
  /** Each feature's own variance; 0 until it has varied. */
  #spread = new Float64Array(16);
  #least = new Float64Array(16);
  #unit = new Float64Array(16);
  readonly #scatter: Givens;
  readonly #whole: WholeRow;

  constructor(options: MahalanobisOptions, scatter = new Givens(0), whole = new WholeRow()) {
    this.#o = options;
    this.#scatter = scatter;
    this.#whole = whole;
    this.#reserve(whole.d);
  }

  get rows(): number {
    return this.#rows;
  }

  score(x: FeatureRow): number | null {
    if (this.#rows < this.#o.start) return null;
    const q = this.#deviation(x);
    const { d } = this.#whole;
    if (d === 0) return null;
    let first = 0;
    for (let j = 0; j < d; j++) {
      if (q[j] === 0 || this.#spread[j] !== 0) continue;
      q[j] = 0;
      first++;
    }
    return Math.min(LARGEST, (this.#scatter.variance(q) + first * FIRST * FIRST) / d);
  }

  /** How far the row is from the mean, in the row of `whole`. */
  #deviation(x: FeatureRow): Float64Array {
    const mean = this.#mean;
    const q = this.#whole.fill(x, mean);
    for (let j = 0; j < this.#whole.d; j++) q[j] = (q[j] as number) - (mean[j] as number);
    return q;
  }

  learn(x: FeatureRow, score: number | null): void {
    this.#reserve(x.d);
    this.#whole.note(x, this.#mean);
    const { d } = this.#whole;
    const scatter = this.#scatter;
    while (scatter.n < d) scatter.add(0);
    const { forgetting, far, start, ridge } = this.#o;
    const rows = ++this.#rows;
    const q = this.#deviation(x);
    this.#firstDeviations(q);
    const rate = rows <= start ? 1 / rows : 1 - forgetting;
    const trust = score !== null && score > far ? far / score : 1;
    const least = this.#least;
    for (let j = 0; j < d; j++) least[j] = ridge * (this.#spread[j] as number);
    scatter.forget(1 - rate, least);
    // Where rows count alike this is Welford's; later the factor is next to 1.
    scatter.include(q, NONE, rate * trust * (1 - rate));
    this.#weight = (1 - (1 - forgetting) / SLOWER) * this.#weight + trust;
    const share = trust / this.#weight;
    for (let j = 0; j < d; j++) {
      const off = q[j] as number;
      const spread = this.#spread[j] as number;
      this.#mean[j] = (this.#mean[j] as number) + rate * trust * off;
      this.#spread[j] = spread + share * (off * off - spread);
    }
  }

  /** Gives a feature that has never varied a variance of its own when it does. */
  #firstDeviations(q: Float64Array): void {
    const unit = this.#unit;
    for (let j = 0; j < this.#whole.d; j++) {
      if (q[j] === 0 || this.#spread[j] !== 0) continue;
      unit[j] = (q[j] as number) / FIRST;
      this.#scatter.include(unit, NONE, 1);
      this.#spread[j] = (unit[j] as number) ** 2;
      unit[j] = 0;
    }
  }

  /**
   * Adds what another has learned of the same features: means and covariances weighted by the rows that they remember, and what
   * lies between the means. O(d³).
   */
  merge(other: MahalanobisModel): void {
    if (other.#rows === 0) return;
    this.#reserve(other.#whole.d);
    this.#whole.merge(other.#whole);
    const { d } = this.#whole;
    const [own, theirs] = [this.#remembered(), other.#remembered()];
    const share = theirs / (own + theirs);
    const scatter = this.#scatter;
    while (scatter.n < d) scatter.add(0);
    const nothing = new Float64Array(d);
    const added = Givens.restore(0, other.#scatter.n, other.#scatter.save());
    added.forget(share, nothing);
    scatter.forget(1 - share, nothing);
    scatter.merge(added);
    const off = new Float64Array(d);
    for (let j = 0; j < d; j++) {
      const between = j < other.#whole.d ? (other.#mean[j] as number) - (this.#mean[j] as number) : 0;
      off[j] = between;
      this.#mean[j] = (this.#mean[j] as number) + share * between;
      const spread = j < other.#whole.d ? (other.#spread[j] as number) : 0;
      this.#spread[j] =
        (1 - share) * (this.#spread[j] as number) + share * spread + share * (1 - share) * between * between;
    }
    scatter.include(off, NONE, share * (1 - share));
    this.#rows += other.#rows;
    this.#weight += other.#weight;
  }

  #remembered(): number {
    return Math.min(this.#rows, Math.max(this.#o.start, 1 / (1 - this.#o.forgetting)));
  }

  #reserve(d: number): void {
    if (d <= this.#mean.length) return;
    this.#mean = grown(this.#mean, new Float64Array(2 * d));
    this.#spread = grown(this.#spread, new Float64Array(2 * d));
    this.#least = new Float64Array(2 * d);
    this.#unit = new Float64Array(2 * d);
  }

  save(): Saved {
    const { d } = this.#whole;
    return {
      rows: this.#rows,
      weight: this.#weight,
      mean: this.#mean.slice(0, d),
      spread: this.#spread.slice(0, d),
      scatter: this.#scatter.save(),
      whole: this.#whole.save(),
    };
  }

  static restore(options: MahalanobisOptions, saved: unknown): MahalanobisModel {
    const { rows, weight, mean, spread, scatter, whole } = saved as Saved;
    sized(mean, whole.length, 'means');
    sized(spread, whole.length, 'spreads');
    const model = new MahalanobisModel(options, Givens.restore(0, mean.length, scatter), WholeRow.restore(whole));
    model.#rows = rows;
    model.#weight = weight;
    model.#mean.set(mean);
    model.#spread.set(spread);
    return model;
  }
}
