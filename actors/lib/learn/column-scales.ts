import { type FeatureRow, grown } from './feature-row.ts';
import { joinSpread } from './moments.ts';

/** Rows that a feature's mean and variance go back. */
const MEMORY = 10_000;
/**
 * Numbers kept of a slot's values: how many there were, their mean, their variance, and the variance that the weights were last
 * fitted to, 0 while all values were 0 or 1.
 */
const STATS = 4;
/** Once there are many values, 1 / σ and μ / σ are reckoned anew in every 16th row, and with values that are far off. */
const MANY = 64;
const FAR = 16;
/** From so many rows on every fourth is measured, and any value that is far off. */
const SETTLED = 512;
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
 * The mean μ and the deviation σ of each feature as they have been so far, and with them a row in units z = x / σ − μ / σ. Columns
 * of 0 and 1 are taken as they are; of features that most rows do not have μ is 0 and σ the root of the mean square.
 */
export class ColumnScales {
  #stats = new Float64Array(STATS * 8);
  /** By slots: 1 / σ. */
  inverses = new Float64Array(8);
  /** By slots: μ / σ. */
  offsets = new Float64Array(8);
  /** Slots that have been seen, and how many of them often enough not to be reckoned with each value. */
  #slots = 0;
  #old = 0;
  /** Of the row: Σ z², and Σ z μ / σ. */
  length = 0;
  shift = 0;

  #reserve(slots: number): void {
    if (slots > this.#slots) this.#slots = slots;
    if (slots <= this.offsets.length) return;
    this.#stats = grown(this.#stats, new Float64Array(2 * slots * STATS));
    this.inverses = grown(this.inverses, new Float64Array(2 * slots));
    this.offsets = grown(this.offsets, new Float64Array(2 * slots));
  }

  /** Brings the means and the variances of a row's features up to date, then `length` and `shift`. */
  look(x: FeatureRow, rows: number, rescaled: Rescaled): void {
    const { index, dense, n } = x;
    this.#reserve(x.d);
    const isMeasured = rows < SETTLED || (rows & 3) === 0;
    if (isMeasured || this.#old < this.#slots) this.#measure(x, rows, rescaled, isMeasured);
    const { inverses, offsets } = this;
    let length = 0;
    let shift = 0;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const value = dense[slot] as number;
      let offset = offsets[slot] as number;
      let z = value * (inverses[slot] as number) - offset;
      if (z * z > FAR && !isMeasured) {
        this.#include(slot, value, rows, rescaled, true);
        offset = offsets[slot] as number;
        z = value * (inverses[slot] as number) - offset;
      }
      length += z * z;
      shift += z * offset;
    }
    this.length = length;
    this.shift = shift;
  }

  /** Takes in the values of all of a row's slots, or of the young ones alone. */
  #measure({ index, dense, n }: FeatureRow, rows: number, rescaled: Rescaled, isAll: boolean): void {
    const stats = this.#stats;
    const isReckoned = (rows & 15) === 0;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      if (isAll || (stats[slot * STATS] as number) < MANY) {
        this.#include(slot, dense[slot] as number, rows, rescaled, isReckoned);
      }
    }
  }

  /** One more value of a slot, by Welford's formula; what lies far back is forgotten. */
  #include(slot: number, value: number, rows: number, rescaled: Rescaled, isReckoned: boolean): void {
    const stats = this.#stats;
    const at = slot * STATS;
    const count = (stats[at] as number) + 1;
    const step = 1 / (count < MEMORY ? count : MEMORY);
    const off = value - (stats[at + 1] as number);
    const next = (stats[at + 1] as number) + off * step;
    const variance = stats[at + 2] as number;
    stats[at] = count;
    stats[at + 1] = next;
    stats[at + 2] = variance + (off * (value - next) - variance) * step;
    if (count === MANY) this.#old++;
    if (isReckoned || count <= MANY || off * off > FAR * variance) this.#reckon(slot, value, rows, rescaled);
  }

  /** Brings 1 / σ and μ / σ of a slot up to date, in which the value is the last. */
  #reckon(slot: number, x: number, rows: number, weights: Rescaled): void {
    const stats = this.#stats;
    const at = slot * STATS;
    const count = stats[at] as number;
    const mean = stats[at + 1] as number;
    const variance = stats[at + 2] as number;
    const fitted = stats[at + 3] as number;
    if (fitted === 0 && (x === 0 || x === 1)) {
      this.inverses[slot] = 1;
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
    const inverse = spread > CONSTANT * mean * mean ? 1 / Math.sqrt(spread) : 0;
    this.inverses[slot] = inverse;
    this.offsets[slot] = middle * inverse;
  }

  /** Goes on from what others have measured in so many rows. */
  begin(rows: number, means: Float64Array, deviations: Float64Array): void {
    this.#reserve(means.length);
    for (let i = 0; i < means.length; i++) {
      const [mean, deviation] = [means[i] as number, deviations[i] as number];
      const plain = mean === 0 && deviation === 1;
      this.#stats.set([rows, mean, deviation ** 2, plain ? 0 : deviation ** 2 || Number.MIN_VALUE], i * STATS);
      this.inverses[i] = deviation > 0 ? 1 / deviation : 0;
      this.offsets[i] = mean * (this.inverses[i] as number);
    }
    this.#count();
  }

  /** Takes in what another has seen, exactly (Chan's formula). */
  merge(other: ColumnScales): void {
    this.#reserve(other.#slots);
    for (let slot = 0; slot < other.#slots; slot++) {
      if (this.#stats[slot * STATS] === 0) {
        this.inverses[slot] = other.inverses[slot] as number;
        this.offsets[slot] = other.offsets[slot] as number;
      }
      joinStats(this.#stats, other.#stats, slot * STATS);
    }
    this.#count();
  }

  /** Counts the slots that are no longer young. */
  #count(): void {
    this.#old = 0;
    for (let at = 0; at < this.#slots * STATS; at += STATS) if ((this.#stats[at] as number) >= MANY) this.#old++;
  }

  save(): { stats: Float64Array; inverses: Float64Array; offsets: Float64Array } {
    const slots = this.#slots;
    const stats = this.#stats.slice(0, slots * STATS);
    return { stats, inverses: this.inverses.slice(0, slots), offsets: this.offsets.slice(0, slots) };
  }

  static restore({ stats, inverses, offsets }: ReturnType<ColumnScales['save']>): ColumnScales {
    const made = new ColumnScales();
    made.#reserve(inverses.length);
    made.#stats.set(stats);
    made.inverses.set(inverses);
    made.offsets.set(offsets);
    made.#count();
    return made;
  }
}

function joinStats(to: Float64Array, from: Float64Array, at: number): void {
  const [a, b] = [to[at] as number, from[at] as number];
  if (b === 0) return;
  to[at] = a + b;
  joinSpread(to, from, at + 1, b / (a + b));
  to[at + 3] = Math.max(to[at + 3] as number, from[at + 3] as number);
}
