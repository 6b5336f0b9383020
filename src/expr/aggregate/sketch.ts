import { hashKey, hashKeyAgain } from '../../base/hash.ts';

/**
 * What is kept of a set of values to estimate how many there are. While they are few: a sorted list of hashes, 26 bits of
 * place and 6 bits of rank each. Then: HyperLogLog's registers, a byte each. The same set gives the same sketch, in
 * whatever order and parts it comes.
 */
export type Sketch = number[] | Uint8Array;

const RANK_BITS = 6;
/** The bits of the hash that ranks are taken of; a rank is 1 to 33. */
const RANKED = 32;
/** Larger lists take long to insert into, whatever the precision. */
const LONGEST_LIST = 1024;

/** How many hashes the list holds at most: it is about as large as the registers then, or smaller. */
function limitOf(precision: number): number {
  return Math.min((2 ** precision) >> 3, LONGEST_LIST);
}

/** Adds a value to a sketch of 2^`precision` registers and gives the sketch to go on with. O(1) but for short lists. */
export function addToSketch(sketch: Sketch, value: unknown, precision: number): Sketch {
  const place = hashKey(value);
  const rank = Math.clz32(hashKeyAgain(value)) + 1;
  if (sketch instanceof Uint8Array) {
    raise(sketch, place >>> (32 - precision), rank);
    return sketch;
  }
  return insert(sketch, ((place >>> RANK_BITS) << RANK_BITS) | rank, precision);
}

function raise(registers: Uint8Array, register: number, rank: number): void {
  if (rank > registers[register]!) registers[register] = rank;
}

/** Puts a hash into the list, and makes registers of it once it is too long. */
function insert(list: number[], hash: number, precision: number): Sketch {
  let at = list.length;
  let from = 0;
  while (from < at) {
    const middle = (from + at) >> 1;
    if (list[middle]! >> RANK_BITS < hash >> RANK_BITS) from = middle + 1;
    else at = middle;
  }
  if (at < list.length && list[at]! >> RANK_BITS === hash >> RANK_BITS) {
    // Of one place the highest rank counts, and it stands in the lowest bits.
    if (hash > list[at]!) list[at] = hash;
    return list;
  }
  list.splice(at, 0, hash);
  return list.length > limitOf(precision) ? registersOf(list, precision) : list;
}

function registersOf(list: readonly number[], precision: number): Uint8Array {
  const registers = new Uint8Array(2 ** precision);
  raiseAll(registers, list, precision);
  return registers;
}

/** Ranks come from bits of their own, so a hash has the same one at every precision. */
function raiseAll(registers: Uint8Array, list: readonly number[], precision: number): void {
  for (const hash of list) raise(registers, hash >>> (32 - precision), hash & (2 ** RANK_BITS - 1));
}

/** Adds all that another sketch has seen, leaves that as it is, and gives the sketch to go on with. */
export function mergeSketch(sketch: Sketch, other: Sketch, precision: number): Sketch {
  if (other instanceof Uint8Array) {
    const registers = sketch instanceof Uint8Array ? sketch : registersOf(sketch, precision);
    for (let i = 0; i < other.length; i++) raise(registers, i, other[i]!);
    return registers;
  }
  if (sketch instanceof Uint8Array) {
    raiseAll(sketch, other, precision);
    return sketch;
  }
  // Both are lists until one insertion makes registers of the first.
  let merged: Sketch = sketch;
  for (const [i, hash] of other.entries()) {
    if (merged instanceof Uint8Array) {
      raiseAll(merged, other.slice(i), precision);
      break;
    }
    merged = insert(merged, hash, precision);
  }
  return merged;
}

/**
 * How many different values a sketch has seen, to the nearest whole number; the standard error is 1.04 / √m of m registers.
 * A list is counted as it is: that is what linear counting gives of so few hashes in 2^26 places.
 *
 * Sources: P. Flajolet et al., "HyperLogLog" (AofA 2007); the list after S. Heule, M. Nunkesser, A. Hall, "HyperLogLog in
 * practice" (EDBT 2013); no table of biases but the improved raw estimator of O. Ertl, "New cardinality estimation
 * algorithms for HyperLogLog sketches" (arXiv:1702.01284, algorithm 6), which is unbiased from 0 on.
 */
export function sketchedCount(sketch: Sketch): number {
  if (!(sketch instanceof Uint8Array)) return sketch.length;
  const m = sketch.length;
  const counts = new Array<number>(RANKED + 2).fill(0);
  for (const rank of sketch) counts[rank]!++;
  let z = m * tau(1 - counts[RANKED + 1]! / m);
  for (let rank = RANKED; rank >= 1; rank--) z = 0.5 * (z + counts[rank]!);
  z += m * sigma(counts[0]! / m);
  return Math.round((m * m) / (2 * Math.LN2 * z));
}

/** Ertl's σ(x) = x + Σ x^(2^k) · 2^(k−1), for the registers that nothing has come to. */
function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY;
  let sum = x;
  for (let power = x, y = 1, before = Number.NaN; sum !== before; y += y) {
    before = sum;
    power *= power;
    sum += power * y;
  }
  return sum;
}

/** Ertl's τ(x) = ⅓ (1 − x − Σ (1 − x^(2^−k))² · 2^−k), for the registers that are full. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let sum = 1 - x;
  for (let root = x, y = 1, before = Number.NaN; sum !== before; ) {
    before = sum;
    root = Math.sqrt(root);
    y *= 0.5;
    sum -= (1 - root) ** 2 * y;
  }
  return sum / 3;
}
