import { WeirError } from '#stage';

/** Bounds of windows and of the slices that they share. All in milliseconds. */
export interface WindowShape {
  readonly size: number;
  readonly every: number;
  readonly offset: number;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/**
 * The arithmetic of windows [k·every + offset, k·every + offset + size) and of the slices they are cut into: slices are as
 * long as the greatest common divisor of size and every, so each window is a whole number of them and a record is counted
 * once, however many windows it is in.
 */
export class Grid {
  readonly size: number;
  readonly every: number;
  readonly offset: number;
  readonly slice: number;

  constructor({ size, every, offset }: WindowShape) {
    for (const [name, ms] of Object.entries({ size, every, offset })) {
      if (Number.isInteger(ms)) continue;
      throw new WeirError('WEIR_OPTION', `${name} is ${ms}ms: windows begin and end at whole milliseconds`);
    }
    this.size = size;
    this.every = every;
    this.offset = offset;
    this.slice = gcd(size, every);
  }

  /** Where the slice of a time begins. NaN for what is no time. */
  sliceOf(time: number): number {
    return Math.floor((time - this.offset) / this.slice) * this.slice + this.offset;
  }

  /** The last window begin at or before a time. */
  floor(time: number): number {
    return Math.floor((time - this.offset) / this.every) * this.every + this.offset;
  }

  /** Begin of the first window that ends after a time. */
  firstEndingAfter(time: number): number {
    return this.floor(time - this.size) + this.every;
  }

  /** End of the last window that holds a slice; NaN when it lies in the gap between two windows (every > size). */
  lastEnd(slice: number): number {
    const end = this.floor(slice) + this.size;
    return end > slice ? end : Number.NaN;
  }
}
