import type { Detection } from './deviation.ts';
import { notNegative, sized } from './sized.ts';

/** A detection whose state is numbers: values in all, those since the last change that it has learned, and their mean come first. */
export abstract class FlatDetection implements Detection {
  protected readonly s: Float64Array;

  constructor(numbers: number, saved: Float64Array | undefined) {
    this.s = new Float64Array(numbers);
    if (saved === undefined) return;
    this.s.set(sized(saved, numbers, 'numbers'));
    notNegative(this.s.subarray(0, 2), 'counts of values');
  }

  get rows(): number {
    return this.s[0] as number;
  }

  get estimate(): number | null {
    return this.s[1] === 0 ? null : (this.s[2] as number);
  }

  abstract take(value: number): boolean;

  save(): Float64Array {
    return this.s.slice();
  }
}
