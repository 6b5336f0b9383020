import { type FeatureRow, grown } from './feature-row.ts';
import type { Regression } from './model.ts';
import { sized } from './sized.ts';
import { mix } from './weights.ts';

export interface PassiveAggressiveOptions {
  /** I bounds a step by C; II lessens it by 1 / (2 C). */
  variant: 'I' | 'II';
  /** C: how much is believed of one row. */
  aggressiveness: number;
  /** Errors up to here change nothing. */
  margin: number;
}

interface Saved {
  rows: number;
  slots: number;
  weights: Float64Array;
}

/**
 * Passive-aggressive regression: the least change of w with which the row's error is no more than the margin, within bounds.
 * O(features of the row · targets).
 *
 * Source: K. Crammer et al., Online passive-aggressive algorithms, JMLR 2006, section 5.
 */
export class PassiveAggressiveModel implements Regression {
  readonly #o: PassiveAggressiveOptions;
  readonly #targets: number;
  #rows = 0;
  /** The constant is slot 0. */
  #slots = 1;
  /** By slots, by targets. */
  #weights: Float64Array;
  readonly #answer: Float64Array;

  constructor(options: PassiveAggressiveOptions, targets: number) {
    this.#o = options;
    this.#targets = targets;
    this.#weights = new Float64Array(8 * targets);
    this.#answer = new Float64Array(targets);
  }

  get rows(): number {
    return this.#rows;
  }

  predict({ index, dense, n }: FeatureRow, out: Float64Array): void {
    const [weights, targets, slots] = [this.#weights, this.#targets, this.#slots];
    for (let k = 0; k < targets; k++) out[k] = weights[k] as number;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      if (slot + 1 >= slots) continue;
      const x = dense[slot] as number;
      for (let k = 0, at = (slot + 1) * targets; k < targets; k++, at++) {
        out[k] = (out[k] as number) + (weights[at] as number) * x;
      }
    }
  }

  learn(x: FeatureRow, y: Float64Array): void {
    const { index, dense, n } = x;
    const { variant, aggressiveness, margin } = this.#o;
    const targets = this.#targets;
    this.#reserve(x.d + 1);
    const [weights, answer] = [this.#weights, this.#answer];
    this.predict(x, answer);
    let square = 1;
    for (let i = 0; i < n; i++) square += (dense[index[i] as number] as number) ** 2;
    for (let k = 0; k < targets; k++) {
      const error = (y[k] as number) - (answer[k] as number);
      const loss = Math.abs(error) - margin;
      if (loss <= 0) continue;
      const step =
        variant === 'I' ? Math.min(aggressiveness, loss / square) : loss / (square + 1 / (2 * aggressiveness));
      const by = Math.sign(error) * step;
      weights[k] = (weights[k] as number) + by;
      for (let i = 0; i < n; i++) {
        const slot = index[i] as number;
        const at = (slot + 1) * targets + k;
        weights[at] = (weights[at] as number) + by * (dense[slot] as number);
      }
    }
    this.#rows++;
  }

  #reserve(slots: number): void {
    if (slots * this.#targets > this.#weights.length) {
      this.#weights = grown(this.#weights, new Float64Array(2 * slots * this.#targets));
    }
    if (slots > this.#slots) this.#slots = slots;
  }

  /** The weights of a target, the constant's first. */
  weights(target = 0): Float64Array {
    return Float64Array.from({ length: this.#slots }, (_, i) => this.#weights[i * this.#targets + target] as number);
  }

  /** Takes in what another has learned of the same slots: weights become their mean by rows. */
  merge(other: PassiveAggressiveModel): void {
    this.#reserve(other.#slots);
    const share = other.#rows / (this.#rows + other.#rows || 1);
    const theirs = new Float64Array(this.#slots * this.#targets);
    theirs.set(other.#weights.subarray(0, other.#slots * this.#targets));
    mix(this.#weights.subarray(0, theirs.length), theirs, share);
    this.#rows += other.#rows;
  }

  save(): Saved {
    const weights = this.#weights.slice(0, this.#slots * this.#targets);
    return { rows: this.#rows, slots: this.#slots, weights };
  }

  static restore(options: PassiveAggressiveOptions, targets: number, saved: unknown): PassiveAggressiveModel {
    const { rows, slots, weights } = saved as Saved;
    sized(weights, slots * targets, 'weights');
    const model = new PassiveAggressiveModel(options, targets);
    model.#reserve(slots);
    model.#rows = rows;
    model.#weights.set(weights);
    return model;
  }
}
