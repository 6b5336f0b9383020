import { compareScalars } from './ordered.ts';

/** How often each value came. */
export type Counts = Map<unknown, number>;

/** Takes one off a value that was counted. */
export function uncount(counts: Counts, value: unknown): void {
  const n = counts.get(value)!;
  if (n > 1) counts.set(value, n - 1);
  else counts.delete(value);
}

/** Adds what another has counted. */
export function mergeCounts(counts: Counts, other: Counts): void {
  for (const [value, n] of other) counts.set(value, (counts.get(value) ?? 0) + n);
}

/** Counts as two lists. */
export function packCounts(counts: Counts): [values: unknown[], counts: number[]] {
  return [[...counts.keys()], [...counts.values()]];
}

export function unpackCounts([values, counts]: ReturnType<typeof packCounts>): Counts {
  return new Map(values.map((value, i) => [value, counts[i]!]));
}

interface Counted {
  value: unknown;
  count: number;
}

/** The `k` values that came most often, of equally many the lesser first; O(n log k) of n values. */
export function topCounts(counts: Counts, k: number): Counted[] {
  const top: Counted[] = [];
  for (const [value, count] of counts) {
    const one = { value, count };
    if (top.length === k && !isBefore(one, top[k - 1]!)) continue;
    let at = 0;
    for (let to = top.length; at < to; ) {
      const middle = (at + to) >> 1;
      if (isBefore(one, top[middle]!)) to = middle;
      else at = middle + 1;
    }
    top.splice(at, 0, one);
    if (top.length > k) top.pop();
  }
  return top;
}

function isBefore(a: Counted, b: Counted): boolean {
  return a.count !== b.count ? a.count > b.count : compareScalars(a.value, b.value) < 0;
}
