import { ClassTable } from './class-table.ts';
import type { FeatureRow } from './feature-row.ts';
import type { Classification } from './model.ts';
import { softmax } from './softmax.ts';
import { mix } from './weights.ts';

export interface PassiveAggressiveClassOptions {
  /** I bounds a step by C; II lessens it by 1 / (2 C). */
  variant: 'I' | 'II';
  /** C: how much is believed of one row. */
  aggressiveness: number;
}

interface Saved {
  rows: number;
  slots: number;
  classes: number;
  weights: Float64Array;
}

/**
 * Passive-aggressive classification: the least change of the weights with which the score of the row's class is 1 above that of
 * every other, within bounds. Only the weights of that class and of the highest other one change. While there are two classes
 * their difference is what the paper has as the one w of its binary form. O(features of the row · classes).
 *
 * Source: K. Crammer et al., Online passive-aggressive algorithms, JMLR 2006, sections 3 and 7.
 */
export class PassiveAggressiveClasses implements Classification {
  readonly #o: PassiveAggressiveClassOptions;
  #rows = 0;
  /** Weights. The constant is slot 0. */
  readonly #table = new ClassTable(1);
  #scores = new Float64Array(2);

  constructor(options: PassiveAggressiveClassOptions) {
    this.#o = options;
  }

  get rows(): number {
    return this.#rows;
  }

  #reserve(slots: number, classes: number): void {
    this.#table.reserve(slots, classes);
    const { width } = this.#table;
    if (width > this.#scores.length) this.#scores = new Float64Array(width);
  }

  #score({ index, dense, n }: FeatureRow): Float64Array {
    const { flat: weights, classes, slots, width } = this.#table;
    const scores = this.#scores;
    for (let k = 0; k < classes; k++) scores[k] = weights[k] as number;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      if (slot + 1 >= slots) continue;
      const x = dense[slot] as number;
      for (let k = 0, at = (slot + 1) * width; k < classes; k++, at++) {
        scores[k] = (scores[k] as number) + (weights[at] as number) * x;
      }
    }
    return scores;
  }

  /** The softmax of the scores: of two classes the logistic function of the one's lead. */
  predict(x: FeatureRow, classes: number, out: Float64Array): void {
    const scores = this.#score(x);
    for (let k = 0; k < classes; k++) out[k] = k < this.#table.classes ? (scores[k] as number) : 0;
    softmax(out, classes);
  }

  learn(x: FeatureRow, y: number, classes: number): void {
    this.#reserve(x.d + 1, classes);
    this.#rows++;
    if (classes < 2) return;
    const scores = this.#score(x);
    let other = y === 0 ? 1 : 0;
    for (let k = other + 1; k < classes; k++) {
      if (k !== y && (scores[k] as number) > (scores[other] as number)) other = k;
    }
    const loss = 1 - (scores[y] as number) + (scores[other] as number);
    if (loss <= 0) return;
    const { index, dense, n } = x;
    let square = 1;
    for (let i = 0; i < n; i++) square += (dense[index[i] as number] as number) ** 2;
    const { variant, aggressiveness } = this.#o;
    // Of two classes the lead moves by the step, of more each of both scores does.
    const isBinary = classes === 2;
    if (!isBinary) square *= 2;
    const step = variant === 'I' ? Math.min(aggressiveness, loss / square) : loss / (square + 1 / (2 * aggressiveness));
    const by = isBinary ? step / 2 : step;
    const { flat: weights, width, slots } = this.#table;
    weights[y] = (weights[y] as number) + by;
    weights[other] = (weights[other] as number) - by;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      if (slot + 1 >= slots) continue;
      const move = by * (dense[slot] as number);
      const at = (slot + 1) * width;
      weights[at + y] = (weights[at + y] as number) + move;
      weights[at + other] = (weights[at + other] as number) - move;
    }
  }

  /** The weights of a class, the constant's first. */
  weights(k: number): Float64Array {
    const { flat, slots, width } = this.#table;
    return Float64Array.from({ length: slots }, (_, i) => flat[i * width + k] as number);
  }

  /** Takes in what another has learned of the same slots and classes: weights become their mean by rows. */
  merge(other: PassiveAggressiveClasses): void {
    const [own, others] = [this.#table, other.#table];
    this.#reserve(others.slots, others.classes);
    other.#reserve(own.slots, own.classes);
    const share = other.#rows / (this.#rows + other.#rows || 1);
    for (let slot = 0; slot < own.slots; slot++) mix(own.of(slot), others.of(slot), share);
    this.#rows += other.#rows;
  }

  save(): Saved {
    const { slots, classes } = this.#table;
    return { rows: this.#rows, slots, classes, weights: this.#table.save() };
  }

  static restore(options: PassiveAggressiveClassOptions, saved: unknown): PassiveAggressiveClasses {
    const { rows, slots, classes, weights } = saved as Saved;
    const model = new PassiveAggressiveClasses(options);
    model.#reserve(slots, classes);
    model.#table.restore(weights, slots, classes, 'weights');
    model.#rows = rows;
    return model;
  }
}
