import { grown } from './feature-row.ts';

/** Further than this no value is given from its centre: a constant that moves at all is infinitely many deviations off. */
const LIMIT = 1e9;

export interface SavedColumns {
  rows: number;
  flat: Float64Array;
}

/** So many numbers for each slot, one after the other. Number 0 is 1 where the slot has held something but 0 and 1. */
export class Columns {
  readonly size: number;
  flat: Float64Array;
  /** Slots. */
  d = 0;
  rows = 0;

  constructor(size: number, saved?: SavedColumns) {
    this.size = size;
    this.flat = new Float64Array(8 * size);
    if (saved === undefined) return;
    this.rows = saved.rows;
    this.reserve(saved.flat.length / size);
    this.flat.set(saved.flat);
  }

  reserve(d: number): void {
    if (d <= this.d) return;
    if (d * this.size > this.flat.length) this.flat = grown(this.flat, new Float64Array(2 * d * this.size));
    this.d = d;
  }

  /** Whether a value of a slot is not to be scaled. */
  isPlain(slot: number, value: number): boolean {
    return (value === 0 || value === 1) && (slot >= this.d || this.flat[slot * this.size] === 0);
  }

  /** Where the numbers of a slot begin that takes in a value. */
  at(slot: number, value: number): number {
    const at = slot * this.size;
    if (value !== 0 && value !== 1) this.flat[at] = 1;
    return at;
  }

  save(): SavedColumns {
    return { rows: this.rows, flat: this.flat.slice(0, this.d * this.size) };
  }
}

/** How many units a value is off, 0 where there is no unit. */
export function inUnits(off: number, unit: number): number {
  return unit > 0 ? Math.max(-LIMIT, Math.min(LIMIT, off / unit)) : 0;
}
