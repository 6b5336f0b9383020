/** A stream of random numbers from 0 to 1 that a seed decides: the same on every machine. Source: Tommy Ettinger, mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Standard normal numbers. */
export function normalFrom(seed: number): () => number {
  const random = randomFrom(seed);
  return () => normal(1 - random(), random());
}

/**
 * A standard normal number of two independent uniform ones, the first of them above 0. Source: G. E. P. Box, M. E. Muller, Annals of
 * Mathematical Statistics 1958.
 */
export function normal(u: number, v: number): number {
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
}
