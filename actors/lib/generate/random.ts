import { hashKey } from '#stage';

const TWO_32 = 2 ** 32;
const TWO_53 = 2 ** 53;

/** The finaliser of MurmurHash3 (Austin Appleby, public domain): every input bit reaches every output bit. */
function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A seed as a whole number. */
export function seedOf(seed: string): number {
  return hashKey(seed);
}

/** The `k`-th random number of record `n`, uniform in [0, 1): a function of its arguments, so any record can be made alone. */
export function uniform(seed: number, n: number, k: number): number {
  const high = Math.floor(n / TWO_32);
  const a = mix(mix(seed + Math.imul(k, 0x9e3779b1)) ^ n ^ Math.imul(high, 0x27d4eb2f));
  const b = mix(a ^ Math.imul(n, 0x165667b1));
  return (a * 2 ** 21 + (b >>> 11)) / TWO_53;
}

/** A normal random number of mean 0 and deviation 1 (Box and Muller 1958) of the numbers `k` and `k` + 1. */
export function normal(seed: number, n: number, k: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(seed, n, k)));
  return radius * Math.cos(2 * Math.PI * uniform(seed, n, k + 1));
}
