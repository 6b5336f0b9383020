import { type Counts, mergeCounts } from './counts.ts';

/*
 * Counts of at most `capacity` values, none too high, and none by more than n / (capacity + 1) too low when n values have
 * come: whatever takes something off one count takes as much off `capacity` others and off a value that is not kept.
 * Exact while no more values differ than are kept.
 */

/**
 * Counts a value. O(1) amortised.
 *
 * Source: J. Misra, D. Gries, "Finding repeated elements", Science of Computer Programming 2 (1982).
 */
export function countHeavy(counts: Counts, value: unknown, capacity: number): void {
  const n = counts.get(value);
  if (n !== undefined) counts.set(value, n + 1);
  else if (counts.size < capacity) counts.set(value, 1);
  else takeOff(counts, 1);
}

/**
 * Adds what another has counted; of the same two, both ways give the same.
 *
 * Source: P. K. Agarwal et al., "Mergeable summaries", PODS 2012: the sums, less the largest of those that go.
 */
export function mergeHeavy(counts: Counts, other: Counts, capacity: number): void {
  mergeCounts(counts, other);
  if (counts.size <= capacity) return;
  const descending = Float64Array.from(counts.values()).sort().reverse();
  takeOff(counts, descending[capacity]!);
}

function takeOff(counts: Counts, cut: number): void {
  for (const [value, n] of counts) {
    if (n > cut) counts.set(value, n - cut);
    else counts.delete(value);
  }
}
