/** A seeded source of random numbers in [0, 1): sfc32 (Chris Doty-Humphrey, PractRand, public domain). */
export function prng(seed: number | string): () => number {
  let s = 0x9e3779b9;
  for (const c of String(seed)) s = Math.imul(s ^ c.charCodeAt(0), 0x01000193);
  let a = s >>> 0;
  let b = (s ^ 0x243f6a88) >>> 0;
  let c = (s ^ 0xb7e15162) >>> 0;
  let d = 1;
  const next = () => {
    const t = (((a + b) >>> 0) + d) >>> 0;
    d = (d + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = ((c << 21) | (c >>> 11)) >>> 0;
    c = (c + t) >>> 0;
    return t / 4294967296;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}
