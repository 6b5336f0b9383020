import type { FeatureRow } from './feature-row.ts';
import { LinearSteps, type StepOptions } from './linear-steps.ts';
import type { Loss } from './losses.ts';
import type { Regression } from './model.ts';
import { joinSpread } from './moments.ts';
import { RowMemo } from './row-memo.ts';
import { sized } from './sized.ts';

interface Saved {
  rows: number;
  steps: unknown;
  spread: Float64Array;
}

/** Linear regression for any loss by first-order steps. See {@link LinearSteps} and {@link Loss}. */
export class SgdModel implements Regression {
  readonly #loss: Loss;
  readonly #steps: LinearSteps;
  readonly #scores: Float64Array;
  readonly #slopes: Float64Array;
  /** Of each target: its mean, and its variance. */
  readonly #spread: Float64Array;
  readonly #memo = new RowMemo();
  #rows = 0;

  constructor(loss: Loss, options: StepOptions, targets: number, steps = new LinearSteps(options, targets)) {
    this.#loss = loss;
    this.#steps = steps;
    this.#scores = new Float64Array(targets);
    this.#slopes = new Float64Array(targets);
    this.#spread = new Float64Array(2 * targets);
  }

  get rows(): number {
    return this.#rows;
  }

  predict(x: FeatureRow, out: Float64Array): void {
    const [loss, scores] = [this.#loss, this.#scores];
    this.#steps.scores(x, scores);
    this.#memo.keep(x, scores.length);
    for (let k = 0; k < scores.length; k++) out[k] = loss.answer(scores[k] as number);
  }

  learn(x: FeatureRow, y: Float64Array): void {
    const loss = this.#loss;
    const steps = this.#steps;
    const [scores, slopes] = [this.#scores, this.#slopes];
    const n = scores.length;
    if (this.#rows === 0) for (let k = 0; k < n; k++) steps.start(k, loss.score(y[k] as number));
    this.#rows++;
    if (loss.linear) this.#measure(y);
    // What was just predicted need not be reckoned again.
    if (this.#rows === 1 || !this.#memo.holds(x, n)) steps.scores(x, scores);
    this.#memo.clear();
    for (let k = 0; k < n; k++) slopes[k] = loss.slope(scores[k] as number, y[k] as number, 0);
    steps.reach(x, slopes);
    const { reaches } = steps;
    for (let k = 0; k < n; k++) slopes[k] = loss.slope(scores[k] as number, y[k] as number, reaches[k] as number);
    steps.step(x, slopes);
  }

  /** Weights are as large as the targets vary. */
  #measure(y: Float64Array): void {
    const [spread, unit, rows] = [this.#spread, this.#steps.unit, this.#rows];
    for (let k = 0; k < y.length; k++) {
      const off = (y[k] as number) - (spread[2 * k] as number);
      const mean = (spread[2 * k] as number) + off / rows;
      const variance =
        (spread[2 * k + 1] as number) + (off * ((y[k] as number) - mean) - (spread[2 * k + 1] as number)) / rows;
      spread[2 * k] = mean;
      spread[2 * k + 1] = variance;
      unit[k] = Math.sqrt(variance);
    }
  }

  /** The weights of a target, the constant's first. */
  weights(target = 0): Float64Array {
    return this.#steps.weights(target);
  }

  /** Takes in what another has learned, see {@link LinearSteps.merge}; the targets' variances join. */
  merge(other: SgdModel): void {
    const share = other.#rows / (this.#rows + other.#rows || 1);
    for (let k = 0; k < this.#scores.length; k++) {
      joinSpread(this.#spread, other.#spread, 2 * k, share);
      this.#steps.unit[k] = Math.sqrt(this.#spread[2 * k + 1] as number);
    }
    this.#steps.merge(other.#steps);
    this.#memo.clear();
    this.#rows += other.#rows;
  }

  save(): Saved {
    return { rows: this.#rows, steps: this.#steps.save(), spread: this.#spread.slice() };
  }

  static restore(loss: Loss, options: StepOptions, targets: number, saved: unknown): SgdModel {
    const { rows, steps, spread } = saved as Saved;
    sized(spread, 2 * targets, 'spreads');
    const model = new SgdModel(loss, options, targets, LinearSteps.restore(options, steps));
    model.#rows = rows;
    model.#spread.set(spread);
    if (loss.linear) for (let k = 0; k < targets; k++) model.#steps.unit[k] = Math.sqrt(spread[2 * k + 1] as number);
    return model;
  }
}
