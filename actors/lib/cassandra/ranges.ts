import type { Split } from '#stage';

/** A part of the ring: rows whose token t is from ≤ t ≤ to, as text of a 64-bit number. */
export interface TokenRange {
  readonly from: string;
  readonly to: string;
}

/** The least token of Murmur3Partitioner, which no partition has, and the greatest. */
const LEAST = -(2n ** 63n);
const TOKENS = 2n ** 64n;

/** The whole ring in equal parts: the partitioner spreads rows evenly over it, whoever owns what. */
export function ringIn(parts: number): Split[] {
  const bound = (i: number) => LEAST + (TOKENS * BigInt(i)) / BigInt(parts) - (i === parts ? 1n : 0n);
  return Array.from({ length: parts }, (_, i) => {
    const data: TokenRange = { from: String(bound(i) + 1n), to: String(bound(i + 1)) };
    return { id: String(i), data };
  });
}
