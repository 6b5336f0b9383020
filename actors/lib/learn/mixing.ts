import { sized } from './sized.ts';
import { softmax } from './softmax.ts';
import { mix } from './weights.ts';

interface Saved {
  losses: Float64Array;
  pulls: Float64Array;
  squares: Float64Array;
  chosen: Float64Array;
}

/** An expert's probabilities are taken to be no nearer to 0 and 1: one of them that is sure and wrong shall not decide alone. */
const LEAST = 1e-3;
/** How much of a loss is left when the next has come. */
const MEMORY = 0.99;
/** η of the powers, and the memory of their squared slopes. */
const RATE = 0.03;
const SQUARES_MEMORY = 0.999;
const FIRST_SQUARE = 0.01;
/** A loss of one of the two ways is at most −log of this. */
const WORST = 1e-6;

/**
 * One answer out of those of several experts. Made in two ways, which are themselves weighed by their losses of late:
 * Σ wₖ pₖ with wₖ ~ exp(−Lₖ), Lₖ the log loss of the last 100 rows or so (exponential weights), follows the best expert;
 * Π pₖ^aₖ, normed, the powers a learned by steps against the slope of the log loss, makes of many fair answers a better one.
 *
 * Source: Freund & Schapire, A decision-theoretic generalization of on-line learning, JCSS 1997; Genest & Zidek, Combining
 * probability distributions, Statistical Science 1986.
 */
export class Mixing {
  readonly experts: number;
  /** By experts, the classes' probabilities; to be written before `mix` and left alone until `learn`. */
  readonly answers: Float64Array[];
  readonly #losses: Float64Array;
  /** Powers less 1 / experts. */
  readonly #pulls: Float64Array;
  readonly #squares: Float64Array;
  /** Losses of the two ways. */
  readonly #chosen = new Float64Array(2);
  #weighed = new Float64Array(0);
  #pooled = new Float64Array(0);

  constructor(experts: number) {
    this.experts = experts;
    this.answers = Array.from({ length: experts }, () => new Float64Array(0));
    this.#losses = new Float64Array(experts);
    this.#pulls = new Float64Array(experts);
    this.#squares = new Float64Array(experts).fill(FIRST_SQUARE);
  }

  /** Makes room for the answers. */
  reserve(classes: number): void {
    if (classes <= this.#weighed.length) return;
    this.#weighed = new Float64Array(2 * classes);
    this.#pooled = new Float64Array(2 * classes);
    for (let k = 0; k < this.experts; k++) this.answers[k] = new Float64Array(2 * classes);
  }

  /** The answer of all into `out`. O(experts · classes). */
  mix(classes: number, out: Float64Array): void {
    this.#combine(classes);
    const [a, b] = [this.#chosen[0] as number, this.#chosen[1] as number];
    const share = 1 / (1 + Math.exp(a - b));
    for (let j = 0; j < classes; j++) {
      out[j] = share * (this.#weighed[j] as number) + (1 - share) * (this.#pooled[j] as number);
    }
  }

  #combine(classes: number): void {
    const { experts, answers } = this;
    const [losses, pulls, weighed, pooled] = [this.#losses, this.#pulls, this.#weighed, this.#pooled];
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < experts; k++) least = Math.min(least, losses[k] as number);
    weighed.fill(0);
    pooled.fill(0);
    for (let k = 0; k < experts; k++) {
      const answer = answers[k] as Float64Array;
      const weight = Math.exp(least - (losses[k] as number));
      const power = (pulls[k] as number) + 1 / experts;
      for (let j = 0; j < classes; j++) {
        const p = held(answer[j] as number, classes);
        weighed[j] = (weighed[j] as number) + weight * p;
        pooled[j] = (pooled[j] as number) + power * Math.log(p);
      }
    }
    let all = 0;
    for (let j = 0; j < classes; j++) all += weighed[j] as number;
    for (let j = 0; j < classes; j++) weighed[j] = (weighed[j] as number) / all;
    softmax(pooled, classes);
  }

  /** Takes in which class it was. */
  learn(y: number, classes: number): void {
    this.#combine(classes);
    const { experts, answers } = this;
    const [losses, pulls, squares, pooled, chosen] = [
      this.#losses,
      this.#pulls,
      this.#squares,
      this.#pooled,
      this.#chosen,
    ];
    chosen[0] = MEMORY * (chosen[0] as number) - Math.log(Math.max(WORST, this.#weighed[y] as number));
    chosen[1] = MEMORY * (chosen[1] as number) - Math.log(Math.max(WORST, pooled[y] as number));
    for (let k = 0; k < experts; k++) {
      const answer = answers[k] as Float64Array;
      let slope = 0;
      for (let j = 0; j < classes; j++) {
        slope += ((pooled[j] as number) - (j === y ? 1 : 0)) * Math.log(held(answer[j] as number, classes));
      }
      const square = SQUARES_MEMORY * (squares[k] as number) + slope * slope;
      squares[k] = square;
      pulls[k] = (pulls[k] as number) - (RATE * slope) / Math.sqrt(square);
      losses[k] = MEMORY * (losses[k] as number) - Math.log(held(answer[y] as number, classes));
    }
  }

  /** Takes in what another has learned of the same experts: all becomes the mean, of which `share` is the other's. */
  merge(other: Mixing, share: number): void {
    mix(this.#losses, other.#losses, share);
    mix(this.#pulls, other.#pulls, share);
    mix(this.#squares, other.#squares, share);
    mix(this.#chosen, other.#chosen, share);
  }

  save(): Saved {
    return {
      losses: this.#losses.slice(),
      pulls: this.#pulls.slice(),
      squares: this.#squares.slice(),
      chosen: this.#chosen.slice(),
    };
  }

  static restore(saved: unknown): Mixing {
    const { losses, pulls, squares, chosen } = saved as Saved;
    const mixing = new Mixing(losses.length);
    sized(pulls, losses.length, 'pulls');
    sized(squares, losses.length, 'squares');
    sized(chosen, mixing.#chosen.length, 'losses of choices');
    mixing.#losses.set(losses);
    mixing.#pulls.set(pulls);
    mixing.#squares.set(squares);
    mixing.#chosen.set(chosen);
    return mixing;
  }
}

function held(p: number, classes: number): number {
  const least = LEAST / classes;
  return p > least ? (p < 1 - LEAST ? p : 1 - LEAST) : least;
}
