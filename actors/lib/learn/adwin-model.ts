import type { Detection } from './deviation.ts';
import { grown } from './feature-row.ts';
import { sized } from './sized.ts';

export interface AdwinOptions {
  /** δ: the chance of telling a change where there is none, at one value. */
  delta: number;
  /** Values between two looks at the window. */
  every: number;
}

interface Saved {
  rows: number;
  width: number;
  mean: number;
  squares: number;
  levels: number;
  held: Int32Array;
  buckets: Float64Array;
}

/** Buckets of a size before two of them become one. */
const BUCKETS = 5;
const ROOM = BUCKETS + 1;
/** Levels that there is room for at first, for some 600 values. */
const FIRST_LEVELS = 7;
/** Values that a window has before a change is told, and those on either side of a cut. */
const LEAST_WINDOW = 10;
const LEAST_PART = 5;

/**
 * A window of values that are alike, of any length, as an exponential histogram: level ℓ has up to five buckets of 2ˡ values,
 * each kept as its mean and the sum of squares about it. The oldest stand at the highest level, first in it. See the stage `adwin`.
 */
export class AdwinModel implements Detection {
  readonly #o: AdwinOptions;
  #rows = 0;
  #levels = 1;
  /** Buckets of each level. */
  #held = new Int32Array(FIRST_LEVELS);
  /** By level, then by age, the oldest first: mean and squares. */
  #buckets = new Float64Array(FIRST_LEVELS * ROOM * 2);
  /** Values, their mean and the sum of squares about it, of the whole window. */
  #width = 0;
  #mean = 0;
  #squares = 0;

  constructor(options: AdwinOptions) {
    this.#o = options;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Values in the window. */
  get width(): number {
    return this.#width;
  }

  get estimate(): number | null {
    return this.#width === 0 ? null : this.#mean;
  }

  take(value: number): boolean {
    this.#rows++;
    this.#put(0, value, 0);
    const off = value - this.#mean;
    this.#width++;
    this.#mean += off / this.#width;
    this.#squares += off * (value - this.#mean);
    this.#compress();
    if (this.#width % this.#o.every !== 0 || !this.#differs()) return false;
    this.#held.fill(0);
    this.#levels = 1;
    this.#width = 0;
    this.#mean = 0;
    this.#squares = 0;
    return true;
  }

  #put(level: number, mean: number, squares: number): void {
    const at = 2 * (level * ROOM + (this.#held[level] as number));
    this.#buckets[at] = mean;
    this.#buckets[at + 1] = squares;
    this.#held[level] = (this.#held[level] as number) + 1;
  }

  /** Where a level is full, its two oldest buckets become one of the next. */
  #compress(): void {
    for (let level = 0; this.#held[level] === ROOM; level++) {
      if (level + 1 === this.#held.length) this.#reserve(2 * this.#held.length);
      const buckets = this.#buckets;
      const at = 2 * level * ROOM;
      const [a, b] = [buckets[at] as number, buckets[at + 2] as number];
      const squares = (buckets[at + 1] as number) + (buckets[at + 3] as number) + ((a - b) * (a - b) * 2 ** level) / 2;
      buckets.copyWithin(at, at + 4, at + 2 * ROOM);
      this.#held[level] = ROOM - 2;
      this.#put(level + 1, (a + b) / 2, squares);
      this.#levels = Math.max(this.#levels, level + 2);
    }
  }

  #reserve(levels: number): void {
    if (levels <= this.#held.length) return;
    this.#held = grown(this.#held, new Int32Array(levels));
    this.#buckets = grown(this.#buckets, new Float64Array(levels * ROOM * 2));
  }

  /** Whether the window can be cut so that the means of both parts differ more than chance lets them. */
  #differs(): boolean {
    const width = this.#width;
    if (width <= LEAST_WINDOW) return false;
    const buckets = this.#buckets;
    const held = this.#held;
    const total = this.#mean;
    const logs = Math.log((2 * Math.log(width)) / this.#o.delta);
    const variance = this.#squares / width;
    // Of the older part: how many, and their sum about the window's mean, which stays small.
    let [n, sum] = [0, 0];
    for (let level = this.#levels - 1; level >= 0; level--) {
      const size = 2 ** level;
      for (let i = 0; i < (held[level] as number); i++) {
        n += size;
        sum += size * ((buckets[2 * (level * ROOM + i)] as number) - total);
        const rest = width - n;
        if (rest < LEAST_PART) return false;
        if (n < LEAST_PART) continue;
        const difference = Math.abs(sum / n + sum / rest);
        const m = 1 / (n - LEAST_PART + 1) + 1 / (rest - LEAST_PART + 1);
        if (difference > Math.sqrt(2 * m * variance * logs) + (2 / 3) * m * logs) return true;
      }
    }
    return false;
  }

  save(): Saved {
    const levels = this.#levels;
    return {
      rows: this.#rows,
      width: this.#width,
      mean: this.#mean,
      squares: this.#squares,
      levels,
      held: this.#held.slice(0, levels),
      buckets: this.#buckets.slice(0, levels * ROOM * 2),
    };
  }

  static restore(options: AdwinOptions, saved: unknown): AdwinModel {
    const { rows, width, mean, squares, levels, held, buckets } = saved as Saved;
    sized(held, levels, 'levels of buckets');
    sized(buckets, levels * ROOM * 2, 'numbers of its buckets');
    const model = new AdwinModel(options);
    model.#rows = rows;
    model.#width = width;
    model.#mean = mean;
    model.#squares = squares;
    model.#levels = levels;
    model.#reserve(levels);
    model.#held.set(held);
    model.#buckets.set(buckets);
    return model;
  }
}
