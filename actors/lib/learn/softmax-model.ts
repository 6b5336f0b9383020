import type { FeatureRow } from './feature-row.ts';
import { LinearSteps, type StepOptions } from './linear-steps.ts';
import type { Classification } from './model.ts';
import { softmax } from './softmax.ts';

/** Softmax regression by first-order steps. See {@link LinearSteps}. */
export class SoftmaxModel implements Classification {
  #rows = 0;
  readonly steps: LinearSteps;
  #slopes: Float64Array;

  constructor(options: StepOptions, steps = new LinearSteps(options, 2)) {
    this.steps = steps;
    this.#slopes = new Float64Array(steps.outputs);
  }

  get rows(): number {
    return this.#rows;
  }

  /** See {@link LinearSteps.begin}. */
  begin(weights: readonly Float64Array[], rows: number, means: Float64Array, deviations: Float64Array): void {
    this.#reserve(weights.length);
    this.steps.begin(weights, rows, means, deviations);
    this.#rows = rows;
  }

  /** The outputs are at least as many as there are classes; of those without one the score is left out. */
  #reserve(classes: number): void {
    const { steps } = this;
    if (classes > steps.outputs) steps.widen(Math.max(classes, Math.min(2 * steps.outputs, steps.outputs + 16)));
    if (steps.outputs > this.#slopes.length) this.#slopes = new Float64Array(steps.outputs);
  }

  predict(x: FeatureRow, classes: number, out: Float64Array): void {
    this.#reserve(classes);
    const p = this.#slopes;
    this.steps.scores(x, p);
    softmax(p, classes);
    for (let k = 0; k < classes; k++) out[k] = p[k] as number;
  }

  learn(x: FeatureRow, y: number, classes: number): void {
    this.#reserve(classes);
    const slopes = this.#slopes;
    const { steps } = this;
    const { reaches } = steps;
    steps.scores(x, slopes);
    softmax(slopes, classes);
    slopes.fill(0, classes);
    slopes[y] = (slopes[y] as number) - 1;
    steps.reach(x, slopes);
    let most = 0;
    for (let k = 0; k < classes; k++) if ((reaches[k] as number) > most) most = reaches[k] as number;
    // The slope falls by no more than half of what the score moves (Böhning 1992), so with this no step goes too far.
    const held = 1 / (1 + most / 2);
    for (let k = 0; k < classes; k++) slopes[k] = (slopes[k] as number) * held;
    steps.step(x, slopes);
    this.#rows++;
  }

  /** Takes in what another has learned, see {@link LinearSteps.merge}. Classes and slots are the same. */
  merge(other: SoftmaxModel): void {
    this.#reserve(other.steps.outputs);
    other.#reserve(this.steps.outputs);
    this.steps.merge(other.steps);
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
