import { Givens } from './givens.ts';
import { sized } from './sized.ts';
import { softmax } from './softmax.ts';
import { roomFor } from './weights.ts';

export interface NewtonOptions {
  /** λ, 0 < λ ≤ 1. */
  forgetting: number;
  /** The penalty on each squared weight, halved. */
  l2: number;
}

interface Saved {
  variables: number;
  classes: number;
  weights: Float64Array;
  information: Float64Array;
}

/** A row tells at least so much of the weights, however sure the model was of its class: otherwise nothing would be forgotten anew. */
const LEAST_CURVATURE = 1e-3;
/** What is left of the penalty when all has been forgotten. */
const LEAST = 1e-3;
/** Halvings of the step's length. */
const HALVINGS = 20;

/**
 * Softmax regression by second-order steps over dense rows z, of which the constant is a part: W ← W + t·(P z)(y − p)', P the
 * inverse of the information Σ λ^(t−i) hᵢ zᵢzᵢ' + l2, which all classes share and which is kept by rotations ({@link Givens}).
 * t is such that the step ends where its slope has come down to what the prior lets it be (an implicit step), and h is the
 * curvature met on the way; so no step goes too far. For two classes this is the extended Kalman filter of logistic regression.
 * O(d² + d·classes).
 */
export class NewtonSteps {
  readonly #o: NewtonOptions;
  #information = new Givens(0);
  #classes = 0;
  /** Classes that there is room for. */
  #width = 0;
  #room = 0;
  /** By classes, `#room` numbers each. */
  #weights = new Float64Array(0);
  #least = new Float64Array(0);
  #gain = new Float64Array(0);
  #error = new Float64Array(0);
  #trial = new Float64Array(0);

  constructor(options: NewtonOptions) {
    this.#o = options;
  }

  get variables(): number {
    return this.#information.n;
  }

  /** Classes that have weights. */
  get classes(): number {
    return this.#classes;
  }

  #reserve(variables: number, classes: number): void {
    if (variables > this.#room || classes > this.#width) {
      const room =
        variables > this.#room ? Math.max(variables, this.#room === 0 ? variables : 2 * this.#room) : this.#room;
      this.#width = roomFor(classes, this.#width);
      const weights = new Float64Array(room * this.#width);
      for (let k = 0; k < this.#classes; k++) {
        weights.set(this.#weights.subarray(k * this.#room, (k + 1) * this.#room), k * room);
      }
      this.#weights = weights;
      this.#room = room;
      this.#least = new Float64Array(room).fill(LEAST * this.#o.l2);
      this.#gain = new Float64Array(room);
      this.#error = new Float64Array(this.#width);
      this.#trial = new Float64Array(this.#width);
    }
    this.#classes = Math.max(classes, this.#classes);
    while (this.#information.n < variables) this.#information.add(this.#o.l2);
  }

  /** The scores of the first `classes` for a row of n numbers. O(n·classes). */
  scores(z: Float64Array, n: number, classes: number, out: Float64Array): void {
    const [weights, room] = [this.#weights, this.#room];
    const known = Math.min(n, this.#information.n);
    for (let k = 0; k < classes; k++) {
      let sum = 0;
      if (k < this.#classes)
        for (let i = 0, at = k * room; i < known; i++, at++) sum += (weights[at] as number) * (z[i] as number);
      out[k] = sum;
    }
  }

  learn(z: Float64Array, n: number, y: number, classes: number): void {
    this.#reserve(n, classes);
    const { forgetting } = this.#o;
    const information = this.#information;
    const [weights, room, gain, error, trial] = [this.#weights, this.#room, this.#gain, this.#error, this.#trial];
    if (forgetting < 1) information.forget(forgetting, this.#least);
    this.scores(z, n, classes, error);
    trial.set(error);
    softmax(error, classes);
    for (let k = 0; k < classes; k++) error[k] = (k === y ? 1 : 0) - (error[k] as number);
    const spread = information.gain(z, gain);
    const length = lengthOf(trial, error, y, classes, spread);
    for (let k = 0; k < classes; k++) {
      const by = length * (error[k] as number);
      for (let i = 0, at = k * room; i < n; i++, at++) weights[at] = (weights[at] as number) + by * (gain[i] as number);
    }
    const curvature = spread > 0 ? (1 / length - 1) / spread : 0;
    information.include(z, NOTHING, Math.max(curvature, LEAST_CURVATURE));
  }

  /** The weights of a class. */
  weights(k: number): Float64Array {
    return this.#weights.slice(k * this.#room, k * this.#room + this.#information.n);
  }

  /**
   * Takes in what another has learned: information adds up, and the weights are those that both together hold for likeliest, to
   * second order. There are `variables` then; `mapped` writes what a row of the other's is in them. The prior counts twice. O(d³).
   */
  merge(other: NewtonSteps, variables: number, mapped: (row: Float64Array, to: Float64Array) => void): void {
    this.#reserve(variables, Math.max(this.#classes, other.#classes));
    const n = this.variables;
    const both = new Givens(this.#classes, Math.max(8, n));
    const alone = new Givens(0, Math.max(8, n));
    for (let i = 0; i < n; i++) {
      both.add(0);
      alone.add(0);
    }
    const y = new Float64Array(this.#classes);
    for (const one of [this as NewtonSteps, other]) {
      const row = new Float64Array(one.variables);
      const to = one === this ? row : new Float64Array(n);
      for (let i = 0; i < one.variables; i++) {
        const weight = one.#information.factor(i, row);
        one.scores(row, one.variables, this.#classes, y);
        if (one === other) mapped(row, to);
        both.include(to, y, weight);
        alone.include(to, NOTHING, weight);
      }
    }
    for (let k = 0; k < this.#classes; k++) both.solve(k, this.#weights.subarray(k * this.#room, k * this.#room + n));
    this.#information = alone;
  }

  save(): Saved {
    const n = this.#information.n;
    const weights = new Float64Array(n * this.#classes);
    for (let k = 0; k < this.#classes; k++) weights.set(this.weights(k), k * n);
    return { variables: n, classes: this.#classes, weights, information: this.#information.save() };
  }

  static restore(options: NewtonOptions, saved: unknown): NewtonSteps {
    const { variables, classes, weights, information } = saved as Saved;
    sized(weights, variables * classes, 'weights');
    const steps = new NewtonSteps(options);
    steps.#information = Givens.restore(0, variables, information);
    steps.#reserve(variables, classes);
    for (let k = 0; k < classes; k++)
      steps.#weights.set(weights.subarray(k * variables, (k + 1) * variables), k * steps.#room);
    return steps;
  }
}

const NOTHING = new Float64Array(0);

/**
 * t in (0, 1] where the error that is left at the scores f + t · spread · e, along e, is t of the error e now. As the loss is
 * convex that is one place.
 */
function lengthOf(f: Float64Array, e: Float64Array, y: number, classes: number, spread: number): number {
  let square = 0;
  for (let k = 0; k < classes; k++) square += (e[k] as number) ** 2;
  if (square === 0 || !(spread > 0)) return 1;
  let [low, high] = [0, 1];
  for (let round = 0; round < HALVINGS; round++) {
    const t = (low + high) / 2;
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) most = Math.max(most, (f[k] as number) + t * spread * (e[k] as number));
    let [sum, along] = [0, 0];
    for (let k = 0; k < classes; k++) {
      const one = Math.exp((f[k] as number) + t * spread * (e[k] as number) - most);
      sum += one;
      along += one * (e[k] as number);
    }
    if ((e[y] as number) - along / sum > t * square) low = t;
    else high = t;
  }
  return (low + high) / 2;
}
