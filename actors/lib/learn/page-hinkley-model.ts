import { FlatDetection } from './flat-detection.ts';

export interface PageHinkleyOptions {
  /** What a value may be off, in its own unit. */
  delta: number;
  /** In the value's unit. */
  threshold: number;
  /** How much the sums so far count once the next value has come. */
  forgetting: number;
  /** Values after a change before the next is told. */
  learnFrom: number;
}

/** The Page-Hinkley test on both sides; see the stage `page-hinkley`. */
export class PageHinkleyModel extends FlatDetection {
  readonly #o: PageHinkleyOptions;

  constructor(options: PageHinkleyOptions, saved?: Float64Array) {
    // Values in all and since the last change, their mean, the sum upwards and its least, the sum downwards and its largest.
    super(7, saved);
    this.#o = options;
  }

  take(value: number): boolean {
    const { s } = this;
    const { delta, threshold, forgetting, learnFrom } = this.#o;
    s[0] = (s[0] as number) + 1;
    const count = (s[1] as number) + 1;
    const mean = (s[2] as number) + (value - (s[2] as number)) / count;
    const off = value - mean;
    const up = forgetting * (s[3] as number) + off - delta;
    const down = forgetting * (s[5] as number) + off + delta;
    const least = count === 1 ? up : Math.min(s[4] as number, up);
    const largest = count === 1 ? down : Math.max(s[6] as number, down);
    s[1] = count;
    s[2] = mean;
    s[3] = up;
    s[4] = least;
    s[5] = down;
    s[6] = largest;
    if (count < learnFrom || Math.max(up - least, largest - down) <= threshold) return false;
    s.fill(0, 1);
    return true;
  }
}
