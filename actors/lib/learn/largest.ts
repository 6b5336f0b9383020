/** The place of the largest of the first n; of equal ones the first. */
export function largest(p: Float64Array, n: number): number {
  let best = 0;
  for (let i = 1; i < n; i++) if ((p[i] as number) > (p[best] as number)) best = i;
  return best;
}
