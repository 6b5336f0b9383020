/** The weight that makes ½(v − w)² + l1·|v| + ½ l2·v² least. */
export function shrunk(w: number, l1: number, l2: number): number {
  const size = Math.abs(w) - l1;
  return size <= 0 ? 0 : (Math.sign(w) * size) / (1 + l2);
}

/** Between two weights, by the share of the second. */
export function mixed(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

/** Numbers by slots and outputs, with more outputs: those there are stand from `first` on. */
export function widened(from: Float64Array, old: number, outputs: number, first: number): Float64Array {
  const made = new Float64Array((from.length / old) * outputs);
  for (let i = 0; i * old < from.length; i++) made.set(from.subarray(i * old, (i + 1) * old), i * outputs + first);
  return made;
}
