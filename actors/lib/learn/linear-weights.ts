import { type FeatureRow, grown } from './feature-row.ts';
import { sized } from './sized.ts';
import { add, mix, mostSlots, parted, widened } from './weights.ts';

/** A copy of what {@link LinearWeights} knows. */
export interface SavedWeights {
  outputs: number;
  slots: number;
  weights: Float64Array;
  squares: Float64Array;
  bias: Float64Array;
}

/** Of slopes whose sizes nobody has kept. */
const USUAL_SQUARE = 0.1;

/**
 * Linear scores f = b + w·x of several outputs, and by weights the squares of the slopes that they have been moved against. All of
 * it can be read and moved from outside, of the first {@link slots}; arrays are others once there is room for more slots or outputs.
 * There are no more slots than {@link mostSlots} says: those beyond are as if they were not there.
 */
export class LinearWeights {
  outputs: number;
  /** By slots and outputs. */
  weights: Float64Array;
  squares: Float64Array;
  /** By outputs: b, then the squares of its slopes. */
  bias: Float64Array;
  #room = 8;
  #slots = 0;

  constructor(outputs: number) {
    this.outputs = outputs;
    this.weights = new Float64Array(8 * outputs);
    this.squares = new Float64Array(8 * outputs);
    this.bias = new Float64Array(2 * outputs);
  }

  /** Slots that have weights. */
  get slots(): number {
    return this.#slots;
  }

  /** Makes room for so many slots, or as many as there can be. */
  reserve(wanted: number): void {
    const most = mostSlots(this.outputs);
    const slots = Math.min(wanted, most);
    if (slots > this.#room) {
      const room = Math.min(Math.max(slots, 2 * this.#room), most);
      this.weights = grown(this.weights, new Float64Array(room * this.outputs));
      this.squares = grown(this.squares, new Float64Array(room * this.outputs));
      this.#room = room;
    }
    if (slots > this.#slots) this.#slots = slots;
  }

  /** One output, the difference of two, becomes those two. */
  split(): void {
    this.widen(2, 1);
    const { weights, squares, bias } = this;
    parted(weights);
    parted(bias.subarray(0, 2));
    for (let at = 0; at < squares.length; at += 2) squares[at] = squares[at + 1] as number;
    bias[2] = bias[3] as number;
  }

  /** More outputs; those there are keep what they know and stand from `first` on. */
  widen(outputs: number, first = 0): void {
    const old = this.outputs;
    this.#room = Math.min(this.#room, mostSlots(outputs));
    this.#slots = Math.min(this.#slots, this.#room);
    this.weights = widened(this.weights, old, outputs, first, this.#room);
    this.squares = widened(this.squares, old, outputs, first, this.#room);
    this.bias = widened(this.bias, old, outputs, first);
    this.outputs = outputs;
  }

  /** Where an output begins before anything is known of the features. */
  start(output: number, value: number): void {
    this.bias[output] = value;
  }

  scores({ index, dense, n }: FeatureRow, out: Float64Array): void {
    const { weights, bias, outputs } = this;
    const slots = this.#slots;
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

  /** A column turns out to vary much more than was known: what its weights would make of that nobody has seen. */
  rescale(slot: number, ratio: number, middle: number): void {
    const { weights, bias, outputs } = this;
    if (slot >= this.#slots) return;
    for (let k = 0, at = slot * outputs; k < outputs; k++, at++) {
      const old = weights[at] as number;
      weights[at] = old * ratio;
      bias[k] = (bias[k] as number) + old * (1 - ratio) * middle;
    }
  }

  /** The weights of an output, the constant's first. */
  of(output: number): Float64Array {
    const { weights, outputs } = this;
    const made = new Float64Array(this.#slots + 1);
    made[0] = this.bias[output] as number;
    for (let i = 0; i < this.#slots; i++) made[i + 1] = weights[i * outputs + output] as number;
    return made;
  }

  /** Goes on from weights, by outputs and the constant's first, that were learned otherwise from so many rows of so many slots. */
  begin(weights: readonly Float64Array[], rows: number, slots: number): void {
    this.reserve(slots);
    const { squares, bias, outputs } = this;
    squares.fill(USUAL_SQUARE * rows, 0, this.#slots * outputs);
    weights.forEach((one, k) => {
      bias[k] = one[0] as number;
      bias[outputs + k] = USUAL_SQUARE * rows;
      for (let i = 1; i <= Math.min(one.length - 1, this.#slots); i++)
        this.weights[(i - 1) * outputs + k] = one[i] as number;
    });
  }

  /**
   * Takes in what another has learned of the same slots and outputs, its `share` of all rows: weights become their mean by rows
   * learned, squares of slopes add up.
   */
  merge(other: LinearWeights, share: number): void {
    this.reserve(other.#slots);
    const { weights, squares, bias, outputs } = this;
    const known = other.#slots * outputs;
    mix(weights.subarray(0, known), other.weights, share);
    add(squares.subarray(0, known), other.squares);
    // What the other has never met has a weight of 0 there.
    for (let at = known; at < this.#slots * outputs; at++) weights[at] = (weights[at] as number) * (1 - share);
    mix(bias.subarray(0, outputs), other.bias, share);
    add(bias.subarray(outputs), other.bias.subarray(outputs));
  }

  save(): SavedWeights {
    const { outputs, weights, squares, bias } = this;
    const slots = this.#slots;
    const used = slots * outputs;
    return { outputs, slots, weights: weights.slice(0, used), squares: squares.slice(0, used), bias: bias.slice() };
  }

  static restore({ outputs, slots, weights, squares, bias }: SavedWeights): LinearWeights {
    sized(weights, slots * outputs, 'weights');
    sized(squares, slots * outputs, 'squares');
    sized(bias, 2 * outputs, 'numbers of its constants');
    const made = new LinearWeights(outputs);
    made.reserve(slots);
    made.weights.set(weights);
    made.squares.set(squares);
    made.bias.set(bias);
    return made;
  }
}
