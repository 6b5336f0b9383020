import type { FeatureRow } from './feature-row.ts';
import { MixInputs, type View } from './mix-inputs.ts';
import { Mixing } from './mixing.ts';
import type { Classification } from './model.ts';
import { NaiveBayesModel } from './naive-bayes-model.ts';
import { NewtonSteps } from './newton-steps.ts';
import { RowMemo } from './row-memo.ts';
import { softmax } from './softmax.ts';
import { SoftmaxModel } from './softmax-model.ts';
import type { Fitted } from './warm-start.ts';

/** Second-order experts: what they see, their memory and their prior. Those over waves are large, and last. */
const DENSE: readonly { view: View; forgetting: number; l2: number }[] = [
  { view: 'plain', forgetting: 0.998, l2: 0.3 },
  { view: 'plain', forgetting: 0.99, l2: 0.3 },
  { view: 'marked', forgetting: 1, l2: 0.3 },
  { view: 'marked', forgetting: 0.998, l2: 0.3 },
  { view: 'waved', forgetting: 0.9995, l2: 0.1 },
  { view: 'waved', forgetting: 0.995, l2: 0.1 },
];

/** With fewer rows than these an expert is not there yet: a model of a key with few records stays small. */
const FROM: Record<View, number> = { plain: 2, marked: 4, waved: 16 };

/** Experts for any number of features: naive Bayes, then these. */
const FIRST_ORDER = [
  { rate: 0.5, adaptive: true, l1: 0, l2: 0 },
  { rate: 0.1, adaptive: false, l1: 0, l2: 0 },
];
/** Besides, where features are many and classes are not. */
const SPARSE = [
  { rate: 0.1, adaptive: true, l1: 0, l2: 0 },
  { rate: 0.02, adaptive: false, l1: 0, l2: 0 },
];
const BAYES = { smoothing: 0.1, shrink: 1 };

interface Saved {
  rows: number;
  inputs: unknown;
  dense: unknown[];
  bayes: unknown;
  steps: unknown[];
  mixing: unknown;
}

/** Experts of several kinds and memories, and what is made of their answers. See {@link Mixing}. */
export class ClassExperts implements Fitted {
  #inputs: MixInputs | undefined;
  #dense: NewtonSteps[];
  #bayes = new NaiveBayesModel(BAYES);
  #steps: SoftmaxModel[];
  #mixing: Mixing;
  readonly #memo = new RowMemo();
  #rows = 0;

  /** With `dense` for few features, all of which a row has. */
  constructor(dense: boolean) {
    this.#inputs = dense ? new MixInputs() : undefined;
    this.#dense = [];
    this.#steps = (dense ? FIRST_ORDER : [...FIRST_ORDER, ...SPARSE]).map((options) => new SoftmaxModel(options));
    this.#mixing = new Mixing(1 + this.#steps.length);
  }

  /** For more features than dense experts can take: goes on with those experts that can. */
  static sparseFrom(other: ClassExperts): ClassExperts {
    const model = new ClassExperts(false);
    model.#bayes = other.#bayes;
    for (let i = 0; i < other.#steps.length; i++) model.#steps[i] = other.#steps[i] as SoftmaxModel;
    model.#rows = other.#rows;
    return model;
  }

  /** For more classes than several experts can answer for: naive Bayes and one other are left. */
  static fewFrom(other: ClassExperts): ClassExperts {
    const model = ClassExperts.sparseFrom(other);
    model.#steps.length = 1;
    model.#mixing = new Mixing(2);
    return model;
  }

  /** Naive Bayes and one other are left. */
  get isFew(): boolean {
    return this.#steps.length === 1;
  }

  get rows(): number {
    return this.#rows;
  }

  fit(rows: readonly Float64Array[], d: number): void {
    this.#inputs?.fit(rows, d, rows.length >= FROM.waved);
    this.#dense = DENSE.filter(({ view }) => rows.length >= FROM[view]).map((options) => new NewtonSteps(options));
    this.#mixing = new Mixing(this.#dense.length + 1 + this.#steps.length);
  }

  #others(): Classification[] {
    return [this.#bayes, ...this.#steps];
  }

  #ask(x: FeatureRow, classes: number): void {
    const mixing = this.#mixing;
    mixing.reserve(classes);
    const { answers } = mixing;
    for (let k = 0; k < this.#dense.length; k++) {
      const { view } = DENSE[k] as (typeof DENSE)[number];
      const inputs = this.#inputs as MixInputs;
      const answer = answers[k] as Float64Array;
      (this.#dense[k] as NewtonSteps).scores(inputs.of(view), inputs.lengthOf(view), classes, answer);
      softmax(answer, classes);
    }
    let k = this.#dense.length;
    for (const other of this.#others()) other.predict(x, classes, answers[k++] as Float64Array);
  }

  predict(x: FeatureRow, classes: number, out: Float64Array): void {
    this.#inputs?.load(x, false);
    this.#ask(x, classes);
    this.#memo.keep(x, classes);
    this.#mixing.mix(classes, out);
  }

  learn(x: FeatureRow, y: number, classes: number): void {
    this.#inputs?.load(x, true);
    // What was just predicted need not be asked again.
    if (!this.#memo.holds(x, classes)) this.#ask(x, classes);
    this.#memo.clear();
    this.#mixing.learn(y, classes);
    for (let k = 0; k < this.#dense.length; k++) {
      const { view } = DENSE[k] as (typeof DENSE)[number];
      const inputs = this.#inputs as MixInputs;
      (this.#dense[k] as NewtonSteps).learn(inputs.of(view), inputs.lengthOf(view), y, classes);
    }
    for (const other of this.#others()) other.learn(x, y, classes);
    this.#rows++;
  }

  get classes(): number {
    return this.#dense[0]?.classes ?? 0;
  }

  /** Columns of dense experts. */
  get d(): number {
    return this.#inputs?.d ?? 0;
  }

  /**
   * Takes in what another of as many experts has learned of the same slots and classes. Each expert by its own rule, after
   * what the other knows has been carried over to the scales and cuts here. Experts over waves stay as they are: over other
   * scales waves are others. The mixing becomes the mean by rows.
   */
  merge(other: ClassExperts): void {
    const [inputs, others] = [this.#inputs, other.#inputs];
    if (inputs !== undefined && others !== undefined) {
      inputs.adopt(others);
      for (const [k, steps] of this.#dense.entries()) {
        const { view } = DENSE[k] as (typeof DENSE)[number];
        if (view === 'waved') continue;
        steps.merge(other.#dense[k] as NewtonSteps, inputs.lengthOf(view), (row, to) =>
          inputs.take(others, view, row, to),
        );
      }
    }
    this.#bayes.merge(other.#bayes);
    for (const [k, steps] of this.#steps.entries()) steps.merge(other.#steps[k] as SoftmaxModel);
    this.#mixing.merge(other.#mixing, other.#rows / (this.#rows + other.#rows || 1));
    this.#memo.clear();
    this.#rows += other.#rows;
  }

  save(): Saved {
    return {
      rows: this.#rows,
      inputs: this.#inputs?.save(),
      dense: this.#dense.map((one) => one.save()),
      bayes: this.#bayes.save(),
      steps: this.#steps.map((one) => one.save()),
      mixing: this.#mixing.save(),
    };
  }

  static restore(saved: unknown): ClassExperts {
    const { rows, inputs, dense, bayes, steps, mixing } = saved as Saved;
    const model = new ClassExperts(inputs !== undefined);
    const options = [...FIRST_ORDER, ...SPARSE];
    model.#rows = rows;
    model.#inputs = inputs === undefined ? undefined : MixInputs.restore(inputs);
    model.#dense = dense.map((one, k) => NewtonSteps.restore(DENSE[k] as (typeof DENSE)[number], one));
    model.#bayes = NaiveBayesModel.restore(BAYES, bayes);
    model.#steps = steps.map((one, k) => SoftmaxModel.restore(options[k] as (typeof options)[number], one));
    model.#mixing = Mixing.restore(mixing);
    return model;
  }
}
