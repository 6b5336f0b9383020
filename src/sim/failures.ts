import { WeirError } from '../base/errors.ts';
import type { Draw } from './draw.ts';

/** Says of an error that the simulator made it. */
export const INJECTED = 'injected';

/** Writes that are to fail. A write that fails may still have been done, in part or in whole. */
export class Failures {
  readonly #draw: Draw;
  #left = 0;
  #skip = 0;
  /** How many have failed. */
  count = 0;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  /** Lets `count` writes fail, but for `skip` that come before. */
  arm(count: number, skip: number): void {
    this.#left = count;
    this.#skip = skip;
  }

  disarm(): void {
    this.#left = 0;
  }

  /** How much of a write is done before it fails, 0 to 1; undefined when it does not. */
  next(): number | undefined {
    if (this.#left === 0) return undefined;
    if (this.#skip > 0) {
      this.#skip--;
      return undefined;
    }
    this.#left--;
    this.count++;
    return this.#draw.pick([0, this.#draw.next(), 1]);
  }
}

/** What a failed write throws, as a real disk's would. */
export function diskError(path: string): WeirError {
  const code = 'EIO';
  return new WeirError('WEIR_DISK', `cannot write ${path}: ${code} (${INJECTED})`, { data: { code, path } });
}
