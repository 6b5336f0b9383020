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
