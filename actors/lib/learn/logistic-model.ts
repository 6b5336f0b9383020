import type { FeatureRow } from './feature-row.ts';
import type { StepOptions } from './linear-steps.ts';
import type { Classification } from './model.ts';
import { NewtonModel } from './newton-model.ts';
import type { NewtonOptions } from './newton-steps.ts';
import { SoftmaxModel } from './softmax-model.ts';
import { WarmStart } from './warm-start.ts';

export interface LogisticOptions {
  order: 'second' | 'first';
  second: NewtonOptions;
  first: StepOptions;
}

/** Features beyond which a model goes on by first-order steps. */
const MOST_OF_SECOND = 256;

/** Logistic regression by second-order steps while features are few, by first-order steps when they are many. */
export class LogisticModel implements Classification {
  readonly #o: LogisticOptions;
  #second: WarmStart<NewtonModel> | undefined;
  #first: SoftmaxModel | undefined;

  constructor(options: LogisticOptions) {
    this.#o = options;
    if (options.order === 'first') this.#first = new SoftmaxModel(options.first);
    else this.#second = new WarmStart(newtonMaker(options.second));
  }

  get #model(): WarmStart<NewtonModel> | SoftmaxModel {
    return (this.#second ?? this.#first) as SoftmaxModel;
  }

  get rows(): number {
    return this.#model.rows;
  }

  predict(x: FeatureRow, classes: number, out: Float64Array): void {
    this.#model.predict(x, classes, out);
  }

  learn(x: FeatureRow, y: number, classes: number): void {
    if (this.#second !== undefined && x.d > MOST_OF_SECOND) this.#toFirst(this.#second, classes);
    this.#model.learn(x, y, classes);
  }

  /** Weights are taken along, how many rows they are from, and the scales of columns. */
  #toFirst(second: WarmStart<NewtonModel>, classes: number): void {
    this.#first = new SoftmaxModel(this.#o.first);
    if (second.rows > 0) {
      const { inner } = second;
      const { means, deviations } = inner.scales;
      const weights = Array.from({ length: classes }, (_, k) => inner.weights(k));
      this.#first.begin(weights, second.rows, means, deviations);
    }
    this.#second = undefined;
  }

  /** Takes in what another has learned. Classes and slots are the same. */
  merge(other: LogisticModel): void {
    if (other.rows === 0) return;
    if (this.#second !== undefined && other.#second !== undefined) {
      this.#second.inner.merge(other.#second.inner);
      this.#second.merged(other.#second);
      return;
    }
    for (const one of [this, other])
      if (one.#second !== undefined) one.#toFirst(one.#second, one.#second.inner.classes);
    (this.#first as SoftmaxModel).merge(other.#first as SoftmaxModel);
  }

  save(): unknown {
    return { second: this.#second?.save(), first: this.#first?.save() };
  }

  static restore(options: LogisticOptions, saved: unknown): LogisticModel {
    const { second, first } = saved as { second: unknown; first: unknown };
    const model = new LogisticModel(options);
    model.#second = second === undefined ? undefined : WarmStart.restore(newtonMaker(options.second), second);
    model.#first = first === undefined ? undefined : SoftmaxModel.restore(options.first, first);
    return model;
  }
}

function newtonMaker(options: NewtonOptions) {
  return {
    create: () => new NewtonModel(options),
    restore: (saved: unknown) => NewtonModel.restore(options, saved),
  };
}
