import { type FeatureRow, grown } from './feature-row.ts';
import type { Classification } from './model.ts';
import { sized } from './sized.ts';
import { softmax } from './softmax.ts';
import { mix, mostSlots, roomFor, widened } from './weights.ts';

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
  /** The constant is slot 0. */
  #slots = 1;
  #classes = 2;
  /** Classes that there is room for. */
  #width = 2;
  /** By slots, by classes. */
  #weights: Float64Array = new Float64Array(16);
  #scores = new Float64Array(2);

  constructor(options: PassiveAggressiveClassOptions) {
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
      this.#weights = widened(this.#weights, this.#width, width, 0, this.#slots);
      this.#scores = new Float64Array(width);
      this.#width = width;
    }
    if (slots * width > this.#weights.length) {
      this.#weights = grown(this.#weights, new Float64Array(Math.min(2 * slots, most) * width));
    }
    if (slots > this.#slots) this.#slots = slots;
  }

  #score({ index, dense, n }: FeatureRow): Float64Array {
    const [weights, classes, slots, scores] = [this.#weights, this.#classes, this.#slots, this.#scores];
    const width = this.#width;
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
    for (let k = 0; k < classes; k++) out[k] = k < this.#classes ? (scores[k] as number) : 0;
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
    const [weights, width, slots] = [this.#weights, this.#width, this.#slots];
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
    return Float64Array.from({ length: this.#slots }, (_, i) => this.#weights[i * this.#width + k] as number);
  }

  /** Takes in what another has learned of the same slots and classes: weights become their mean by rows. */
  merge(other: PassiveAggressiveClasses): void {
    this.#reserve(other.#slots, other.#classes);
    other.#reserve(this.#slots, this.#classes);
    const share = other.#rows / (this.#rows + other.#rows || 1);
    for (let slot = 0; slot < this.#slots; slot++) mix(this.#of(slot), other.#of(slot), share);
    this.#rows += other.#rows;
  }

  /** The weights of a slot, by classes. */
  #of(slot: number): Float64Array {
    return this.#weights.subarray(slot * this.#width, slot * this.#width + this.#classes);
  }

  save(): Saved {
    const weights = new Float64Array(this.#slots * this.#classes);
    for (let slot = 0; slot < this.#slots; slot++) weights.set(this.#of(slot), slot * this.#classes);
    return { rows: this.#rows, slots: this.#slots, classes: this.#classes, weights };
  }

  static restore(options: PassiveAggressiveClassOptions, saved: unknown): PassiveAggressiveClasses {
    const { rows, slots, classes, weights } = saved as Saved;
    sized(weights, slots * classes, 'weights');
    const model = new PassiveAggressiveClasses(options);
    model.#reserve(slots, classes);
    model.#rows = rows;
    for (let slot = 0; slot < slots; slot++) {
      model.#of(slot).set(weights.subarray(slot * classes, (slot + 1) * classes));
    }
    return model;
  }
}
