import { FlatDetection } from './flat-detection.ts';
import { notNegative } from './sized.ts';

export interface CusumOptions {
  /** Deviations that a value may be off. */
  slack: number;
  /** The sum of deviations beyond at which a change is told. */
  threshold: number;
  /** Values that mean and deviation are learned from. */
  learnFrom: number;
}

/** A cumulative sum on both sides of a mean that is learned after each change; see the stage `cusum`. */
export class CusumModel extends FlatDetection {
  readonly #o: CusumOptions;

  constructor(options: CusumOptions, saved?: Float64Array) {
    // Values in all, values since the last change that were learned from, their mean and squares, and both sums.
    super(6, saved);
    notNegative(this.s.subarray(3, 4), 'squares');
    this.#o = options;
  }

  take(value: number): boolean {
    const { s } = this;
    s[0] = (s[0] as number) + 1;
    const count = s[1] as number;
    const mean = s[2] as number;
    const off = value - mean;
    if (count < this.#o.learnFrom) {
      s[1] = count + 1;
      s[2] = mean + off / (count + 1);
      s[3] = (s[3] as number) + off * (value - (s[2] as number));
      return false;
    }
    const deviation = Math.sqrt((s[3] as number) / count);
    // A constant that moves at all has changed.
    const z = off === 0 ? 0 : Math.max(-LARGEST_Z, Math.min(LARGEST_Z, off / deviation));
    const up = Math.max(0, (s[4] as number) + z - this.#o.slack);
    const down = Math.max(0, (s[5] as number) - z - this.#o.slack);
    s[4] = up;
    s[5] = down;
    if (Math.max(up, down) <= this.#o.threshold) return false;
    s.fill(0, 1);
    return true;
  }
}

const LARGEST_Z = 1e9;
