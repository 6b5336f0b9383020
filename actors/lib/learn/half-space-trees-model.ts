import { prng } from '#stage';
import type { FeatureRow } from './feature-row.ts';
import { RowBlock, type SavedBlock } from './row-block.ts';
import type { Scoring } from './scored.ts';
import { sized } from './sized.ts';

export interface HalfSpaceTreesOptions {
  trees: number;
  /** Cuts from the root to a leaf. */
  depth: number;
  /** Rows that masses are counted of. */
  window: number;
  seed: number;
}

interface Saved extends SavedBlock {
  rows: number;
  /** Features of the trees, 0 while there are none. */
  cut: number;
  least: Float64Array;
  scale: Float64Array;
  masses: Int32Array;
}

/** A node with less than this share of the window is not looked below. */
const FEW = 0.1;
/** Where a value stands that moved while the feature was constant. */
const OUTSIDE = 2;

/** Random trees over the space of the features, and how many rows of the last window fell where; see `half-space-trees`. */
export class HalfSpaceTreesModel implements Scoring {
  readonly #o: HalfSpaceTreesOptions;
  #rows = 0;
  /** The rows of this window so far, and the mean of the last. */
  readonly #block: RowBlock;
  /** Of the trees: how many features they know, and what each inner node asks: which feature, and whether it is below what. */
  #cut = 0;
  #features = new Int32Array(0);
  #bounds = new Float64Array(0);
  /** Each feature's least value in the last window, and 1 / its range, 0 of a constant. */
  #least = new Float64Array(0);
  #scale = new Float64Array(0);
  /** Rows of the last window by tree and node. */
  #masses = new Int32Array(0);
  /** A row from 0 to 1. */
  #unit = new Float64Array(0);

  constructor(options: HalfSpaceTreesOptions, block = new RowBlock(options.window)) {
    this.#o = options;
    this.#block = block;
  }

  get rows(): number {
    return this.#rows;
  }

  /** From 0, where all of the last window lies, to nearly 1, where hardly any of it does. O(trees · depth + d). */
  score(x: FeatureRow): number | null {
    if (this.#cut === 0) return null;
    const { whole, mean } = this.#block;
    this.#place(whole.fill(x, mean), 0);
    const { trees, depth, window } = this.#o;
    const inner = 2 ** depth - 1;
    const few = FEW * window;
    const unit = this.#unit;
    const features = this.#features;
    const bounds = this.#bounds;
    const masses = this.#masses;
    let sum = 0;
    for (let tree = 0; tree < trees; tree++) {
      const asked = tree * inner;
      const held = tree * (2 * inner + 1);
      let node = 0;
      let size = 1;
      while (node < inner && (masses[held + node] as number) > few) {
        const isBelow = (unit[features[asked + node] as number] as number) < (bounds[asked + node] as number);
        node = 2 * node + (isBelow ? 1 : 2);
        size *= 2;
      }
      // How dense it is there, 1 where rows are spread evenly; half a row, since none does not mean that there can be none.
      sum += Math.log((((masses[held + node] as number) + 0.5) * size) / window);
    }
    const even = Math.exp(sum / trees);
    return 1 / (1 + even);
  }

  learn(x: FeatureRow): void {
    this.#block.add(x);
    this.#rows++;
    if (this.#block.isFull) this.#turn();
  }

  /** A window is full: its rows become those that others are held against. */
  #turn(): void {
    const block = this.#block;
    const { d } = block.whole;
    const { window, trees, depth } = this.#o;
    block.count = 0;
    if (d === 0) return;
    if (this.#cut !== d) this.#plant(d);
    const { rows } = block;
    for (let j = 0; j < d; j++) {
      let [least, most, mean] = [rows[j] as number, rows[j] as number, 0];
      for (let i = 0; i < window; i++) {
        const value = rows[i * d + j] as number;
        least = Math.min(least, value);
        most = Math.max(most, value);
        mean += (value - mean) / (i + 1);
      }
      this.#least[j] = least;
      this.#scale[j] = most > least ? 1 / (most - least) : 0;
      block.mean[j] = mean;
    }
    const inner = 2 ** depth - 1;
    const masses = this.#masses.fill(0);
    const unit = this.#unit;
    for (let i = 0; i < window; i++) {
      this.#place(rows, i * d);
      for (let tree = 0; tree < trees; tree++) {
        const held = tree * (2 * inner + 1);
        const asked = tree * inner;
        let node = 0;
        for (;;) {
          masses[held + node] = (masses[held + node] as number) + 1;
          if (node >= inner) break;
          const at = asked + node;
          node = 2 * node + ((unit[this.#features[at] as number] as number) < (this.#bounds[at] as number) ? 1 : 2);
        }
      }
    }
  }

  /** Puts a row between 0 and 1, what the last window did not reach a little beyond. */
  #place(row: Float64Array, from: number): void {
    const unit = this.#unit;
    for (let j = 0; j < this.#cut; j++) {
      const off = (row[from + j] as number) - (this.#least[j] as number);
      const scale = this.#scale[j] as number;
      if (scale > 0) unit[j] = off * scale;
      else unit[j] = off === 0 ? 0.5 : off > 0 ? OUTSIDE : 1 - OUTSIDE;
    }
  }

  /** Draws trees over d features: of each a range around [0, 1], and at each node the middle of what is left of one. */
  #plant(d: number): void {
    const { trees, depth, seed } = this.#o;
    const inner = 2 ** depth - 1;
    this.#cut = d;
    this.#features = new Int32Array(trees * inner);
    this.#bounds = new Float64Array(trees * inner);
    this.#masses = new Int32Array(trees * (2 * inner + 1));
    this.#least = new Float64Array(d);
    this.#scale = new Float64Array(d);
    this.#unit = new Float64Array(d);
    const random = prng(`${seed} ${d}`);
    const [low, high] = [new Float64Array(d), new Float64Array(d)];
    for (let tree = 0; tree < trees; tree++) {
      for (let j = 0; j < d; j++) {
        const middle = random();
        const reach = 2 * Math.max(middle, 1 - middle);
        low[j] = middle - reach;
        high[j] = middle + reach;
      }
      this.#draw(tree * inner, 0, random, low, high);
    }
  }

  #draw(asked: number, node: number, random: () => number, low: Float64Array, high: Float64Array): void {
    if (node >= 2 ** this.#o.depth - 1) return;
    const feature = Math.floor(random() * this.#cut);
    const [from, to] = [low[feature] as number, high[feature] as number];
    const middle = (from + to) / 2;
    this.#features[asked + node] = feature;
    this.#bounds[asked + node] = middle;
    high[feature] = middle;
    this.#draw(asked, 2 * node + 1, random, low, high);
    high[feature] = to;
    low[feature] = middle;
    this.#draw(asked, 2 * node + 2, random, low, high);
    low[feature] = from;
  }

  save(): Saved {
    const { mean, waiting, whole } = this.#block.save();
    return {
      rows: this.#rows,
      mean,
      waiting,
      cut: this.#cut,
      least: this.#least.slice(),
      scale: this.#scale.slice(),
      masses: this.#masses.slice(),
      whole,
    };
  }

  static restore(options: HalfSpaceTreesOptions, saved: unknown): HalfSpaceTreesModel {
    const { rows, cut, least, scale, masses, ...block } = saved as Saved;
    const model = new HalfSpaceTreesModel(options, RowBlock.restore(options.window, block));
    model.#rows = rows;
    if (cut === 0) return model;
    sized(least, cut, 'least values');
    sized(scale, cut, 'scales');
    model.#plant(cut);
    sized(masses, model.#masses.length, 'masses');
    model.#least.set(least);
    model.#scale.set(scale);
    model.#masses.set(masses);
    return model;
  }
}
