/** Lehmer's generator, s ← 48271 s mod (2³¹ − 1), in (0, 1): what another language makes just as well. */
export function lehmer(seed: number): () => number {
  let s = seed;
  return () => {
    s = (s * 48271) % 2147483647;
    return s / 2147483647;
  };
}
