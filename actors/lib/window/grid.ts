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

/** What is asked of windows that can be given more than once. All in milliseconds; a window is known by its end. */
export interface Ends {
  readonly slice: number;
  /** Distance between the ends of windows that hold a slice. */
  readonly every: number;
  /** Windows that hold a slice differ in their ends only, so one of them tells of all. */
  readonly growing: boolean;
  sliceOf(time: number): number;
  /** End of the first window that holds a slice; of no meaning where {@link lastEnd} is NaN. */
  firstEnd(slice: number): number;
  /** End of the last one; NaN when there is none. */
  lastEnd(slice: number): number;
  startOf(end: number): number;
}

/**
 * The arithmetic of windows [k·every + offset, k·every + offset + size) and of the slices they are cut into: slices are as
 * long as the greatest common divisor of size and every, so each window is a whole number of them and a record is counted
 * once, however many windows it is in.
 */
export class Grid implements Ends {
  readonly growing = false;
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

  firstEnd(slice: number): number {
    return this.firstEndingAfter(slice) + this.size;
  }

  startOf(end: number): number {
    return end - this.size;
  }

  /** End of the last window that holds a slice; NaN when it lies in the gap between two windows (every > size). */
  lastEnd(slice: number): number {
    const end = this.floor(slice) + this.size;
    return end > slice ? end : Number.NaN;
  }
}
