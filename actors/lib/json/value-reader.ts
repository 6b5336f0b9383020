import { parseJson } from '#stage';
import { FAIL, skipNested, skipScalar, skipText } from './skip.ts';

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const POWERS = Array.from({ length: 16 }, (_, i) => 10 ** i);

/** Node's fast slices, missing in its types. */
export type SliceBuffer = Buffer & {
  latin1Slice(s: number, e: number): string;
  utf8Slice(s: number, e: number): string;
};

/**
 * Reads single JSON values out of bytes, strictly: what JSON.parse refuses is refused. One per decoder, so that it can say
 * in `end` where a value ended without making an object for each.
 */
export class ValueReader {
  /** Behind the value last read, or FAIL. */
  end = 0;

  /** The value at p; it ends before e. */
  read(b: Buffer, p: number, e: number): unknown {
    switch (b[p]) {
      case 34:
        return this.text(b, p + 1, e);
      case 123:
      case 91:
        return this.#parse(b, p, skipNested(b, p, e));
      case 116:
        return this.#word(b, p, e, 'true', true);
      case 102:
        return this.#word(b, p, e, 'false', false);
      case 110:
        return this.#word(b, p, e, 'null', null);
      default:
        return this.number(b, p, e);
    }
  }

  /** The text whose first character is at p. */
  text(b: Buffer, p: number, e: number): unknown {
    const slices = b as SliceBuffer;
    let all = 0;
    for (let q = p; q < e; q++) {
      const c = b[q]!;
      if (c === 34) {
        this.end = q + 1;
        return all < 128 ? slices.latin1Slice(p, q) : slices.utf8Slice(p, q);
      }
      if (c === 92) return this.#parse(b, p - 1, skipText(b, p, e));
      if (c < 32) break;
      all |= c;
    }
    this.end = FAIL;
    return undefined;
  }

  #parse(b: Buffer, p: number, end: number): unknown {
    this.end = end;
    if (end < 0) return undefined;
    try {
      return parseJson((b as SliceBuffer).utf8Slice(p, end));
    } catch {
      this.end = FAIL;
      return undefined;
    }
  }

  #word<T>(b: Buffer, p: number, e: number, word: string, value: T): T {
    const end = skipScalar(b, p, e);
    this.end = (b as SliceBuffer).latin1Slice(p, Math.max(p, end)) === word ? end : FAIL;
    return value;
  }

  /** The number at p. */
  number(b: Buffer, p: number, e: number): number | undefined {
    let q = b[p] === 45 ? p + 1 : p;
    const first = q;
    let n = 0;
    let point = 0;
    let c = 0;
    for (; q < e; q++) {
      c = b[q]!;
      if (c >= 48 && c <= 57) n = n * 10 + (c - 48);
      else if (c === 46 && point === 0 && q > first) point = q;
      else break;
    }
    // Up to fifteen digits and a power of ten are exact, so is their quotient (Clinger). All else goes the long way.
    const digits = q - first;
    const plain = digits > 0 && digits <= 15 && (c === 44 || c === 125 || c === 93) && q < e && point !== q - 1;
    if (!plain || (b[first] === 48 && digits > 1 && point !== first + 1)) return this.#anyNumber(b, p, e);
    this.end = q;
    if (point > 0) n /= POWERS[q - point - 1]!;
    return first > p ? -n : n;
  }

  #anyNumber(b: Buffer, p: number, e: number): number {
    const end = skipScalar(b, p, e);
    const text = end < 0 ? '' : (b as SliceBuffer).latin1Slice(p, end);
    this.end = NUMBER.test(text) ? end : FAIL;
    return Number(text);
  }
}
