import type { FeatureRow } from './feature-row.ts';
import { type NewtonOptions, NewtonSteps } from './newton-steps.ts';
import { Scaling } from './scaling.ts';
import { softmax } from './softmax.ts';
import type { Fitted } from './warm-start.ts';

/** So many deviations away a number is cut: its square times others would leave the range of doubles. */
const FARTHEST = 1e6;

/** Logistic regression by second-order steps in standardised columns. See {@link NewtonSteps}, {@link Scaling}. */
export class NewtonModel implements Fitted {
  readonly #scaling: Scaling;
  readonly #steps: NewtonSteps;
  #rows = 0;

  constructor(options: NewtonOptions, scaling = new Scaling(FARTHEST), steps = new NewtonSteps(options)) {
    this.#scaling = scaling;
    this.#steps = steps;
  }

  get rows(): number {
    return this.#rows;
  }

  fit(rows: readonly Float64Array[], d: number): void {
    this.#scaling.fit(rows, d);
  }

  predict(x: FeatureRow, classes: number, out: Float64Array): void {
    const scaling = this.#scaling;
    scaling.apply(x, false);
    this.#steps.scores(scaling.z, scaling.n, classes, out);
    softmax(out, classes);
  }

  learn(x: FeatureRow, y: number, classes: number): void {
    const scaling = this.#scaling;
    scaling.apply(x, true);
    this.#steps.learn(scaling.z, scaling.n, y, classes);
    this.#rows++;
  }

  get classes(): number {
    return this.#steps.classes;
  }

  /** The weights of a class for raw columns, the constant's first. */
  weights(k: number): Float64Array {
    const weights = this.#steps.weights(k);
    this.#scaling.toRaw(weights);
    return weights;
  }

  /** What each column varies about, and by how much. */
  get scales(): { means: Float64Array; deviations: Float64Array } {
    return this.#scaling.scales;
  }

  /** Takes in what another has learned of the same columns and classes, see {@link NewtonSteps.merge}. */
  merge(other: NewtonModel): void {
    this.#scaling.adopt(other.#scaling);
    const { n } = this.#scaling;
    this.#steps.merge(other.#steps, n, (row, to) => {
      to.fill(0).set(row);
      this.#scaling.take(other.#scaling, to);
    });
    this.#rows += other.#rows;
  }

  save(): unknown {
    return { rows: this.#rows, scaling: this.#scaling.save(), steps: this.#steps.save() };
  }

  static restore(options: NewtonOptions, saved: unknown): NewtonModel {
    const { rows, scaling, steps } = saved as { rows: number; scaling: unknown; steps: unknown };
    const model = new NewtonModel(options, Scaling.restore(FARTHEST, scaling), NewtonSteps.restore(options, steps));
    model.#rows = rows;
    return model;
  }
}
