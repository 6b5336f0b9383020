import { WeirError } from '#stage';
import { type Ends, Grid, type WindowShape } from './grid.ts';

/**
 * The arithmetic of windows [period, period + k·every) that grow step by step up to a period's size, and begin anew with the
 * next period. Steps are the slices that they share.
 */
export class Steps implements Ends {
  readonly growing = true;
  /** The steps as windows of their own: what a first half folds by. */
  readonly grid: Grid;
  readonly size: number;
  readonly every: number;
  readonly #offset: number;

  constructor({ size, every, offset }: WindowShape) {
    if (size % every !== 0) {
      throw new WeirError('WEIR_OPTION', `size is ${size}ms and every ${every}ms: a period is a whole number of steps`);
    }
    this.grid = new Grid({ size: every, every, offset });
    this.size = size;
    this.every = every;
    this.#offset = offset;
  }

  /** Where the period of a time begins. */
  periodOf(time: number): number {
    return Math.floor((time - this.#offset) / this.size) * this.size + this.#offset;
  }

  get slice(): number {
    return this.every;
  }

  sliceOf(time: number): number {
    return this.grid.sliceOf(time);
  }

  firstEnd(slice: number): number {
    return slice + this.every;
  }

  lastEnd(slice: number): number {
    return this.periodOf(slice) + this.size;
  }

  startOf(end: number): number {
    return this.periodOf(end - this.every);
  }
}
