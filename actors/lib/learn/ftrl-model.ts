import { type FeatureRow, grown } from './feature-row.ts';
import type { Classification } from './model.ts';
import { RowMemo } from './row-memo.ts';
import { sized } from './sized.ts';
import { mostSlots, roomFor, widened } from './weights.ts';

export interface FtrlOptions {
  /** α: how far steps go. */
  rate: number;
  /** β: how soon they shrink. */
  beta: number;
  l1: number;
  l2: number;
}

interface Saved {
  rows: number;
  slots: number;
  classes: number;
  state: Float64Array;
}

/** Numbers kept for each slot and class: z and n. Slot 0 is the constant. */
const STATE = 2;

/**
 * Logistic regression of each class against the rest by FTRL-proximal: the weights are those that make the sum of all slopes so
 * far, linear in w, and of what holds w where it was, least, so that a weight of which little has been seen is 0 exactly.
 * O(features of the row · classes).
 *
 * Source: H. B. McMahan et al., Ad click prediction: a view from the trenches, KDD 2013, algorithm 1.
 */
export class FtrlModel implements Classification {
  readonly #o: FtrlOptions;
  #rows = 0;
  #slots = 1;
  #room = 8;
  #classes = 2;
  /** Classes that there is room for. */
  #width = 2;
  /** By slots, by classes. */
  #state: Float64Array = new Float64Array(8 * 2 * STATE);
  /** What was predicted last of each class alone, or the slopes. */
  #slopes = new Float64Array(2);
  readonly #memo = new RowMemo();

  constructor(options: FtrlOptions) {
    this.#o = options;
  }

  get rows(): number {
    return this.#rows;
  }

  #reserve(wanted: number, classes: number): void {
    if (classes > this.#classes) this.#classes = classes;
    const width = roomFor(this.#classes, this.#width);
    const most = mostSlots(this.#classes);
    const slots = Math.min(wanted, most);
    this.#slots = Math.min(this.#slots, most);
    if (width > this.#width) {
      this.#room = Math.min(this.#room, most);
      this.#state = widened(this.#state, this.#width * STATE, width * STATE, 0, this.#room);
      this.#slopes = new Float64Array(width);
      this.#width = width;
    }
    if (slots > this.#room) {
      const room = Math.min(Math.max(slots, 2 * this.#room), most);
      this.#state = grown(this.#state, new Float64Array(room * width * STATE));
      this.#room = room;
    }
    if (slots > this.#slots) this.#slots = slots;
  }

  #weight(at: number): number {
    const { rate, beta, l1, l2 } = this.#o;
    const z = this.#state[at] as number;
    const size = Math.abs(z) - l1;
    return size <= 0 ? 0 : (-Math.sign(z) * size) / ((beta + Math.sqrt(this.#state[at + 1] as number)) / rate + l2);
  }

  /** Each class's probability against the rest. */
  #alone({ index, dense, n }: FeatureRow, out: Float64Array): void {
    const [classes, slots, width] = [this.#classes, this.#slots, this.#width];
    for (let c = 0; c < classes; c++) out[c] = this.#weight(c * STATE);
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      if (slot + 1 >= slots) continue;
      const x = dense[slot] as number;
      for (let c = 0, at = (slot + 1) * width * STATE; c < classes; c++, at += STATE) {
        out[c] = (out[c] as number) + this.#weight(at) * x;
      }
    }
    for (let c = 0; c < classes; c++) out[c] = 1 / (1 + Math.exp(-(out[c] as number)));
  }

  predict(x: FeatureRow, classes: number, out: Float64Array): void {
    const p = this.#slopes;
    this.#alone(x, p);
    this.#memo.keep(x, classes);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += c < this.#classes ? (p[c] as number) : 0;
    for (let c = 0; c < classes; c++) out[c] = sum > 0 ? (c < this.#classes ? (p[c] as number) / sum : 0) : 1 / classes;
  }

  learn(x: FeatureRow, y: number, classes: number): void {
    const isNew = classes > this.#classes;
    this.#reserve(x.d + 1, classes);
    const slopes = this.#slopes;
    // What was just predicted need not be reckoned again.
    if (isNew || !this.#memo.holds(x, classes)) this.#alone(x, slopes);
    this.#memo.clear();
    slopes[y] = (slopes[y] as number) - 1;
    const { index, dense, n } = x;
    for (let c = 0; c < this.#classes; c++) this.#step(c * STATE, slopes[c] as number);
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const value = dense[slot] as number;
      if (value === 0 || slot + 1 >= this.#slots) continue;
      for (let c = 0, at = (slot + 1) * this.#width * STATE; c < this.#classes; c++, at += STATE) {
        this.#step(at, (slopes[c] as number) * value);
      }
    }
    this.#rows++;
  }

  #step(at: number, slope: number): void {
    const state = this.#state;
    const weight = this.#weight(at);
    const n = state[at + 1] as number;
    const next = n + slope * slope;
    state[at] = (state[at] as number) + slope - ((Math.sqrt(next) - Math.sqrt(n)) / this.#o.rate) * weight;
    state[at + 1] = next;
  }

  /** The constant and the weights of a class. */
  weights(c: number): Float64Array {
    return Float64Array.from({ length: this.#slots }, (_, slot) => this.#weight((slot * this.#width + c) * STATE));
  }

  /**
   * Takes in what another has learned of the same slots and classes: n add up; z become such that each weight before l1 is the mean
   * of both, by how much has been seen of it.
   */
  merge(other: FtrlModel): void {
    this.#reserve(other.#slots, other.#classes);
    other.#reserve(this.#slots, this.#classes);
    const { rate, beta, l2 } = this.#o;
    const hold = (n: number) => (beta + Math.sqrt(n)) / rate + l2;
    for (let slot = 0; slot < this.#slots; slot++) {
      const [mine, others] = [this.#of(slot), other.#of(slot)];
      for (let at = 0; at < mine.length; at += STATE) {
        const [a, b] = [mine[at + 1] as number, others[at + 1] as number];
        if (b === 0) continue;
        const [here, there] = [(mine[at] as number) / hold(a), (others[at] as number) / hold(b)];
        mine[at] = ((here * a + there * b) / (a + b)) * hold(a + b);
        mine[at + 1] = a + b;
      }
    }
    this.#memo.clear();
    this.#rows += other.#rows;
  }

  /** What is kept of a slot, by classes. */
  #of(slot: number): Float64Array {
    const from = slot * this.#width * STATE;
    return this.#state.subarray(from, from + this.#classes * STATE);
  }

  save(): Saved {
    const wide = this.#classes * STATE;
    const state = new Float64Array(this.#slots * wide);
    for (let slot = 0; slot < this.#slots; slot++) state.set(this.#of(slot), slot * wide);
    return { rows: this.#rows, slots: this.#slots, classes: this.#classes, state };
  }

  static restore(options: FtrlOptions, saved: unknown): FtrlModel {
    const { rows, slots, classes, state } = saved as Saved;
    sized(state, slots * classes * STATE, 'numbers of its state');
    const model = new FtrlModel(options);
    model.#reserve(slots, classes);
    model.#rows = rows;
    const wide = model.#classes * STATE;
    for (let slot = 0; slot < slots; slot++) model.#of(slot).set(state.subarray(slot * wide, (slot + 1) * wide));
    return model;
  }
}
