/**
 * Orders texts as the bytes of their UTF-8 are ordered, which is by code point. JavaScript's own order is by UTF-16 code
 * unit: there, characters beyond U+FFFF come before those from U+E000 on.
 */
export function bytewise(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Moves surrogates behind all other code units. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
