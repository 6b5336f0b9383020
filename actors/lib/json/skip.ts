/** No value there. */
export const FAIL = -1;

/** Space, tab, carriage return: what may stand between the parts of a line of JSON. */
export function isBlank(c: number | undefined): boolean {
  return c === 32 || c === 9 || c === 13;
}

/** The first place in [p, e) that is no blank, else e. */
export function skipBlanks(b: Buffer, p: number, e: number): number {
  while (p < e && isBlank(b[p])) p++;
  return p;
}

/** The end of [p, e) without the blanks behind it. */
export function trimEnd(b: Buffer, p: number, e: number): number {
  while (e > p && isBlank(b[e - 1])) e--;
  return e;
}

/** The place behind the closing quote of the text whose first character is at p, or FAIL. Escapes are not checked. */
export function skipText(b: Buffer, p: number, e: number): number {
  for (;;) {
    const q = b.indexOf(34, p);
    if (q < 0 || q >= e) return FAIL;
    let s = q;
    while (s > p && b[s - 1] === 92) s--;
    if (((q - s) & 1) === 0) return q + 1;
    p = q + 1;
  }
}

/** The place behind the object or array that opens at p, or FAIL. Only texts and the number of brackets are looked at. */
export function skipNested(b: Buffer, p: number, e: number): number {
  let depth = 0;
  while (p < e) {
    const c = b[p++]!;
    if (c === 34) {
      p = skipText(b, p, e);
      if (p < 0) return FAIL;
    } else if (c === 123 || c === 91) depth++;
    else if ((c === 125 || c === 93) && --depth === 0) return p;
  }
  return FAIL;
}

/** The place behind a number or word at p: of a value that nobody reads only the end is looked for. */
export function skipScalar(b: Buffer, p: number, e: number): number {
  const start = p;
  for (; p < e; p++) {
    const c = b[p]!;
    if (c === 44 || c === 125 || c === 93 || c <= 32) break;
  }
  return p === start ? FAIL : p;
}

/** The place behind any value at p, or FAIL. */
export function skipValue(b: Buffer, p: number, e: number): number {
  const c = b[p];
  if (c === 34) return skipText(b, p + 1, e);
  return c === 123 || c === 91 ? skipNested(b, p, e) : skipScalar(b, p, e);
}
