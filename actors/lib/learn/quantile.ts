import { sized } from './sized.ts';

/** Heights of five markers, their positions, and how many values there were. */
const SIZE = 11;
const COUNT = 10;

/**
 * A running quantile in constant space, without keeping values: five markers at the least, p/2, p, (1 + p)/2 and the largest,
 * moved by parabolas. Exact for up to five values. O(1) per value.
 *
 * Source: R. Jain and I. Chlamtac, The P² algorithm for dynamic calculation of quantiles and histograms without storing
 * observations, Communications of the ACM 1985.
 */
export class Quantile {
  readonly p: number;
  readonly #s: Float64Array;

  /** `p` from 0 to 1; `saved` of another with the same `p`. */
  constructor(p: number, saved?: Float64Array) {
    this.p = p;
    this.#s = new Float64Array(SIZE);
    if (saved !== undefined) this.#s.set(sized(saved, SIZE, 'numbers of a quantile'));
  }

  get count(): number {
    return this.#s[COUNT] as number;
  }

  /** The estimate; NaN of nothing. */
  get value(): number {
    const s = this.#s;
    const count = s[COUNT] as number;
    if (count > 5) return s[2] as number;
    const at = this.p * (count - 1);
    const low = Math.floor(at);
    const below = s[low] as number;
    return count === 0 ? Number.NaN : below + (at - low) * ((s[Math.min(low + 1, count - 1)] as number) - below);
  }

  /** Takes in a finite number. */
  add(value: number): void {
    const s = this.#s;
    const count = (s[COUNT] as number) + 1;
    s[COUNT] = count;
    if (count <= 5) {
      let i = count - 1;
      for (; i > 0 && (s[i - 1] as number) > value; i--) s[i] = s[i - 1] as number;
      s[i] = value;
      s[4 + count] = count;
      return;
    }
    if (value < (s[0] as number)) s[0] = value;
    else if (value > (s[4] as number)) s[4] = value;
    for (let i = 1; i < 4; i++) if (value < (s[i] as number)) s[5 + i] = (s[5 + i] as number) + 1;
    s[9] = count;
    const { p } = this;
    this.#move(1, 1 + ((count - 1) * p) / 2);
    this.#move(2, 1 + (count - 1) * p);
    this.#move(3, 1 + ((count - 1) * (1 + p)) / 2);
  }

  /** Moves a marker by one position if it is a whole one away from where it should be. */
  #move(i: number, wanted: number): void {
    const s = this.#s;
    const at = s[5 + i] as number;
    const left = at - (s[4 + i] as number);
    const right = (s[6 + i] as number) - at;
    let step: number;
    if (wanted - at >= 1 && right > 1) step = 1;
    else if (wanted - at <= -1 && left > 1) step = -1;
    else return;
    const height = s[i] as number;
    const [lower, upper] = [s[i - 1] as number, s[i + 1] as number];
    const [fall, rise] = [(height - lower) / left, (upper - height) / right];
    const parabola = height + (step / (left + right)) * ((left + step) * rise + (right - step) * fall);
    if (lower < parabola && parabola < upper) s[i] = parabola;
    else s[i] = height + (step === 1 ? rise : -fall);
    s[5 + i] = at + step;
  }

  save(): Float64Array {
    return this.#s.slice();
  }
}
