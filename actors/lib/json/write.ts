/** Node's fast writes, missing in its types. */
export type WriteBuffer = Buffer & {
  latin1Write(text: string, at: number): number;
  utf8Write(text: string, at: number): number;
};

const PAIRS = Buffer.from(Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0')).join(''));

/** Shorter texts are written character by character, longer ones by native code and then looked through. */
const SHORT = 16;

/** Writes a whole number from 0 to 999,999,999; gives the end. */
function writeSmall(b: Buffer, o: number, value: number): number {
  let n = value | 0; // Whole-number arithmetic from here on, which is several times faster.
  let length = 1;
  for (let limit = 10; n >= limit && length < 9; limit *= 10) length++;
  let p = o + length;
  while (n >= 100) {
    const rest = (n / 100) | 0;
    const pair = (n - rest * 100) << 1;
    b[--p] = PAIRS[pair + 1]!;
    b[--p] = PAIRS[pair]!;
    n = rest;
  }
  if (n >= 10) {
    b[--p] = PAIRS[(n << 1) + 1]!;
    b[--p] = PAIRS[n << 1]!;
  } else b[--p] = 48 + n;
  return o + length;
}

/** Writes exactly `length` digits of n, at most nine, leading zeros included. */
function writePadded(b: Buffer, o: number, value: number, length: number): number {
  let n = value | 0;
  for (let p = o + length - 1; p >= o; p--) {
    const rest = (n / 10) | 0;
    b[p] = 48 + n - rest * 10;
    n = rest;
  }
  return o + length;
}

/** Writes a whole number from 0 to below 1e15. */
function writeWhole(b: Buffer, o: number, n: number): number {
  if (n < 1e9) return writeSmall(b, o, n);
  const high = Math.floor(n / 1e9);
  return writePadded(b, writeSmall(b, o, high), n - high * 1e9, 9);
}

/** Writes the first decimals of a fraction, `digits` of them at most, without the zeros at the end. */
function writeDecimals(b: Buffer, o: number, value: number, most: number): number {
  let n = value | 0;
  let digits = most;
  while (n % 10 === 0) {
    n /= 10;
    digits--;
  }
  b[o++] = 46;
  return writePadded(b, o, n, digits);
}

/**
 * Writes a number as JSON.stringify does, at most 24 bytes; one that is not finite as null. A number of up to 15 digits
 * is written digit by digit: no two decimals of that length are the same double, so these are its shortest digits.
 */
export function writeNumber(b: Buffer, o: number, value: number): number {
  if (!Number.isFinite(value)) return o + writeAt(b, o, 'null');
  let v = value;
  if (v < 0) {
    b[o++] = 45;
    v = -v;
  }
  if (v < 1e15) {
    const whole = Math.floor(v);
    if (whole === v) return writeWhole(b, o, v);
    const thousandths = Math.round(v * 1e3);
    if (v < 1e11 && thousandths / 1e3 === v) {
      return writeDecimals(b, writeWhole(b, o, whole), thousandths - whole * 1e3, 3);
    }
    const millionths = Math.round(v * 1e6);
    if (v < 1e8 && millionths / 1e6 === v && v >= 1e-6) {
      return writeDecimals(b, writeWhole(b, o, whole), millionths - whole * 1e6, 6);
    }
  }
  return o + writeAt(b, o, String(v));
}

function writeAt(b: Buffer, o: number, ascii: string): number {
  return (b as WriteBuffer).latin1Write(ascii, o);
}

/**
 * Writes a text with its quotes, for which 3 bytes a character and 2 more must be free, and gives the end; −1 when it
 * needs escapes or is not ASCII, and then what it has written means nothing.
 */
export function writePlainText(b: Buffer, o: number, text: string): number {
  const length = text.length;
  b[o++] = 34;
  if (length < SHORT) {
    for (let i = 0; i < length; i++) {
      const c = text.charCodeAt(i);
      if (c < 32 || c === 34 || c === 92 || c > 126) return -1;
      b[o++] = c;
    }
  } else {
    if ((b as WriteBuffer).utf8Write(text, o) !== length) return -1;
    for (const end = o + length; o < end; o++) {
      const c = b[o]!;
      if (c < 32 || c === 34 || c === 92) return -1;
    }
  }
  b[o++] = 34;
  return o;
}
