// Where JSON values end, and what they are, straight from the bytes. The bytes must hold a line feed or an unescaped quote
// beyond the value, so that no search runs away.

export const MALFORMED = -2;

export const isSpace = (c) => c === 32 || c === 9 || c === 13;
export const isDigit = (c) => c >= 48 && c <= 57;
const HEX = /^[0-9a-fA-F]{4}$/;

export function space(buf, p) {
  while (isSpace(buf[p])) p++;
  return p;
}

/** The place of the quote that ends the string whose text begins at p, or MALFORMED. */
export function stringEnd(buf, p) {
  for (;;) {
    const c = buf[p];
    if (c === 34) return p;
    if (c === 92) {
      const e = buf[p + 1];
      if (e === 117) {
        if (!HEX.test(buf.latin1Slice(p + 2, p + 6))) return MALFORMED;
        p += 6;
      } else if (e === 34 || e === 92 || e === 47 || e === 98 || e === 102 || e === 110 || e === 114 || e === 116) {
        p += 2;
      } else return MALFORMED;
    } else if (c < 32) return MALFORMED;
    else p++;
  }
}

/** The end of the JSON number at p, or MALFORMED. */
export function numberEnd(buf, p) {
  if (buf[p] === 45) p++;
  if (!isDigit(buf[p])) return MALFORMED;
  if (buf[p] === 48 && isDigit(buf[p + 1])) return MALFORMED;
  while (isDigit(buf[p])) p++;
  if (buf[p] === 46) {
    if (!isDigit(buf[++p])) return MALFORMED;
    while (isDigit(buf[p])) p++;
  }
  if ((buf[p] | 32) === 101) {
    p++;
    if (buf[p] === 43 || buf[p] === 45) p++;
    if (!isDigit(buf[p])) return MALFORMED;
    while (isDigit(buf[p])) p++;
  }
  return p;
}

const word = (buf, p, text) => (buf.latin1Slice(p, p + text.length) === text ? p + text.length : MALFORMED);

/** The end of any value at p. Strings, numbers and words are checked, of objects and arrays only the brackets. */
export function valueEnd(buf, p) {
  const c = buf[p];
  if (c === 34) {
    const q = stringEnd(buf, p + 1);
    return q < 0 ? q : q + 1;
  }
  if (c === 116) return word(buf, p, 'true');
  if (c === 102) return word(buf, p, 'false');
  if (c === 110) return word(buf, p, 'null');
  if (c !== 123 && c !== 91) return numberEnd(buf, p);
  const open = [];
  for (;;) {
    const d = buf[p];
    if (d === 34) {
      p = stringEnd(buf, p + 1);
      if (p < 0) return p;
    } else if (d === 123 || d === 91) open.push(d + 2);
    else if (d === 125 || d === 93) {
      if (open.pop() !== d) return MALFORMED;
      if (open.length === 0) return p + 1;
    } else if (d === 10) return MALFORMED;
    p++;
  }
}

/** As valueEnd, and what is inside an object or array is checked too. */
export function checkedEnd(buf, p) {
  const q = valueEnd(buf, p);
  if (q < 0 || (buf[p] !== 123 && buf[p] !== 91)) return q;
  try {
    JSON.parse(buf.utf8Slice(p, q));
    return q;
  } catch {
    return MALFORMED;
  }
}

/** The value of the number text in [s, e): exact by one division when it has up to 15 digits. */
export function toNumber(buf, s, e) {
  if (e - s > 15) return Number(buf.latin1Slice(s, e));
  const negative = buf[s] === 45;
  let n = 0;
  let scale = 1;
  let fraction = false;
  for (let p = negative ? s + 1 : s; p < e; p++) {
    const c = buf[p];
    if (c === 46) fraction = true;
    else if (c > 57) return Number(buf.latin1Slice(s, e));
    else {
      n = n * 10 + (c - 48);
      if (fraction) scale *= 10;
    }
  }
  return (negative ? -n : n) / scale;
}

/** The text of the string in [s, e), quotes not included. */
export function toText(buf, s, e) {
  let all = 0;
  for (let p = s; p < e; p++) {
    if (buf[p] === 92) return JSON.parse(buf.utf8Slice(s - 1, e + 1));
    all |= buf[p];
  }
  return all < 128 ? buf.latin1Slice(s, e) : buf.utf8Slice(s, e);
}
