import type { FeatureRow } from './feature-row.ts';
import { LinearSteps, type StepOptions } from './linear-steps.ts';
import type { Classification } from './model.ts';
import { RowMemo } from './row-memo.ts';
import { softmax } from './softmax.ts';
import { roomFor } from './weights.ts';

/**
 * Softmax regression by first-order steps. See {@link LinearSteps}. Of two classes one score is kept, by how much the second is
 * likelier than the first; of more, one for each.
 */
export class SoftmaxModel implements Classification {
  #rows = 0;
  readonly steps: LinearSteps;
  /** Slopes, or what was predicted last. */
  #slopes: Float64Array;
  readonly #memo = new RowMemo();

  constructor(options: StepOptions, steps = new LinearSteps(options, 1)) {
    this.steps = steps;
    if (steps.outputs === 1) steps.unit[0] = 2;
    this.#slopes = new Float64Array(steps.outputs);
  }

  get rows(): number {
    return this.#rows;
  }

  /** See {@link LinearSteps.begin}. */
  begin(weights: readonly Float64Array[], rows: number, means: Float64Array, deviations: Float64Array): void {
    this.#reserve(weights.length);
    const [first, second] = weights as [Float64Array, Float64Array | undefined];
    const between = first.map((one, i) => (second?.[i] ?? 0) - one);
    this.steps.begin(this.steps.outputs === 1 ? [between] : weights, rows, means, deviations);
    this.#rows = rows;
  }

  /** The outputs are at least as many as there are classes; of those without one the score is left out. */
  #reserve(classes: number): void {
    const { steps } = this;
    if (classes > 2 && classes > steps.outputs) {
      if (steps.outputs === 1) steps.split();
      steps.widen(roomFor(classes, steps.outputs));
    }
    if (steps.outputs > this.#slopes.length) this.#slopes = new Float64Array(steps.outputs);
  }

  /** To that many outputs, no more. */
  #widen(outputs: number): void {
    const { steps } = this;
    if (outputs > 1 && steps.outputs === 1) steps.split();
    if (outputs > steps.outputs) steps.widen(outputs);
    if (outputs > this.#slopes.length) this.#slopes = new Float64Array(outputs);
  }

  predict(x: FeatureRow, classes: number, out: Float64Array): void {
    this.#reserve(classes);
    const p = this.#slopes;
    this.steps.scores(x, p);
    if (this.steps.outputs === 1) {
      const second = classes > 1 ? 1 / (1 + Math.exp(-(p[0] as number))) : 0;
      p[0] = second;
      this.#memo.keep(x, classes);
      out[0] = 1 - second;
      if (classes > 1) out[1] = second;
      return;
    }
    softmax(p, classes);
    this.#memo.keep(x, classes);
    for (let k = 0; k < classes; k++) out[k] = p[k] as number;
  }

  learn(x: FeatureRow, y: number, classes: number): void {
    this.#reserve(classes);
    this.#rows++;
    const slopes = this.#slopes;
    const { steps } = this;
    const { reaches, outputs } = steps;
    // A slope falls by no more than half of what the scores move (Böhning 1992), a quarter of two classes' one: with this no step
    // goes too far.
    if (outputs === 1) {
      if (!this.#memo.holds(x, classes)) {
        steps.scores(x, slopes);
        slopes[0] = 1 / (1 + Math.exp(-(slopes[0] as number)));
      }
      this.#memo.clear();
      // While there is one class alone there is nothing to be told apart.
      slopes[0] = classes > 1 ? (slopes[0] as number) - y : 0;
      steps.reach(x, slopes);
      slopes[0] = (slopes[0] as number) / (1 + (reaches[0] as number) / 4);
      steps.step(x, slopes);
      return;
    }
    // What was just predicted need not be reckoned again.
    if (!this.#memo.holds(x, classes)) {
      steps.scores(x, slopes);
      softmax(slopes, classes);
    }
    this.#memo.clear();
    slopes.fill(0, classes);
    slopes[y] = (slopes[y] as number) - 1;
    steps.reach(x, slopes);
    let most = 0;
    for (let k = 0; k < classes; k++) if ((reaches[k] as number) > most) most = reaches[k] as number;
    const held = 1 / (1 + most / 2);
    for (let k = 0; k < classes; k++) slopes[k] = (slopes[k] as number) * held;
    steps.step(x, slopes);
  }

  /** Takes in what another has learned, see {@link LinearSteps.merge}. Classes and slots are the same. */
  merge(other: SoftmaxModel): void {
    const outputs = Math.max(this.steps.outputs, other.steps.outputs);
    for (const one of [this, other]) one.#widen(outputs);
    this.steps.merge(other.steps);
    this.#memo.clear();
    this.#rows += other.#rows;
  }

  save(): unknown {
    return { rows: this.#rows, steps: this.steps.save() };
  }

  static restore(options: StepOptions, saved: unknown): SoftmaxModel {
    const { rows, steps } = saved as { rows: number; steps: unknown };
    const model = new SoftmaxModel(options, LinearSteps.restore(options, steps));
    model.#rows = rows;
    return model;
  }
}
