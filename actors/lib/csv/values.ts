/** How the values of a column are read. `auto` takes what looks like a number or truth value for one. */
export type ColumnType = 'auto' | 'text' | 'number' | 'bool';

/** What a cell holds that its column does not take. */
export const INVALID = Symbol('invalid');

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const PLAIN = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const DIGITS = /^-?\d+$/;
const BOOL: Readonly<Record<string, boolean>> = {
  true: true,
  True: true,
  TRUE: true,
  false: false,
  False: false,
  FALSE: false,
};

/** The value of a cell's text; INVALID when a typed column does not take it. Quoted text is never guessed at. */
export function cellValue(text: string, quoted: boolean, type: ColumnType, nulls: ReadonlySet<string>): unknown {
  if (!quoted && nulls.has(text)) return null;
  switch (type) {
    case 'text':
      return text;
    case 'number':
      return NUMBER.test(text) ? Number(text) : INVALID;
    case 'bool':
      return Object.hasOwn(BOOL, text) ? BOOL[text] : text === '1' ? true : text === '0' ? false : INVALID;
    case 'auto':
      return quoted ? text : guess(text);
  }
}

/** What an unquoted text says: digits that a number would not keep, as of long ids, and leading zeros stay text. */
export function guess(text: string): unknown {
  if (Object.hasOwn(BOOL, text)) return BOOL[text];
  if (!PLAIN.test(text)) return text;
  const value = Number(text);
  return text.length > 15 && DIGITS.test(text) && String(value) !== text ? text : value;
}

/** Powers of ten that, with as many digits, divide exactly. */
export const POWERS = Float64Array.from({ length: 16 }, (_, i) => 10 ** i);

/**
 * The number of up to 15 digits in b[s, e), with or without decimals, read without making a text of it; undefined for
 * anything else. Digits and power of ten are exact, and so is their quotient (Clinger).
 */
export function plainNumber(b: Buffer, s: number, e: number): number | undefined {
  const first = b[s] === 45 ? s + 1 : s;
  const digits = e - first;
  if (digits < 1 || digits > 15 || (b[first] === 48 && digits > 1 && b[first + 1] !== 46)) return undefined;
  let n = 0;
  let point = 0;
  for (let p = first; p < e; p++) {
    const c = b[p]!;
    if (c >= 48 && c <= 57) n = n * 10 + (c - 48);
    else if (c === 46 && point === 0 && p > first && p < e - 1) point = p;
    else return undefined;
  }
  if (point > 0) n /= POWERS[e - point - 1]!;
  return first > s ? -n : n;
}

/**
 * Whether b[s, e) is a number with decimals or an exponent, as `auto` takes it: such a one is a number however many digits it has,
 * so nothing else need be asked of its text.
 */
export function isDecimal(b: Buffer, s: number, e: number): boolean {
  let p = b[s] === 45 ? s + 1 : s;
  const first = p;
  while (p < e && isDigit(b[p])) p++;
  if (p === first || (b[first] === 48 && p > first + 1)) return false;
  let more = false;
  if (b[p] === 46) {
    const point = p++;
    while (p < e && isDigit(b[p])) p++;
    if (p === point + 1) return false;
    more = true;
  }
  if (p < e && (b[p] === 101 || b[p] === 69)) {
    p++;
    if (b[p] === 43 || b[p] === 45) p++;
    const power = p;
    while (p < e && isDigit(b[p])) p++;
    if (p === power) return false;
    more = true;
  }
  return more && p === e;
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 48 && c <= 57;
}

/** Whether a cell that begins with this byte is text for sure: no number, and not `true` or `false`. */
export function isText(c: number | undefined): boolean {
  if (c === undefined || c < 58) return false;
  return c !== 102 && c !== 116 && c !== 70 && c !== 84;
}
