/** The weight that makes ½(v − w)² + l1·|v| + ½ l2·v² least. */
export function shrunk(w: number, l1: number, l2: number): number {
  const size = Math.abs(w) - l1;
  return size <= 0 ? 0 : (Math.sign(w) * size) / (1 + l2);
}

/** Each number goes so much of the way to the other's. */
export function mix(to: Float64Array, other: Float64Array, share: number): void {
  for (let i = 0; i < to.length; i++) {
    to[i] = (to[i] as number) + ((other[i] as number) - (to[i] as number)) * share;
  }
}

export function add(to: Float64Array, other: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] as number) + (other[i] as number);
}

/** Of pairs whose second number is a difference, the two that differ by it. */
export function parted(pairs: Float64Array): void {
  for (let at = 0; at < pairs.length; at += 2) {
    const half = (pairs[at + 1] as number) / 2;
    pairs[at] = -half;
    pairs[at + 1] = half;
  }
}

/** Numbers that a table by features and classes holds at most: what grows with both would else leave no memory to others. */
const CELLS = 2 ** 22;

/** Slots of so many outputs that a model knows at most: of features seen later nothing is learned. */
export function mostSlots(outputs: number): number {
  return Math.floor(CELLS / outputs);
}

/** Room for so many classes where there was some: each of them finds room as it comes, and it is seldom made. */
export function roomFor(classes: number, room: number): number {
  return classes <= room ? room : Math.max(classes, Math.min(2 * room, room + Math.max(16, room >> 2)));
}

/** Numbers by so many slots and outputs, with more outputs: those there are stand from `first` on. */
export function widened(
  from: Float64Array,
  old: number,
  outputs: number,
  first: number,
  slots = from.length / old,
): Float64Array {
  const made = new Float64Array(slots * outputs);
  for (let i = 0; i < slots; i++) made.set(from.subarray(i * old, (i + 1) * old), i * outputs + first);
  return made;
}
