import { BackBits, bitsAt, longAt } from './back-bits.ts';
import { type FseTable, fseOf, fseOfOne, readFse } from './fse.ts';

/** What the codes for lengths stand for: where they begin, and how many bits follow. */
function codes(first: readonly number[], bits: readonly number[]): [Uint32Array, Uint8Array] {
  const starts = [...first];
  for (const [i, width] of bits.entries()) if (i + 1 >= first.length) starts[i + 1] = starts[i]! + 2 ** width;
  return [Uint32Array.from(starts), Uint8Array.from(bits)];
}
const zeros = (count: number) => new Array<number>(count).fill(0);
const upTo = (count: number, from: number) => Array.from({ length: count }, (_, i) => from + i);

const LITERAL_BITS = [...zeros(16), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const MATCH_BITS = [...zeros(32), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const [LITERAL_FROM, LITERAL_EXTRA] = codes(upTo(17, 0), LITERAL_BITS);
const [MATCH_FROM, MATCH_EXTRA] = codes(upTo(33, 3), MATCH_BITS);
const MOST_OFFSET_BITS = 30;

const PREDEFINED = {
  literal: fseOf(
    [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1],
    6,
  ),
  match: fseOf([1, 4, 3, 2, 2, 2, 2, 2, 2, ...new Array<number>(37).fill(1), -1, -1, -1, -1, -1, -1, -1], 6),
  offset: fseOf([1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1], 5),
};
const LIMITS = {
  literal: { accuracy: 9, symbols: 36 },
  match: { accuracy: 9, symbols: 53 },
  offset: { accuracy: 8, symbols: 32 },
};

/** Puts literals and matches behind each other. Throws a `RangeError` where there is none such. */
export type Copy = (literals: number, match: number, distance: number) => void;

/** The sequences of the blocks of a frame: how literals and matches follow each other. RFC 8878, 3.1.1.3.2. */
export class Sequences {
  #tables: { literal?: FseTable; match?: FseTable; offset?: FseTable } = {};
  /** The last three distances. */
  #first = 1;
  #second = 4;
  #third = 8;

  reset(): void {
    this.#tables = {};
    this.#first = 1;
    this.#second = 4;
    this.#third = 8;
  }

  read(b: Uint8Array, start: number, end: number, copy: Copy): void {
    const first = start < end ? (b[start] as number) : Number.NaN;
    const size = first < 128 ? 1 : first < 255 ? 2 : 3;
    if (!(start + size <= end)) throw new RangeError('a block is cut short');
    let count = first;
    if (size === 2) count = ((first - 128) << 8) | (b[start + 1] as number);
    if (size === 3) count = ((b[start + 1] as number) | ((b[start + 2] as number) << 8)) + 0x7f00;
    let at = start + size;
    if (count === 0) {
      if (at !== end) throw new RangeError('bytes behind a block');
      return;
    }
    const modes = b[at++] as number;
    if (at > end || (modes & 3) !== 0) throw new RangeError('the sequences of a block cannot be read');
    at = this.#table('literal', modes >> 6, b, at, end);
    at = this.#table('offset', (modes >> 4) & 3, b, at, end);
    at = this.#table('match', (modes >> 2) & 3, b, at, end);
    this.#run(count, new BackBits(b, at, end), copy);
  }

  #table(kind: 'literal' | 'match' | 'offset', mode: number, b: Uint8Array, at: number, end: number): number {
    let table = this.#tables[kind];
    let behind = at;
    if (mode === 0) table = PREDEFINED[kind];
    else if (mode === 1) {
      if (at >= end || (b[at] as number) >= LIMITS[kind].symbols) throw new RangeError('a code that there is not');
      table = fseOfOne(b[at] as number);
      behind++;
    } else if (mode === 2) [table, behind] = readFse(b, at, end, LIMITS[kind]);
    if (table === undefined) throw new RangeError('sequences without a table');
    this.#tables[kind] = table;
    return behind;
  }

  #run(count: number, bits: BackBits, copy: Copy): void {
    const { literal, match, offset } = this.#tables as Record<'literal' | 'match' | 'offset', FseTable>;
    let ofLiteral = bits.take(literal.accuracy);
    let ofOffset = bits.take(offset.accuracy);
    let ofMatch = bits.take(match.accuracy);
    const { bytes } = bits;
    // The place of the next bit, behind it. Within a sequence it may go before the first one, by less than what stands there.
    let at = bits.start * 8 + bits.left;
    for (let left = count - 1; ; left--) {
      const width = offset.symbols[ofOffset] as number;
      if (width > MOST_OFFSET_BITS) throw new RangeError('a match too far back');
      at -= width;
      const value = 2 ** width + (width > 24 ? longAt(bytes, at, width) : bitsAt(bytes, at, width));
      const matchCode = match.symbols[ofMatch] as number;
      const literalCode = literal.symbols[ofLiteral] as number;
      let matchLength = MATCH_FROM[matchCode] as number;
      let literals = LITERAL_FROM[literalCode] as number;
      // Of most codes no bits follow.
      if (matchCode > 31) {
        const extra = MATCH_EXTRA[matchCode] as number;
        at -= extra;
        matchLength += bitsAt(bytes, at, extra);
      }
      if (literalCode > 15) {
        const extra = LITERAL_EXTRA[literalCode] as number;
        at -= extra;
        literals += bitsAt(bytes, at, extra);
      }
      copy(literals, matchLength, this.#distance(value, literals));
      if (left === 0) break;
      // Two states at once: together they have 18 bits at most.
      const matchBits = match.bits[ofMatch] as number;
      const statesBits = (literal.bits[ofLiteral] as number) + matchBits;
      at -= statesBits;
      const both = bitsAt(bytes, at, statesBits);
      ofLiteral = (literal.bases[ofLiteral] as number) + (both >> matchBits);
      ofMatch = (match.bases[ofMatch] as number) + (both & ((1 << matchBits) - 1));
      const offsetBits = offset.bits[ofOffset] as number;
      at -= offsetBits;
      ofOffset = (offset.bases[ofOffset] as number) + bitsAt(bytes, at, offsetBits);
      if (at < bits.start * 8) break;
    }
    if (at !== bits.start * 8) throw new RangeError('sequences do not end where they should');
  }

  /** The last three distances have numbers of their own. */
  #distance(value: number, literals: number): number {
    const which = value > 3 ? 3 : literals === 0 ? value : value - 1;
    if (which === 0) return this.#first;
    let distance = this.#second;
    if (value > 3) distance = value - 3;
    else if (which === 2) distance = this.#third;
    else if (which === 3) distance = this.#first - 1;
    if (which > 1) this.#third = this.#second;
    this.#second = this.#first;
    this.#first = distance;
    return distance;
  }
}
