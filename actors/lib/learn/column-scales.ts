import { type FeatureRow, grown } from './feature-row.ts';

/** Rows that a feature's mean and variance go back. */
const MEMORY = 10_000;
/**
 * Numbers kept of a slot's values: how many there were, their mean, their variance, and the variance that the weights were last
 * fitted to, 0 while all values were 0 or 1; then 1 / σ and μ as they were last reckoned.
 */
const STATS = 6;
/** Once there are many rows, 1 / σ and μ are reckoned anew in every 16th row, and with values that are far off. */
const MANY = 64;
const FAR = 16;
/** From so many rows on every fourth is measured, and any value that is far off. */
const SETTLED = 1024;
/** So many times as much variance is another scale. */
const OTHER_SCALE = 4;
/** Columns of such small variance beside their mean are constant. */
const CONSTANT = 1e-24;

/** What is told when a column turns out to vary much more than was known. */
interface Rescaled {
  /** The weights of a slot, whose mean is `middle`, are to be so many times as large. */
  rescale(slot: number, ratio: number, middle: number): void;
}

/**
 * The mean and deviation of each feature as they have been so far, and a row in those units: z = (x − μ) / σ. Columns of 0 and 1
 * are taken as they are; of features that most rows do not have μ is 0 and σ the root of the mean square.
 */
export class ColumnScales {
  #stats = new Float64Array(STATS * 8);
  /** Of the row in hand, by its places. */
  z = new Float64Array(8);
  /** z / σ: what a step along z moves the weight of x by. */
  moves = new Float64Array(8);
  middles = new Float64Array(8);
  /** Of the row: Σ z², and Σ z μ / σ. */
  length = 0;
  shift = 0;

  reserve(slots: number): void {
    if (slots * STATS > this.#stats.length) {
      this.#stats = grown(this.#stats, new Float64Array(2 * slots * STATS));
    }
  }

  #reserve(n: number, slots: number): void {
    this.reserve(slots);
    if (n <= this.z.length) return;
    this.z = new Float64Array(2 * n);
    this.moves = new Float64Array(2 * n);
    this.middles = new Float64Array(2 * n);
  }

  /** The row's features become z; their means and variances are brought up to date. */
  look(x: FeatureRow, rows: number, rescaled: Rescaled): void {
    const { index, dense, n } = x;
    this.#reserve(n, x.d);
    const isMeasured = rows < SETTLED || (rows & 3) === 0;
    if (isMeasured) this.#measureAll(x, rows, rescaled);
    const { z: zs, moves, middles } = this;
    const stats = this.#stats;
    let length = 0;
    let shift = 0;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const value = dense[slot] as number;
      const at = slot * STATS;
      let z = (value - (stats[at + 5] as number)) * (stats[at + 4] as number);
      if (!isMeasured && (z * z > FAR || (stats[at] as number) < MANY)) {
        this.#measure(slot, value, rows, rescaled);
        z = (value - (stats[at + 5] as number)) * (stats[at + 4] as number);
      }
      const middle = stats[at + 5] as number;
      const move = z * (stats[at + 4] as number);
      zs[i] = z;
      moves[i] = move;
      middles[i] = middle;
      length += z * z;
      shift += move * middle;
    }
    this.length = length;
    this.shift = shift;
  }

  /**
   * The same for one output whose steps are even, which need `moves`, `length` and `shift` alone. Gives b + w·x for weights by
   * slots, as they were before.
   */
  lookAndScore(x: FeatureRow, rows: number, rescaled: Rescaled, weights: Float64Array, b: number): number {
    const { index, dense, n } = x;
    this.#reserve(n, x.d);
    const isMeasured = rows < SETTLED || (rows & 3) === 0;
    let score = b;
    if (isMeasured) {
      for (let i = 0; i < n; i++) {
        const slot = index[i] as number;
        score += (weights[slot] as number) * (dense[slot] as number);
      }
      this.#measureAll(x, rows, rescaled);
    }
    const moves = this.moves;
    const stats = this.#stats;
    let length = 0;
    let shift = 0;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const value = dense[slot] as number;
      const at = slot * STATS;
      let z = (value - (stats[at + 5] as number)) * (stats[at + 4] as number);
      if (!isMeasured) {
        score += (weights[slot] as number) * value;
        if (z * z > FAR || (stats[at] as number) < MANY) {
          this.#measure(slot, value, rows, rescaled);
          z = (value - (stats[at + 5] as number)) * (stats[at + 4] as number);
        }
      }
      const move = z * (stats[at + 4] as number);
      moves[i] = move;
      length += z * z;
      shift += move * (stats[at + 5] as number);
    }
    this.length = length;
    this.shift = shift;
    return score;
  }

  /** Brings the means and the variances of a row's slots up to date. */
  #measureAll({ index, dense, n }: FeatureRow, rows: number, rescaled: Rescaled): void {
    const stats = this.#stats;
    const isReckoned = (rows & 15) === 0;
    let counted = 0;
    let step = 1;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const value = dense[slot] as number;
      const at = slot * STATS;
      const count = (stats[at] as number) + 1;
      // Most slots have been seen equally often: one division does for them.
      if (count !== counted) {
        counted = count;
        step = 1 / (count < MEMORY ? count : MEMORY);
      }
      const mean = stats[at + 1] as number;
      const variance = stats[at + 2] as number;
      const off = value - mean;
      const next = mean + off * step;
      stats[at] = count;
      stats[at + 1] = next;
      stats[at + 2] = variance + (off * (value - next) - variance) * step;
      if (isReckoned || count < MANY || off * off > FAR * variance) this.#reckon(slot, value, rows, rescaled);
    }
  }

  /** The same for a slot whose value is far off in a row that is not measured, or that has not been seen often. */
  #measure(slot: number, x: number, rows: number, rescaled: Rescaled): void {
    const stats = this.#stats;
    const at = slot * STATS;
    const count = (stats[at] as number) + 1;
    stats[at] = count;
    const step = 1 / (count < MEMORY ? count : MEMORY);
    const variance = stats[at + 2] as number;
    const off = x - (stats[at + 1] as number);
    const next = (stats[at + 1] as number) + off * step;
    stats[at + 1] = next;
    stats[at + 2] = variance + (off * (x - next) - variance) * step;
    if (count < MANY || off * off > FAR * variance) this.#reckon(slot, x, rows, rescaled);
  }

  /** Brings 1 / σ and μ of a slot up to date. */
  #reckon(slot: number, x: number, rows: number, weights: Rescaled): void {
    const stats = this.#stats;
    const at = slot * STATS;
    const count = stats[at] as number;
    const mean = stats[at + 1] as number;
    const variance = stats[at + 2] as number;
    const fitted = stats[at + 3] as number;
    if (fitted === 0 && (x === 0 || x === 1)) {
      stats[at + 4] = 1;
      return;
    }
    const measured = rows < SETTLED ? rows : SETTLED + (rows - SETTLED) / 4;
    const often = count > measured / 2;
    const middle = often ? mean : 0;
    const spread = often ? variance : variance + mean * mean;
    if (fitted === 0 || spread > OTHER_SCALE * fitted) {
      weights.rescale(slot, spread > (fitted || 1) ? Math.sqrt((fitted || 1) / spread) : 1, middle);
      stats[at + 3] = spread || Number.MIN_VALUE;
    }
    stats[at + 4] = spread > CONSTANT * mean * mean ? 1 / Math.sqrt(spread) : 0;
    stats[at + 5] = middle;
  }

  /** Goes on from what others have measured in so many rows. */
  begin(rows: number, means: Float64Array, deviations: Float64Array): void {
    this.reserve(means.length);
    for (let i = 0; i < means.length; i++) {
      const variance = (deviations[i] as number) ** 2;
      const plain = means[i] === 0 && deviations[i] === 1;
      const inverse = variance > 0 ? 1 / (deviations[i] as number) : 0;
      const fitted = plain ? 0 : variance || Number.MIN_VALUE;
      this.#stats.set([rows, means[i] as number, variance, fitted, inverse, means[i] as number], i * STATS);
    }
  }

  /** Takes in what another has seen, exactly (Chan's formula). */
  merge(other: ColumnScales): void {
    this.reserve(other.#stats.length / STATS);
    for (let at = 0; at < other.#stats.length; at += STATS) joinStats(this.#stats, other.#stats, at);
  }

  save(slots: number): Float64Array {
    return this.#stats.slice(0, slots * STATS);
  }

  static restore(saved: Float64Array): ColumnScales {
    const scales = new ColumnScales();
    scales.reserve(saved.length / STATS);
    scales.#stats.set(saved);
    return scales;
  }
}

function joinStats(to: Float64Array, from: Float64Array, at: number): void {
  const [a, b] = [to[at] as number, from[at] as number];
  if (b === 0) return;
  const share = b / (a + b);
  const off = (from[at + 1] as number) - (to[at + 1] as number);
  to[at] = a + b;
  to[at + 1] = (to[at + 1] as number) + off * share;
  to[at + 2] =
    (to[at + 2] as number) * (1 - share) + (from[at + 2] as number) * share + off * off * share * (1 - share);
  to[at + 3] = Math.max(to[at + 3] as number, from[at + 3] as number);
  if (a === 0) {
    to[at + 4] = from[at + 4] as number;
    to[at + 5] = from[at + 5] as number;
  }
}
