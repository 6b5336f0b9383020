/** The first n scores become probabilities, in place. The largest is taken off first, so that none overflows. O(n). */
export function softmax(scores: Float64Array, n: number): void {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < n; k++) if ((scores[k] as number) > most) most = scores[k] as number;
  let sum = 0;
  for (let k = 0; k < n; k++) {
    const one = Math.exp((scores[k] as number) - most);
    scores[k] = one;
    sum += one;
  }
  for (let k = 0; k < n; k++) scores[k] = (scores[k] as number) / sum;
}
