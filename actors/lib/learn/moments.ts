/** Takes a value into the count, the mean and the sum of squares about it that stand at `at` (Welford). O(1). */
export function include(stats: Float64Array, at: number, x: number): void {
  const count = (stats[at] as number) + 1;
  const off = x - (stats[at + 1] as number);
  const mean = (stats[at + 1] as number) + off / count;
  stats[at] = count;
  stats[at + 1] = mean;
  stats[at + 2] = (stats[at + 2] as number) + off * (x - mean);
}

/** Adds what stands at `at` in `from` to what stands there in `to`, exactly (Chan et al.). O(1). */
export function join(to: Float64Array, from: Float64Array, at: number): void {
  const [a, b] = [to[at] as number, from[at] as number];
  if (b === 0) return;
  const off = (from[at + 1] as number) - (to[at + 1] as number);
  to[at] = a + b;
  to[at + 1] = (to[at + 1] as number) + (off * b) / (a + b);
  to[at + 2] = (to[at + 2] as number) + (from[at + 2] as number) + (off * off * a * b) / (a + b);
}

/** The same for a mean at `at` and a variance behind it, of which the others are so large a share of both. O(1). */
export function joinSpread(to: Float64Array, from: Float64Array, at: number, share: number): void {
  const off = (from[at] as number) - (to[at] as number);
  const [here, there] = [to[at + 1] as number, from[at + 1] as number];
  to[at] = (to[at] as number) + off * share;
  to[at + 1] = here + (there - here) * share + off * off * share * (1 - share);
}
