import { SingularValueDecomposition, WrapperMatrix1D } from 'ml-matrix';
import type { FeatureRow } from './feature-row.ts';
import type { Model } from './model.ts';
import { RowBlock, type SavedBlock } from './row-block.ts';

export interface PcaOptions {
  /** Components that are kept. */
  components: number;
  /** Rows that are taken in together. */
  block: number;
  /** λ, 0 < λ ≤ 1. */
  forgetting: number;
}

interface Saved extends SavedBlock {
  rows: number;
  weight: number;
  total: number;
  values: Float64Array;
  basis: Float64Array;
}

/** What is smaller than the largest singular value by so much is rounding. */
const NOTHING = 1e-13;
const TINY = 1e-140;

/**
 * The first components of centred rows, Σ V' with those of each block put under them and decomposed anew (Ross et al. 2008). See
 * the stage `incremental-pca`.
 */
export class PcaModel implements Model {
  readonly #o: PcaOptions;
  #rows = 0;
  /** Of the rows taken in, those that wait left out. */
  #weight = 0;
  /** Their weighted squared distances from the mean. */
  #total = 0;
  /** The singular values, largest first, and the components, of d numbers each. */
  #values = new Float64Array(0);
  #basis = new Float64Array(0);
  /** Rows that wait for it to be full, and the mean of those taken in. */
  readonly #block: RowBlock;

  constructor(options: PcaOptions, block = new RowBlock(options.block)) {
    this.#o = options;
    this.#block = block;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Components there are: none until there has been a block, and no more than directions in which rows differ. */
  get count(): number {
    return this.#values.length;
  }

  /** Singular values of the centred rows, largest first. */
  get singularValues(): Float64Array {
    return this.#values.slice();
  }

  component(i: number): Float64Array {
    const { d } = this.#block.whole;
    return this.#basis.slice(i * d, (i + 1) * d);
  }

  /** The share of the variance that a component explains. */
  explained(i: number): number {
    return this.#total > 0 ? (this.#values[i] as number) ** 2 / this.#total : 0;
  }

  /** The coordinates of a row along the components, and its squared distance from the space that they span. O(k d). */
  predict(x: FeatureRow, scores: number[]): number {
    const { whole, mean } = this.#block;
    const { d } = whole;
    const q = whole.fill(x, mean);
    for (let j = 0; j < d; j++) q[j] = (q[j] as number) - (mean[j] as number);
    const basis = this.#basis;
    for (let i = 0; i < this.count; i++) {
      let score = 0;
      for (let j = 0, at = i * d; j < d; j++, at++) score += (q[j] as number) * (basis[at] as number);
      // What is left is what the next component sees: that is the same, and more exact.
      for (let j = 0, at = i * d; j < d; j++, at++) q[j] = (q[j] as number) - score * (basis[at] as number);
      scores[i] = score;
    }
    let error = 0;
    for (let j = 0; j < d; j++) error += (q[j] as number) * (q[j] as number);
    return error;
  }

  learn(x: FeatureRow): void {
    const block = this.#block;
    const known = block.whole.d;
    block.add(x);
    if (x.d !== known) this.#grow(known, x.d);
    this.#rows++;
    if (block.isFull) this.#absorb();
  }

  #absorb(): void {
    const block = this.#block;
    const { d } = block.whole;
    const { count: n, rows } = block;
    block.count = 0;
    if (n === 0 || d === 0) return;
    const mean = new Float64Array(d);
    for (let i = 0; i < n; i++) {
      // One after the other: of equal rows this is that row, exactly.
      for (let j = 0; j < d; j++) {
        mean[j] = (mean[j] as number) + ((rows[i * d + j] as number) - (mean[j] as number)) / (i + 1);
      }
    }
    let total = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < d; j++) {
        const at = i * d + j;
        rows[at] = (rows[at] as number) - (mean[j] as number);
        total += (rows[at] as number) * (rows[at] as number);
      }
    }
    const left = this.#o.forgetting ** n;
    this.#weight *= left;
    this.#total *= left;
    for (let i = 0; i < this.count; i++) this.#values[i] = (this.#values[i] as number) * Math.sqrt(left);
    this.#unite(rows.subarray(0, n * d), mean, n, total);
  }

  /** Puts rows about another mean under its own components. */
  #unite(rows: Float64Array, mean: Float64Array, weight: number, total: number): void {
    const { d } = this.#block.whole;
    const ownMean = this.#block.mean;
    const [own, sum] = [this.#weight, this.#weight + weight];
    const share = Math.sqrt((own * weight) / sum);
    const [k, n] = [this.count, rows.length / d];
    const all = new Float64Array((k + n + 1) * d);
    for (let i = 0, at = 0; i < k; i++) {
      for (let j = 0; j < d; j++, at++) all[at] = (this.#values[i] as number) * (this.#basis[at] as number);
    }
    all.set(rows, k * d);
    let between = 0;
    for (let j = 0; j < d; j++) {
      const off = (mean[j] as number) - (ownMean[j] as number);
      all[(k + n) * d + j] = own === 0 ? 0 : share * off;
      if (own > 0) between += share * off * (share * off);
      ownMean[j] = own === 0 ? (mean[j] as number) : (ownMean[j] as number) + (off * weight) / sum;
    }
    this.#weight = sum;
    this.#total += total + between;
    this.#decompose(all);
  }

  #decompose(rows: Float64Array): void {
    const { d } = this.#block.whole;
    let largest = 0;
    for (const one of rows) largest = Math.max(largest, Math.abs(one));
    if (largest === 0) {
      this.#values = new Float64Array(0);
      this.#basis = new Float64Array(0);
      return;
    }
    for (let i = 0; i < rows.length; i++) {
      const scaled = (rows[i] as number) / largest;
      // Where a square would be no normal number the decomposition loses digits.
      rows[i] = Math.abs(scaled) < TINY ? 0 : scaled;
    }
    const matrix = new WrapperMatrix1D(rows as unknown as number[], { rows: rows.length / d });
    const { diagonal, rightSingularVectors } = new SingularValueDecomposition(matrix, {
      computeLeftSingularVectors: false,
      autoTranspose: true,
    });
    const order = diagonal.map((_, i) => i).sort((a, b) => (diagonal[b] as number) - (diagonal[a] as number));
    const least = NOTHING * (diagonal[order[0] as number] as number);
    const kept = order.slice(0, this.#o.components).filter((i) => (diagonal[i] as number) > least);
    this.#values = Float64Array.from(kept, (i) => (diagonal[i] as number) * largest);
    this.#basis = new Float64Array(kept.length * d);
    for (const [i, from] of kept.entries()) {
      let most = 0;
      for (let j = 0; j < d; j++) {
        const loading = rightSingularVectors.get(j, from);
        this.#basis[i * d + j] = loading;
        if (Math.abs(loading) > Math.abs(most)) most = loading;
      }
      // Either sign will do: that of the largest loading, so that it does not change for nothing.
      if (most < 0) for (let at = i * d; at < (i + 1) * d; at++) this.#basis[at] = -(this.#basis[at] as number);
    }
  }

  /** Adds what another has learned of the same features: exact where both keep as many components as there are directions. */
  merge(other: PcaModel): void {
    const { d } = this.#block.whole;
    this.#absorb();
    other.#absorb();
    this.#block.whole.merge(other.#block.whole);
    this.#rows += other.#rows;
    if (other.#weight === 0) return;
    const rows = new Float64Array(other.count * d);
    for (let i = 0, at = 0; i < other.count; i++) {
      for (let j = 0; j < d; j++, at++) rows[at] = (other.#values[i] as number) * (other.#basis[at] as number);
    }
    this.#unite(rows, other.#block.mean, other.#weight, other.#total);
  }

  /** Makes room in the components for features seen for the first time. */
  #grow(known: number, d: number): void {
    const basis = new Float64Array(this.count * d);
    for (let i = 0; i < this.count; i++) basis.set(this.#basis.subarray(i * known, (i + 1) * known), i * d);
    this.#basis = basis;
  }

  save(): Saved {
    const { mean, waiting, whole } = this.#block.save();
    return {
      rows: this.#rows,
      weight: this.#weight,
      total: this.#total,
      mean,
      values: this.#values.slice(),
      basis: this.#basis.slice(),
      waiting,
      whole,
    };
  }

  static restore(options: PcaOptions, saved: unknown): PcaModel {
    const { rows, weight, total, values, basis, ...block } = saved as Saved;
    const model = new PcaModel(options, RowBlock.restore(options.block, block));
    model.#rows = rows;
    model.#weight = weight;
    model.#total = total;
    model.#values = values.slice();
    model.#basis = basis.slice();
    return model;
  }
}
