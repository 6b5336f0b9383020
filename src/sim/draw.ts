import { prng } from '../base/prng.ts';
import type { Random } from '../world/random.ts';

/** Draws from one seed. Each part of a simulated world has its own, so that a fault in one does not shift the others. */
export class Draw implements Random {
  readonly next: () => number;

  constructor(seed: string) {
    this.next = prng(seed);
  }

  /** 0 … n − 1. */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** A number of [from, to). */
  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.next() < p;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)] as T;
  }
}
