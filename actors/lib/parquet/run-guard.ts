import { damaged, readVarint } from './damage.ts';

/** Numbers in runs, as Parquet packs levels and indexes: some equal ones behind each other, or eights of any. */
export interface Runs {
  readonly bytes: Uint8Array;
  /** Where they begin and where they end. */
  readonly from: number;
  readonly to: number;
  /** Bits of a number. */
  readonly width: number;
  /** Numbers that the library takes from them, at most. */
  readonly most: number;
}

/** The library counts in 32 bits. */
const MOST_PACKED = 2 ** 30;

const head = { value: 0, end: 0 };

/**
 * Checks the counts of runs, on which the library relies for how much it writes. All: there must be as many numbers as `most`; else
 * fewer will do. Gives how many are `top` for sure: those of equal ones, and with `exact` all. Without that costs a step for each run.
 * Throws for damage.
 */
export function checkRuns(runs: Runs, all: boolean, top = -1, exact = false): number {
  const { bytes, from, to, width, most } = runs;
  let found = 0;
  let at = from;
  for (let seen = 0; seen < most; ) {
    if (at >= to) {
      if (all) damaged(`a page has ${seen} levels, not ${most}`);
      return found;
    }
    readVarint(bytes, at, to, head);
    at = head.end;
    const isPacked = (head.value & 1) === 1;
    const count = (head.value >>> 1) * (isPacked ? 8 : 1);
    // The last eight may be padded, and DuckDB writes 32 of them: what has bits of its own takes no longer than those.
    const padded = isPacked && width > 0 ? Math.min((to - at) * 8, MOST_PACKED) : 0;
    if (count > Math.max(most - seen + 7, padded)) damaged(`a run of ${count} numbers where ${most - seen} are left`);
    if (isPacked) {
      if (exact) found += countPacked(bytes, at, width, Math.min(count, most - seen), top);
      // The library takes a byte also where the numbers have none.
      at += Math.max(1, (count >> 3) * width);
    } else {
      const size = (width + 7) >> 3;
      if (at + size > to) damaged('a run ends too early');
      let value = 0;
      for (let i = 0; i < size; i++) value |= bytes[at + i]! << (i << 3);
      at += size;
      if (value === top) found += Math.min(count, most - seen);
    }
    seen += count;
  }
  return found;
}

function countPacked(bytes: Uint8Array, from: number, width: number, count: number, value: number): number {
  const mask = 2 ** width - 1;
  let found = 0;
  let held = 0;
  let bits = 0;
  let at = from;
  for (let i = 0; i < count; i++) {
    for (; bits < width; bits += 8) held |= (bytes[at++] ?? 0) << bits;
    if ((held & mask) === value) found++;
    held >>>= width;
    bits -= width;
  }
  return found;
}
