import type { Impurity } from './impurity.ts';
import { type LeafObservers, STATS } from './leaf-observers.ts';
import { normalShare } from './normal.ts';
import { LEVEL, NUMBER } from './slot-kinds.ts';

/** A side of a split must get more than this share of the rows. */
const LEAST_SHARE = 0.01;

/** Finds the best split of a leaf, and how much better it is than the second. */
export class SplitSearch {
  /** How much purer the best split leaves the classes; 0 is what no split does. */
  merit = 0;
  /** The same of the next best that is not the same split by another name. */
  second = 0;
  /** Rows go left where this slot's number is at most the threshold. */
  slot = -1;
  threshold = 0;
  /** By classes: rows on either side of the best split. */
  left: Float64Array = new Float64Array(2);
  right: Float64Array = new Float64Array(2);
  readonly #impurity: Impurity;
  readonly #cuts: number;
  #classes = 0;
  /** The split in hand and the best one of the feature in hand, by sides. */
  #tried: [Float64Array, Float64Array] = [new Float64Array(2), new Float64Array(2)];
  #found: [Float64Array, Float64Array] = [new Float64Array(2), new Float64Array(2)];
  #all = new Float64Array(2);

  /** `cuts`: thresholds that are tried of a number. */
  constructor(impurity: Impurity, cuts: number) {
    this.#impurity = impurity;
    this.#cuts = cuts;
  }

  /** O(features · cuts · classes). */
  run(observers: LeafObservers, kinds: Int32Array): void {
    const { places, classes, slots } = observers;
    this.#reserve(classes);
    this.merit = 0;
    this.second = 0;
    this.slot = -1;
    let rows = 0;
    for (let c = 0; c < classes; c++) rows += observers.rows[c] as number;
    for (let place = 0; place < places; place++) {
      const slot = slots[place] as number;
      this.#feature(observers, place, kinds[slot] as number, rows);
    }
  }

  #feature(observers: LeafObservers, place: number, kind: number, rows: number): void {
    const { stats, classes, slots } = observers;
    const first = place * classes * STATS;
    const all = this.#all;
    let total = 0;
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let c = 0, at = first; c < classes; c++, at += STATS) {
      const count = stats[at] as number;
      all[c] = kind === LEVEL ? (observers.rows[c] as number) : count;
      total += all[c] as number;
      if (count === 0) continue;
      least = Math.min(least, stats[at + 3] as number);
      most = Math.max(most, stats[at + 4] as number);
    }
    const before = this.#impurity(all, classes, total);
    let [merit, threshold] = [0, 0];
    const cuts = kind === NUMBER ? this.#cuts : 1;
    for (let cut = 1; cut <= cuts; cut++) {
      // A level or truth value is there or is not.
      const at = kind === NUMBER ? least + ((most - least) / (cuts + 1)) * cut : 0.5;
      if (kind === NUMBER && !(least < at && at < most)) continue;
      const sum = kind === NUMBER ? this.#cut(stats, first, at) : this.#truth(stats, first);
      if (Math.min(sum, total - sum) <= LEAST_SHARE * total) continue;
      const [left, right] = this.#tried;
      const after =
        sum * this.#impurity(left, classes, sum) + (total - sum) * this.#impurity(right, classes, total - sum);
      // Rows in which the feature is missing are made no purer.
      const found = (total / rows) * (before - after / total);
      if (!(found > merit)) continue;
      [merit, threshold] = [found, at];
      [this.#tried, this.#found] = [this.#found, this.#tried];
    }
    if (merit > 0) this.#offer(slots[place] as number, threshold, merit);
  }

  /** Divides the classes' rows at a threshold by their Gaussians, into `#tried`. How many are left of it. */
  #cut(stats: Float64Array, first: number, threshold: number): number {
    const [left, right] = this.#tried;
    let sum = 0;
    for (let c = 0, at = first; c < this.#classes; c++, at += STATS) {
      const count = stats[at] as number;
      let share = 0;
      if (count > 0 && threshold >= (stats[at + 4] as number)) share = 1;
      else if (count > 0 && threshold >= (stats[at + 3] as number)) {
        const deviation = Math.sqrt((stats[at + 2] as number) / (count - 1));
        share = deviation > 0 ? normalShare((threshold - (stats[at + 1] as number)) / deviation) : 0;
      }
      left[c] = count * share;
      right[c] = count - (left[c] as number);
      sum += left[c] as number;
    }
    return sum;
  }

  /** Divides the classes' rows by whether the feature is 1, into `#tried`. */
  #truth(stats: Float64Array, first: number): number {
    const [left, right] = this.#tried;
    let sum = 0;
    for (let c = 0, at = first; c < this.#classes; c++, at += STATS) {
      right[c] = Math.min(this.#all[c] as number, (stats[at] as number) * (stats[at + 1] as number));
      left[c] = (this.#all[c] as number) - (right[c] as number);
      sum += left[c] as number;
    }
    return sum;
  }

  /** Takes `#found` as the best, or the second. */
  #offer(slot: number, threshold: number, merit: number): void {
    if (merit <= this.second) return;
    if (this.slot >= 0 && this.#isBest(merit)) return;
    if (merit <= this.merit) {
      this.second = merit;
      return;
    }
    this.second = this.merit;
    this.merit = merit;
    this.slot = slot;
    this.threshold = threshold;
    const [left, right] = this.#found;
    this.#found = [this.left, this.right];
    [this.left, this.right] = [left, right];
  }

  /**
   * Whether `#found` divides the rows as the best split does: by a copy of its feature, or by the other of two levels. Else two
   * such would stand in each other's way until a tie.
   */
  #isBest(merit: number): boolean {
    if (Math.abs(merit - this.merit) > 1e-9) return false;
    const [left, right] = this.#found;
    let [same, turned] = [true, true];
    for (let c = 0; c < this.#classes; c++) {
      const here = this.left[c] as number;
      const least = 1e-9 * (here + (this.right[c] as number));
      if (Math.abs(here - (left[c] as number)) > least) same = false;
      if (Math.abs(here - (right[c] as number)) > least) turned = false;
    }
    return same || turned;
  }

  #reserve(classes: number): void {
    this.#classes = classes;
    if (classes <= this.#all.length) return;
    const made = () => new Float64Array(classes);
    this.#all = made();
    this.#tried = [made(), made()];
    this.#found = [made(), made()];
    [this.left, this.right] = [made(), made()];
  }
}
