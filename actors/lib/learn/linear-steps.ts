import { ColumnScales } from './column-scales.ts';
import type { FeatureRow } from './feature-row.ts';
import { LinearWeights, type SavedWeights } from './linear-weights.ts';
import { shrunk } from './weights.ts';

export interface StepOptions {
  /** η: how far a step goes, in standard deviations of a feature. */
  rate: number;
  /** Steps shrink with the squares of a weight's slopes so far (AdaGrad). */
  adaptive: boolean;
  l1: number;
  l2: number;
}

type Saved = SavedWeights & { rows: number; scales: ReturnType<ColumnScales['save']> };

/**
 * Linear scores learned by steps against slopes dℓ/df, each O(features of the row). See {@link LinearWeights}.
 *
 * A step is made in units that the features have been seen to vary in, z = (x − μ) / σ, but what is kept is w and b of the raw
 * x: when μ and σ move, no answer changes; only where σ has doubled the weight is halved. Columns of 0 and 1 are taken as they
 * are, and so are the means of features that most rows do not have. With `adaptive` a weight's rate is η / √Σ(slope · z)².
 *
 * To be called in turn: `scores`, `reach` with the slopes there, `step` with those slopes or smaller ones.
 */
export class LinearSteps {
  readonly #o: StepOptions;
  readonly #linear: LinearWeights;
  #scales = new ColumnScales();
  rows = 0;
  /** By places and outputs: the rates of the step. */
  #paces = new Float64Array(8);
  /** By outputs: the rate of the constant. */
  #base = new Float64Array(0);
  /** What a step of slope 1 moves each output by, in the row in hand. */
  reaches = new Float64Array(0);
  /** How large a weight in standard deviations is: 1 for classes, the size of the targets for numbers. */
  unit = new Float64Array(0);

  constructor(options: StepOptions, outputs: number, linear = new LinearWeights(outputs)) {
    this.#o = options;
    this.#linear = linear;
    this.#fit();
  }

  #fit(): void {
    this.#base = new Float64Array(this.outputs);
    this.reaches = new Float64Array(this.outputs);
    this.unit = new Float64Array(this.outputs).fill(1);
  }

  get outputs(): number {
    return this.#linear.outputs;
  }

  /** See {@link LinearWeights.split}. `unit` is 1 then, as for classes. */
  split(): void {
    this.#linear.split();
    this.#fit();
  }

  /** See {@link LinearWeights.widen}. `unit` is 1 then, as for classes. */
  widen(outputs: number): void {
    this.#linear.widen(outputs);
    this.#fit();
  }

  /** See {@link LinearWeights.start}. */
  start(output: number, value: number): void {
    this.#linear.start(output, value);
  }

  scores(x: FeatureRow, out: Float64Array): void {
    this.#linear.scores(x, out);
  }

  /** Takes in a row's features and the slopes of its loss; how far a step would reach is then in `reaches`. */
  reach(x: FeatureRow, slopes: Float64Array): void {
    const { index, dense, n } = x;
    const linear = this.#linear;
    linear.reserve(x.d);
    this.#scales.look(x, ++this.rows, linear);
    const { rate, adaptive } = this.#o;
    const [reaches, unit, constants] = [this.reaches, this.unit, this.#base];
    const { squares, bias, outputs, slots } = linear;
    const { inverses, offsets } = this.#scales;
    const floor = 1 / this.rows;
    for (let k = 0; k < outputs; k++) {
      let base = rate;
      if (adaptive) {
        const slope = slopes[k] as number;
        const sum = (bias[outputs + k] as number) + slope * slope;
        bias[outputs + k] = sum;
        base = sum > 0 ? (rate * (unit[k] as number)) / Math.sqrt(sum) : 0;
      }
      constants[k] = base > floor ? base : floor;
      reaches[k] = constants[k] as number;
    }
    if (!adaptive) {
      const reach = rate * this.#scales.length;
      for (let k = 0; k < outputs; k++) reaches[k] = (reaches[k] as number) + reach;
      return;
    }
    if (n * outputs > this.#paces.length) this.#paces = new Float64Array(2 * n * outputs);
    if (outputs === 1) {
      reaches[0] = (reaches[0] as number) + this.#reachOfOne(x, slopes[0] as number);
      return;
    }
    const paces = this.#paces;
    for (let i = 0, place = 0; i < n; i++) {
      const slot = index[i] as number;
      const z = (dense[slot] as number) * (inverses[slot] as number) - (offsets[slot] as number);
      if (z === 0 || slot >= slots) {
        paces.fill(0, place, place + outputs);
        place += outputs;
        continue;
      }
      const square = z * z;
      for (let k = 0, at = slot * outputs; k < outputs; k++, at++, place++) {
        const slope = slopes[k] as number;
        const sum = (squares[at] as number) + slope * slope * square;
        squares[at] = sum;
        const pace = sum > 0 ? (rate * (unit[k] as number)) / Math.sqrt(sum) : 0;
        paces[place] = pace;
        reaches[k] = (reaches[k] as number) + pace * square;
      }
    }
  }

  /** The same for the features of a single output. */
  #reachOfOne({ index, dense, n }: FeatureRow, slope: number): number {
    const [squares, paces] = [this.#linear.squares, this.#paces];
    const { inverses, offsets } = this.#scales;
    const rate = this.#o.rate * (this.unit[0] as number);
    let reach = 0;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const z = (dense[slot] as number) * (inverses[slot] as number) - (offsets[slot] as number);
      const sum = (squares[slot] as number) + slope * slope * z * z;
      squares[slot] = sum;
      const pace = sum > 0 ? rate / Math.sqrt(sum) : 0;
      paces[i] = pace;
      reach += pace * z * z;
    }
    return reach;
  }

  /** Moves the weights against the slopes, which are no larger than those that `reach` was given. */
  step(x: FeatureRow, slopes: Float64Array): void {
    const { index, dense, n } = x;
    const { rate, adaptive, l1, l2 } = this.#o;
    const { weights, bias, outputs, slots } = this.#linear;
    const { inverses, offsets } = this.#scales;
    const paces = this.#paces;
    const penalised = l1 > 0 || l2 > 0;
    for (let k = 0; k < outputs; k++) {
      bias[k] = (bias[k] as number) - (this.#base[k] as number) * (slopes[k] as number);
    }
    if (!adaptive && !penalised) {
      this.#evenStep(x, slopes);
      return;
    }
    if (outputs === 1 && !penalised) {
      const slope = slopes[0] as number;
      let constant = bias[0] as number;
      for (let i = 0; i < n; i++) {
        const slot = index[i] as number;
        const inverse = inverses[slot] as number;
        const offset = offsets[slot] as number;
        const by = (paces[i] as number) * slope * ((dense[slot] as number) * inverse - offset);
        weights[slot] = (weights[slot] as number) - by * inverse;
        constant += by * offset;
      }
      bias[0] = constant;
      return;
    }
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const inverse = inverses[slot] as number;
      const z = (dense[slot] as number) * inverse - (offsets[slot] as number);
      if (z === 0 || slot >= slots) continue;
      const middle = (offsets[slot] as number) / inverse;
      for (let k = 0, at = slot * outputs, place = i * outputs; k < outputs; k++, at++, place++) {
        const pace = adaptive ? (paces[place] as number) : rate;
        const old = weights[at] as number;
        let next = old - pace * (slopes[k] as number) * z * inverse;
        if (penalised) next = shrunk(next, pace * l1 * inverse, pace * l2);
        weights[at] = next;
        if (middle !== 0) bias[k] = (bias[k] as number) - (next - old) * middle;
      }
    }
  }

  /** The step of weights that all have the same rate and no penalty. */
  #evenStep({ index, dense, n }: FeatureRow, slopes: Float64Array): void {
    const { rate } = this.#o;
    const { weights, bias, outputs, slots } = this.#linear;
    const { inverses, offsets, shift } = this.#scales;
    if (outputs === 1) {
      const by = rate * (slopes[0] as number);
      for (let i = 0; i < n; i++) {
        const slot = index[i] as number;
        const inverse = inverses[slot] as number;
        const z = (dense[slot] as number) * inverse - (offsets[slot] as number);
        weights[slot] = (weights[slot] as number) - by * z * inverse;
      }
    } else {
      for (let i = 0; i < n; i++) {
        const slot = index[i] as number;
        const inverse = inverses[slot] as number;
        const move = rate * ((dense[slot] as number) * inverse - (offsets[slot] as number)) * inverse;
        if (move === 0 || slot >= slots) continue;
        const at = slot * outputs;
        for (let k = 0; k < outputs; k++) weights[at + k] = (weights[at + k] as number) - move * (slopes[k] as number);
      }
    }
    for (let k = 0; k < outputs; k++) bias[k] = (bias[k] as number) + rate * shift * (slopes[k] as number);
  }

  /** The weights of an output, the constant's first. */
  weights(output = 0): Float64Array {
    return this.#linear.of(output);
  }

  /** Goes on from weights, by outputs and the constant's first, that were learned otherwise from rows of such features. */
  begin(weights: readonly Float64Array[], rows: number, means: Float64Array, deviations: Float64Array): void {
    this.rows = rows;
    this.#linear.begin(weights, rows, means.length);
    this.#scales.begin(rows, means, deviations);
  }

  /** Takes in what another has learned, see {@link LinearWeights.merge}; means and variances join by Chan's formula. */
  merge(other: LinearSteps): void {
    this.#linear.merge(other.#linear, other.rows / (this.rows + other.rows || 1));
    this.#scales.merge(other.#scales);
    this.rows += other.rows;
  }

  save(): Saved {
    return { ...this.#linear.save(), rows: this.rows, scales: this.#scales.save() };
  }

  static restore(options: StepOptions, saved: unknown): LinearSteps {
    const { rows, scales, ...linear } = saved as Saved;
    const steps = new LinearSteps(options, linear.outputs, LinearWeights.restore(linear));
    steps.rows = rows;
    steps.#scales = ColumnScales.restore(scales);
    return steps;
  }
}
