import { type FeatureRow, grown } from './feature-row.ts';
import { include } from './moments.ts';
import { sized } from './sized.ts';
import { LEVEL, NUMBER } from './slot-kinds.ts';

/** Numbers kept for each slot and class: count, mean, sum of squares about it, least, most. */
export const STATS = 5;
/** A variance is at least so much of the mean's square, and of 1. */
const LEAST = 1e-20;

export interface SavedObservers {
  slots: Int32Array;
  rows: Float64Array;
  stats: Float64Array;
  /** Slots that there is room for. */
  reach: number;
}

/**
 * What a leaf of a tree has seen of its features in each class: how often, and a Gaussian. Slots have a place once a row has had a
 * value in them, so that a leaf keeps no more than it has seen. O(features of the row) per row.
 */
export class LeafObservers {
  /** Slots that have a place, by places. */
  slots: Int32Array = new Int32Array(4);
  places = 0;
  /** Rows of each class. */
  rows: Float64Array = new Float64Array(2);
  /** By places, of a place by classes. */
  stats: Float64Array = new Float64Array(4 * 2 * STATS);
  /** By slots: place + 1, or 0 for none. */
  #place = new Int32Array(16);

  /** Classes that there is room for. */
  get classes(): number {
    return this.rows.length;
  }

  /** What is kept, in bytes. */
  get bytes(): number {
    return 8 * (this.places * this.classes * STATS + this.classes) + 4 * (this.places + this.#place.length);
  }

  observe({ index, dense, n, d }: FeatureRow, y: number): void {
    if (d > this.#place.length) this.#place = grown(this.#place, new Int32Array(2 * d));
    if (y >= this.classes) this.#widen(Math.max(y + 1, 2 * this.classes));
    this.rows[y] = (this.rows[y] as number) + 1;
    const width = this.classes * STATS;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const x = dense[slot] as number;
      const place = (this.#place[slot] as number) - 1;
      const at = (place < 0 ? this.#take(slot) : place) * width + y * STATS;
      const stats = this.stats;
      include(stats, at, x);
      const count = stats[at] as number;
      if (count === 1 || x < (stats[at + 3] as number)) stats[at + 3] = x;
      if (count === 1 || x > (stats[at + 4] as number)) stats[at + 4] = x;
    }
  }

  #take(slot: number): number {
    const place = this.places++;
    if (place === this.slots.length) {
      this.slots = grown(this.slots, new Int32Array(2 * place));
      this.stats = grown(this.stats, new Float64Array(2 * this.stats.length));
    }
    this.slots[place] = slot;
    this.#place[slot] = place + 1;
    return place;
  }

  #widen(classes: number): void {
    const [old, width] = [this.classes * STATS, classes * STATS];
    const stats = new Float64Array(this.slots.length * width);
    for (let place = 0; place < this.places; place++) {
      stats.set(this.stats.subarray(place * old, (place + 1) * old), place * width);
    }
    this.stats = stats;
    this.rows = grown(this.rows, new Float64Array(classes));
  }

  /**
   * Adds log p(x | class) to the scores of the first `classes` classes. Each class is taken to have seen one more row, of all classes
   * together: one that has seen nothing of a feature is judged by what all have seen. O(features of the row · classes).
   */
  judge({ index, dense, n }: FeatureRow, kinds: Int32Array, classes: number, scores: Float64Array): void {
    const { stats, rows } = this;
    const places = this.#place;
    const own = this.classes;
    const known = Math.min(own, classes);
    let seen = 0;
    for (let c = 0; c < known; c++) seen += rows[c] as number;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const place = slot < places.length ? (places[slot] as number) - 1 : -1;
      if (place < 0) continue;
      const x = dense[slot] as number;
      const first = place * own * STATS;
      let [count, sum] = [0, 0];
      for (let c = 0, at = first; c < known; c++, at += STATS) {
        count += stats[at] as number;
        sum += (stats[at] as number) * (stats[at + 1] as number);
      }
      if (kinds[slot] === NUMBER) {
        const mean = sum / count;
        let squares = 0;
        for (let c = 0, at = first; c < known; c++, at += STATS) {
          const off = (stats[at + 1] as number) - mean;
          squares += (stats[at + 2] as number) + (stats[at] as number) * off * off;
        }
        const all = squares / count;
        const least = LEAST * (1 + mean * mean);
        // What never varied tells nothing.
        if (!(all > least)) continue;
        for (let c = 0, at = first; c < classes; c++, at += STATS) {
          const here = c < known ? (stats[at] as number) : 0;
          const v = here > 0 ? Math.max(least, ((stats[at + 2] as number) + all) / (here + 1)) : all;
          const off = x - (here > 0 ? (stats[at + 1] as number) : mean);
          scores[c] = (scores[c] as number) - (Math.log(v) + (off * off) / v) / 2;
        }
      } else {
        const level = kinds[slot] === LEVEL;
        const usual = (sum + 0.5) / ((level ? seen : count) + 1);
        for (let c = 0, at = first; c < classes; c++, at += STATS) {
          const here = c < known ? (stats[at] as number) : 0;
          const of = level ? (c < known ? (rows[c] as number) : 0) : here;
          const share = ((here > 0 ? here * (stats[at + 1] as number) : 0) + usual) / (of + 1);
          scores[c] = (scores[c] as number) + Math.log(x === 0 ? 1 - share : share);
        }
      }
    }
  }

  save(): SavedObservers {
    const { slots, rows, stats, places, classes } = this;
    return {
      slots: slots.slice(0, places),
      rows: rows.slice(),
      stats: stats.slice(0, places * classes * STATS),
      reach: this.#place.length,
    };
  }

  static restore({ slots, rows, stats, reach }: SavedObservers): LeafObservers {
    sized(stats, slots.length * rows.length * STATS, 'statistics of a leaf');
    sized(
      [...new Set(slots)].filter((slot) => slot >= 0 && slot < reach),
      slots.length,
      'features of a leaf',
    );
    const made = new LeafObservers();
    const room = Math.max(4, slots.length);
    made.places = slots.length;
    made.slots = grown(slots, new Int32Array(room));
    made.rows = Float64Array.from(rows);
    made.stats = grown(stats, new Float64Array(room * rows.length * STATS));
    made.#place = new Int32Array(reach);
    for (let place = 0; place < slots.length; place++) made.#place[slots[place] as number] = place + 1;
    return made;
  }
}
