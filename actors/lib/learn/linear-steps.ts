import { ColumnScales } from './column-scales.ts';
import { type FeatureRow, grown } from './feature-row.ts';
import { add, mix, parted, shrunk, widened } from './weights.ts';

export interface StepOptions {
  /** η: how far a step goes, in standard deviations of a feature. */
  rate: number;
  /** Steps shrink with the squares of a weight's slopes so far (AdaGrad). */
  adaptive: boolean;
  l1: number;
  l2: number;
}

interface Saved {
  outputs: number;
  slots: number;
  rows: number;
  weights: Float64Array;
  squares: Float64Array;
  scales: ReturnType<ColumnScales['save']>;
  bias: Float64Array;
}

/** Of slopes whose sizes nobody has kept. */
const USUAL_SQUARE = 0.1;

/**
 * Linear scores f = b + w·x of several outputs, learned by steps against slopes dℓ/df, each O(features of the row).
 *
 * A step is made in units that the features have been seen to vary in, z = (x − μ) / σ, but what is kept is w and b of the raw
 * x: when μ and σ move, no answer changes; only where σ has doubled the weight is
 * halved. Columns of 0 and 1 are taken as they are, and so are the means of features that most
 * rows do not have. With `adaptive` a weight's rate is η / √Σ(slope · z)².
 *
 * To be called in turn: `scores`, `reach` with the slopes there, `step` with those slopes or smaller ones.
 */
export class LinearSteps {
  readonly #o: StepOptions;
  #outputs: number;
  #room = 8;
  #slots = 0;
  rows = 0;
  #weights: Float64Array;
  #squares: Float64Array;
  #scales = new ColumnScales();
  /** By outputs: b, then the squares of its slopes. */
  #bias: Float64Array;
  /** By places and outputs: the rates of the step. */
  #paces = new Float64Array(8);
  /** By outputs: the rate of the constant. */
  #base: Float64Array;
  /** What a step of slope 1 moves each output by, in the row in hand. */
  reaches: Float64Array;
  /** How large a weight in standard deviations is: 1 for classes, the size of the targets for numbers. */
  unit: Float64Array;

  constructor(options: StepOptions, outputs: number) {
    this.#o = options;
    this.#outputs = outputs;
    this.#weights = new Float64Array(8 * outputs);
    this.#squares = new Float64Array(8 * outputs);
    this.#bias = new Float64Array(2 * outputs);
    this.#base = new Float64Array(outputs);
    this.reaches = new Float64Array(outputs);
    this.unit = new Float64Array(outputs).fill(1);
  }

  get outputs(): number {
    return this.#outputs;
  }

  /** One output, the difference of two, becomes those two. */
  split(): void {
    this.widen(2, 1);
    const [weights, squares, bias] = [this.#weights, this.#squares, this.#bias];
    parted(weights);
    parted(bias.subarray(0, 2));
    for (let at = 0; at < squares.length; at += 2) squares[at] = squares[at + 1] as number;
    bias[2] = bias[3] as number;
  }

  /** More outputs; those there are keep what they know and stand from `first` on. */
  widen(outputs: number, first = 0): void {
    const old = this.#outputs;
    this.#weights = widened(this.#weights, old, outputs, first);
    this.#squares = widened(this.#squares, old, outputs, first);
    this.#bias = widened(this.#bias, old, outputs, first);
    this.#base = new Float64Array(outputs);
    this.reaches = new Float64Array(outputs);
    this.unit = widened(this.unit, old, outputs, first).map((one) => one || 1);
    this.#outputs = outputs;
  }

  #reserve(slots: number): void {
    if (slots > this.#room) {
      const room = Math.max(slots, 2 * this.#room);
      this.#weights = grown(this.#weights, new Float64Array(room * this.#outputs));
      this.#squares = grown(this.#squares, new Float64Array(room * this.#outputs));
      this.#room = room;
    }
    if (slots > this.#slots) this.#slots = slots;
  }

  /** Where an output begins before anything is known of the features. */
  start(output: number, value: number): void {
    this.#bias[output] = value;
  }

  scores({ index, dense, n }: FeatureRow, out: Float64Array): void {
    const [weights, bias, outputs, slots] = [this.#weights, this.#bias, this.#outputs, this.#slots];
    if (outputs === 1) {
      let sum = bias[0] as number;
      for (let i = 0; i < n; i++) {
        const slot = index[i] as number;
        if (slot < slots) sum += (weights[slot] as number) * (dense[slot] as number);
      }
      out[0] = sum;
      return;
    }
    for (let k = 0; k < outputs; k++) out[k] = bias[k] as number;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const x = dense[slot] as number;
      if (slot >= slots || x === 0) continue;
      for (let k = 0, at = slot * outputs; k < outputs; k++, at++) {
        out[k] = (out[k] as number) + (weights[at] as number) * x;
      }
    }
  }

  /** Takes in a row's features and the slopes of its loss; how far a step would reach is then in `reaches`. */
  reach(x: FeatureRow, slopes: Float64Array): void {
    const { index, dense, n } = x;
    this.#reserve(x.d);
    this.#scales.look(x, ++this.rows, this);
    const { rate, adaptive } = this.#o;
    const { reaches, unit } = this;
    const constants = this.#base;
    const [squares, bias, outputs] = [this.#squares, this.#bias, this.#outputs];
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
      if (z === 0) {
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
    const [squares, paces] = [this.#squares, this.#paces];
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

  /** A column turns out to vary much more than was known: what its weights would make of that nobody has seen. */
  rescale(slot: number, ratio: number, middle: number): void {
    const [weights, bias, outputs] = [this.#weights, this.#bias, this.#outputs];
    for (let k = 0, at = slot * outputs; k < outputs; k++, at++) {
      const old = weights[at] as number;
      weights[at] = old * ratio;
      bias[k] = (bias[k] as number) + old * (1 - ratio) * middle;
    }
  }

  /** Moves the weights against the slopes, which are no larger than those that `reach` was given. */
  step(x: FeatureRow, slopes: Float64Array): void {
    const { index, dense, n } = x;
    const { rate, adaptive, l1, l2 } = this.#o;
    const [weights, bias, outputs] = [this.#weights, this.#bias, this.#outputs];
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
      if (z === 0) continue;
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
    const weights = this.#weights;
    const bias = this.#bias;
    const outputs = this.#outputs;
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
        if (move === 0) continue;
        const at = slot * outputs;
        for (let k = 0; k < outputs; k++) weights[at + k] = (weights[at + k] as number) - move * (slopes[k] as number);
      }
    }
    for (let k = 0; k < outputs; k++) bias[k] = (bias[k] as number) + rate * shift * (slopes[k] as number);
  }

  /** The weights of an output, the constant's first. */
  weights(output = 0): Float64Array {
    const made = new Float64Array(this.#slots + 1);
    made[0] = this.#bias[output] as number;
    for (let i = 0; i < this.#slots; i++) made[i + 1] = this.#weights[i * this.#outputs + output] as number;
    return made;
  }

  /** Goes on from weights, by outputs and the constant's first, that were learned otherwise from rows of such features. */
  begin(weights: readonly Float64Array[], rows: number, means: Float64Array, deviations: Float64Array): void {
    const outputs = this.#outputs;
    this.#reserve(means.length);
    this.rows = rows;
    this.#squares.fill(USUAL_SQUARE * rows, 0, means.length * outputs);
    weights.forEach((one, k) => {
      this.#bias[k] = one[0] as number;
      this.#bias[outputs + k] = USUAL_SQUARE * rows;
      for (let i = 1; i < one.length; i++) this.#weights[(i - 1) * outputs + k] = one[i] as number;
    });
    this.#scales.begin(rows, means, deviations);
  }

  /**
   * Takes in what another has learned of the same slots and outputs: weights become their mean by rows learned, squares of
   * slopes add up, means and variances join by Chan's formula.
   */
  merge(other: LinearSteps): void {
    this.#reserve(other.#slots);
    const share = other.rows / (this.rows + other.rows || 1);
    const outputs = this.#outputs;
    const known = other.#slots * outputs;
    mix(this.#weights.subarray(0, known), other.#weights, share);
    add(this.#squares.subarray(0, known), other.#squares);
    // What the other has never met has a weight of 0 there.
    for (let at = known; at < this.#slots * outputs; at++) {
      this.#weights[at] = (this.#weights[at] as number) * (1 - share);
    }
    mix(this.#bias.subarray(0, outputs), other.#bias, share);
    add(this.#bias.subarray(outputs), other.#bias.subarray(outputs));
    this.#scales.merge(other.#scales);
    this.rows += other.rows;
  }

  save(): Saved {
    const slots = this.#slots;
    return {
      outputs: this.#outputs,
      slots,
      rows: this.rows,
      weights: this.#weights.slice(0, slots * this.#outputs),
      squares: this.#squares.slice(0, slots * this.#outputs),
      scales: this.#scales.save(),
      bias: this.#bias.slice(),
    };
  }

  static restore(options: StepOptions, saved: unknown): LinearSteps {
    const { outputs, slots, rows, weights, squares, scales, bias } = saved as Saved;
    const steps = new LinearSteps(options, outputs);
    steps.#reserve(slots);
    steps.rows = rows;
    steps.#weights.set(weights);
    steps.#squares.set(squares);
    steps.#scales = ColumnScales.restore(scales);
    steps.#bias.set(bias);
    return steps;
  }
}
