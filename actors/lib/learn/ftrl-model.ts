import { ClassTable } from './class-table.ts';
import type { FeatureRow } from './feature-row.ts';
import type { Classification } from './model.ts';
import { RowMemo } from './row-memo.ts';

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
  readonly #table = new ClassTable(STATE);
  /** What was predicted last of each class alone, or the slopes. */
  #slopes = new Float64Array(2);
  readonly #memo = new RowMemo();

  constructor(options: FtrlOptions) {
    this.#o = options;
  }

  get rows(): number {
    return this.#rows;
  }

  #reserve(slots: number, classes: number): void {
    this.#table.reserve(slots, classes);
    const { width } = this.#table;
    if (width > this.#slopes.length) this.#slopes = new Float64Array(width);
  }

  #weight(at: number): number {
    const { rate, beta, l1, l2 } = this.#o;
    const { flat } = this.#table;
    const z = flat[at] as number;
    const size = Math.abs(z) - l1;
    return size <= 0 ? 0 : (-Math.sign(z) * size) / ((beta + Math.sqrt(flat[at + 1] as number)) / rate + l2);
  }

  /** Each class's probability against the rest. */
  #alone({ index, dense, n }: FeatureRow, out: Float64Array): void {
    const { classes, slots, width } = this.#table;
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
    const known = this.#table.classes;
    this.#alone(x, p);
    this.#memo.keep(x, classes);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += c < known ? (p[c] as number) : 0;
    for (let c = 0; c < classes; c++) out[c] = sum > 0 ? (c < known ? (p[c] as number) / sum : 0) : 1 / classes;
  }

  learn(x: FeatureRow, y: number, classes: number): void {
    const isNew = classes > this.#table.classes;
    this.#reserve(x.d + 1, classes);
    const slopes = this.#slopes;
    // What was just predicted need not be reckoned again.
    if (isNew || !this.#memo.holds(x, classes)) this.#alone(x, slopes);
    this.#memo.clear();
    slopes[y] = (slopes[y] as number) - 1;
    const { index, dense, n } = x;
    const table = this.#table;
    for (let c = 0; c < table.classes; c++) this.#step(c * STATE, slopes[c] as number);
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const value = dense[slot] as number;
      if (value === 0 || slot + 1 >= table.slots) continue;
      for (let c = 0, at = (slot + 1) * table.width * STATE; c < table.classes; c++, at += STATE) {
        this.#step(at, (slopes[c] as number) * value);
      }
    }
    this.#rows++;
  }

  #step(at: number, slope: number): void {
    const state = this.#table.flat;
    const weight = this.#weight(at);
    const n = state[at + 1] as number;
    const next = n + slope * slope;
    state[at] = (state[at] as number) + slope - ((Math.sqrt(next) - Math.sqrt(n)) / this.#o.rate) * weight;
    state[at + 1] = next;
  }

  /** The constant and the weights of a class. */
  weights(c: number): Float64Array {
    return Float64Array.from({ length: this.#table.slots }, (_, slot) =>
      this.#weight((slot * this.#table.width + c) * STATE),
    );
  }

  /**
   * Takes in what another has learned of the same slots and classes: n add up; z become such that each weight before l1 is the mean
   * of both, by how much has been seen of it.
   */
  merge(other: FtrlModel): void {
    const [own, others] = [this.#table, other.#table];
    this.#reserve(others.slots, others.classes);
    other.#reserve(own.slots, own.classes);
    const { rate, beta, l2 } = this.#o;
    const hold = (n: number) => (beta + Math.sqrt(n)) / rate + l2;
    for (let slot = 0; slot < own.slots; slot++) {
      const [mine, theirs] = [own.of(slot), others.of(slot)];
      for (let at = 0; at < mine.length; at += STATE) {
        const [a, b] = [mine[at + 1] as number, theirs[at + 1] as number];
        if (b === 0) continue;
        const [here, there] = [(mine[at] as number) / hold(a), (theirs[at] as number) / hold(b)];
        mine[at] = ((here * a + there * b) / (a + b)) * hold(a + b);
        mine[at + 1] = a + b;
      }
    }
    this.#memo.clear();
    this.#rows += other.#rows;
  }

  save(): Saved {
    const { slots, classes } = this.#table;
    return { rows: this.#rows, slots, classes, state: this.#table.save() };
  }

  static restore(options: FtrlOptions, saved: unknown): FtrlModel {
    const { rows, slots, classes, state } = saved as Saved;
    const model = new FtrlModel(options);
    model.#reserve(slots, classes);
    model.#table.restore(state, slots, classes, 'numbers of its state');
    model.#rows = rows;
    return model;
  }
}
