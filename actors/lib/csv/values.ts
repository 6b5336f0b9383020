import type { TextBuffer } from '../text/lines.ts';

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

/** The whole number of up to 15 digits in b[s, e), without a text in between; undefined for anything else. */
export function smallInteger(b: TextBuffer, s: number, e: number): number | undefined {
  const first = b[s] === 45 ? s + 1 : s;
  if (e - first > 15 || e === first || (b[first] === 48 && e - first > 1)) return undefined;
  let n = 0;
  for (let p = first; p < e; p++) {
    const d = b[p]! - 48;
    if (d < 0 || d > 9) return undefined;
    n = n * 10 + d;
  }
  return first > s ? -n : n;
}
