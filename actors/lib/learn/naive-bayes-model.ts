import { type FeatureRow, grown } from './feature-row.ts';
import type { Classification } from './model.ts';
import { include, join } from './moments.ts';
import { sized } from './sized.ts';
import { softmax } from './softmax.ts';
import { mostSlots, roomFor } from './weights.ts';

export interface NaiveBayesOptions {
  /** α: how often every level and word is taken to have been seen besides. */
  smoothing: number;
  /** Rows of the variance over all classes that each class's variance is taken to have seen besides. */
  shrink: number;
}

interface Saved {
  rows: number;
  slots: number;
  classes: number;
  prior: Float64Array;
  kinds: Uint8Array;
  stats: Float64Array;
}

/** What a slot's values are: words or levels, of which a row has few; truth values; numbers. */
const [WORD, TRUTH, NUMBER] = [0, 1, 2];
/** Numbers kept for each slot and class, and at the end of each slot for all classes: count, mean, sum of squares about it. */
const STATS = 3;
/** A share of rows that is as good as all. */
const EACH = 0.99;
/** A variance is at least so much of the mean's square, and of 1. */
const LEAST = 1e-20;
/** Of more classes than these most have never seen a word: its share in them is reckoned once for all. */
const MANY = 100;

/**
 * Naive Bayes of features of every kind: words and levels are multinomial with Laplace's smoothing, truth values Bernoulli,
 * numbers Gaussian in each class. What a slot is its values decide: a truth value was 0 as well as 1; a number was below 0 or above
 * 1, or between them in every row or beside a 0; what is left are words and levels. O(features of the row · classes).
 */
export class NaiveBayesModel implements Classification {
  readonly #o: NaiveBayesOptions;
  #rows = 0;
  #slots = 0;
  #room = 8;
  #classes = 2;
  /** Classes that there is room for. */
  #width = 2;
  /** Rows of each class. */
  #prior = new Float64Array(2);
  #kinds = new Uint8Array(8);
  /** By slots; of a slot by classes, then all classes together. */
  #stats = new Float64Array(8 * 3 * STATS);
  /** By classes: the sum of the values of words; made from `#stats`. */
  #totals = new Float64Array(2);
  #logs = new Float64Array(0);
  /** Slots that are words, the sum and the number of their values. */
  #words = 0;
  #sum = 0;
  #count = 0;

  constructor(options: NaiveBayesOptions) {
    this.#o = options;
  }

  get rows(): number {
    return this.#rows;
  }

  #reserve(wanted: number, classes: number): void {
    if (classes > this.#classes) this.#classes = classes;
    const most = mostSlots(this.#classes);
    const slots = Math.min(wanted, most);
    while (this.#slots > most) if (this.#kinds[--this.#slots] === WORD) this.#leave(this.#slots);
    const width = roomFor(this.#classes, this.#width);
    const room = slots > this.#room ? Math.min(Math.max(slots, 2 * this.#room), most) : Math.min(this.#room, most);
    if (width > this.#width) {
      const [old, next] = [(this.#width + 1) * STATS, (width + 1) * STATS];
      const stats = new Float64Array(room * next);
      for (let slot = 0; slot < this.#slots; slot++) {
        const from = slot * old;
        stats.set(this.#stats.subarray(from, from + old - STATS), slot * next);
        stats.set(this.#stats.subarray(from + old - STATS, from + old), (slot + 1) * next - STATS);
      }
      this.#stats = stats;
      this.#prior = grown(this.#prior, new Float64Array(width));
      this.#totals = grown(this.#totals, new Float64Array(width));
      this.#width = width;
      this.#room = room;
    } else if (room > this.#room) {
      this.#stats = grown(this.#stats, new Float64Array(room * (width + 1) * STATS));
      this.#room = room;
    }
    if (room > this.#kinds.length) {
      const kinds = new Uint8Array(room);
      kinds.set(this.#kinds);
      this.#kinds = kinds;
    }
    for (; this.#slots < slots; this.#slots++) this.#words++;
  }

  /** Numbers kept of a slot, all classes' among them. */
  get #stride(): number {
    return (this.#width + 1) * STATS;
  }

  predict({ index, dense, n }: FeatureRow, classes: number, out: Float64Array): void {
    const [prior, stats, kinds, totals] = [this.#prior, this.#stats, this.#kinds, this.#totals];
    const { smoothing, shrink } = this.#o;
    const width = this.#stride;
    const known = Math.min(classes, this.#classes);
    for (let c = 0; c < classes; c++) {
      out[c] = Math.log(((c < known ? (prior[c] as number) : 0) + smoothing) / (this.#rows + smoothing * classes));
    }
    // A word counts as often as its value says: α is meant of a usual value.
    const usual = this.#count > 0 ? (smoothing * this.#sum) / this.#count : smoothing;
    if (known > MANY) this.#weighClasses(usual, known);
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      if (slot >= this.#slots) continue;
      const x = dense[slot] as number;
      const kind = kinds[slot] as number;
      const all = (slot + 1) * width - STATS;
      if (kind === WORD && x === 0) continue;
      if (kind === WORD && known > MANY) {
        this.#word(slot * width, x, usual, known, out);
        continue;
      }
      const variance = kind === NUMBER ? spread(stats, all) : 0;
      for (let c = 0, at = slot * width; c < known; c++, at += STATS) {
        const count = stats[at] as number;
        const mean = stats[at + 1] as number;
        let score: number;
        if (kind === WORD) {
          const share = (count * mean + usual) / ((totals[c] as number) + usual * this.#words);
          score = x * Math.log(share);
        } else if (kind === TRUTH) {
          const share = (count * mean + smoothing) / (count + 2 * smoothing);
          score = Math.log(x === 0 ? 1 - share : share);
        } else {
          const least = LEAST * (1 + mean * mean);
          const here = ((stats[at + 2] as number) + shrink * variance) / (count + shrink);
          const v = here > least ? here : least;
          const off = count > 0 ? x - mean : x - (stats[all + 1] as number);
          score = -(Math.log(v) + (off * off) / v) / 2;
        }
        out[c] = (out[c] as number) + score;
      }
      // Of a class that is known by name alone nothing speaks for or against it but that it is rare.
    }
    softmax(out, classes);
  }

  /** What the sum of its words tells of each class, for {@link #word}. */
  #weighClasses(usual: number, classes: number): void {
    if (this.#logs.length < classes) this.#logs = new Float64Array(this.#width);
    const [logs, totals] = [this.#logs, this.#totals];
    for (let c = 0; c < classes; c++) logs[c] = Math.log((totals[c] as number) + usual * this.#words);
  }

  /** What a word tells of each of many classes: a logarithm for each that has seen it. */
  #word(from: number, x: number, usual: number, classes: number, out: Float64Array): void {
    const [stats, logs] = [this.#stats, this.#logs];
    const unseen = Math.log(usual);
    for (let c = 0, at = from; c < classes; c++, at += STATS) {
      const count = stats[at] as number;
      const share = count === 0 ? unseen : Math.log(count * (stats[at + 1] as number) + usual);
      out[c] = (out[c] as number) + x * (share - (logs[c] as number));
    }
  }

  learn(x: FeatureRow, y: number, classes: number): void {
    this.#reserve(x.d, classes);
    this.#rows++;
    this.#prior[y] = (this.#prior[y] as number) + 1;
    const { index, dense, n } = x;
    const [stats, kinds, totals] = [this.#stats, this.#kinds, this.#totals];
    const width = this.#stride;
    const slots = this.#slots;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      if (slot >= slots) continue;
      const value = dense[slot] as number;
      const all = (slot + 1) * width - STATS;
      include(stats, slot * width + y * STATS, value);
      include(stats, all, value);
      const kind = kinds[slot] as number;
      if (kind === WORD) {
        totals[y] = (totals[y] as number) + value;
        this.#sum += value;
        this.#count++;
      }
      const next = this.#kindOf(kind, value, all);
      if (next !== kind) this.#become(slot, kind, next);
    }
  }

  /** What a slot is, given what it was and a value that `#stats` has taken in. Kinds only rise. */
  #kindOf(kind: number, value: number, all: number): number {
    if (kind === NUMBER || value < 0 || value > 1) return NUMBER;
    if (kind === TRUTH) return value === 0 || value === 1 ? TRUTH : NUMBER;
    const [stats, rows] = [this.#stats, this.#rows];
    if (value === 0) return stats[all] === 1 || isOne(stats, all) ? TRUTH : NUMBER;
    return value < 1 && (stats[all] as number) > EACH * rows ? NUMBER : WORD;
  }

  #become(slot: number, from: number, kind: number): void {
    this.#kinds[slot] = kind;
    if (from === WORD) this.#leave(slot);
  }

  /** A slot that was a word is none any more. */
  #leave(slot: number): void {
    const from = slot * this.#stride;
    this.#words--;
    for (let c = 0, at = from; c < this.#classes; c++, at += STATS) {
      const sum = (this.#stats[at] as number) * (this.#stats[at + 1] as number);
      this.#totals[c] = (this.#totals[c] as number) - sum;
      this.#sum -= sum;
      this.#count -= this.#stats[at] as number;
    }
  }

  /** Takes in what another has learned of the same slots and classes, exactly (Chan's formula). O(slots · classes). */
  merge(other: NaiveBayesModel): void {
    this.#reserve(other.#slots, other.#classes);
    other.#reserve(this.#slots, this.#classes);
    const width = this.#stride;
    for (let slot = 0; slot < this.#slots; slot++) {
      const [here, there] = [this.#of(slot), other.#of(slot)];
      for (let at = 0; at < here.length; at += STATS) join(here, there, at);
      join(
        this.#stats.subarray((slot + 1) * width - STATS),
        other.#stats.subarray((slot + 1) * other.#stride - STATS),
        0,
      );
    }
    for (let c = 0; c < this.#classes; c++) this.#prior[c] = (this.#prior[c] as number) + (other.#prior[c] as number);
    for (let slot = 0; slot < this.#slots; slot++) {
      this.#kinds[slot] = Math.max(this.#kinds[slot] as number, other.#kinds[slot] as number);
    }
    this.#rows += other.#rows;
    this.#total();
  }

  #total(): void {
    const width = this.#stride;
    this.#totals.fill(0);
    this.#words = 0;
    this.#sum = 0;
    this.#count = 0;
    for (let slot = 0; slot < this.#slots; slot++) {
      if (this.#kinds[slot] !== WORD) continue;
      this.#words++;
      for (let c = 0, at = slot * width; c < this.#classes; c++, at += STATS) {
        const sum = (this.#stats[at] as number) * (this.#stats[at + 1] as number);
        this.#totals[c] = (this.#totals[c] as number) + sum;
        this.#sum += sum;
        this.#count += this.#stats[at] as number;
      }
    }
  }

  /** What is kept of a slot, by classes. */
  #of(slot: number): Float64Array {
    return this.#stats.subarray(slot * this.#stride, slot * this.#stride + this.#classes * STATS);
  }

  save(): Saved & { totals: Float64Array; sums: number[] } {
    const width = (this.#classes + 1) * STATS;
    const stats = new Float64Array(this.#slots * width);
    for (let slot = 0; slot < this.#slots; slot++) {
      stats.set(this.#of(slot), slot * width);
      const end = (slot + 1) * this.#stride;
      stats.set(this.#stats.subarray(end - STATS, end), (slot + 1) * width - STATS);
    }
    return {
      rows: this.#rows,
      slots: this.#slots,
      classes: this.#classes,
      prior: this.#prior.slice(0, this.#classes),
      kinds: this.#kinds.slice(0, this.#slots),
      stats,
      totals: this.#totals.slice(0, this.#classes),
      sums: [this.#words, this.#sum, this.#count],
    };
  }

  static restore(options: NaiveBayesOptions, saved: unknown): NaiveBayesModel {
    const { rows, slots, classes, prior, kinds, stats, totals, sums } = saved as ReturnType<NaiveBayesModel['save']>;
    sized(prior, classes, 'classes');
    sized(totals, classes, 'totals');
    sized(kinds, slots, 'kinds of features');
    sized(stats, slots * (classes + 1) * STATS, 'statistics');
    const model = new NaiveBayesModel(options);
    model.#reserve(slots, classes);
    model.#rows = rows;
    model.#prior.set(prior);
    model.#kinds.set(kinds);
    const width = (classes + 1) * STATS;
    for (let slot = 0; slot < slots; slot++) {
      model.#of(slot).set(stats.subarray(slot * width, (slot + 1) * width - STATS));
      model.#stats.set(
        stats.subarray((slot + 1) * width - STATS, (slot + 1) * width),
        (slot + 1) * model.#stride - STATS,
      );
    }
    // What was added up goes on from there, to the last bit.
    model.#totals.set(totals);
    [model.#words, model.#sum, model.#count] = sums as [number, number, number];
    return model;
  }
}

/** Whether a slot's values were all 1 before a 0 came as the last of them. */
function isOne(stats: Float64Array, at: number): boolean {
  const count = stats[at] as number;
  const mean = stats[at + 1] as number;
  return Math.abs(mean - (count - 1) / count) < 1e-9 && Math.abs((stats[at + 2] as number) - mean) < 1e-9 * count;
}

/** The variance over all classes. */
function spread(stats: Float64Array, at: number): number {
  const count = stats[at] as number;
  return count > 0 ? (stats[at + 2] as number) / count : 0;
}
