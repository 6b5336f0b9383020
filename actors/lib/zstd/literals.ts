import { BackBits } from './back-bits.ts';
import { decodeHuffman, type HuffmanTable, readHuffman } from './huffman.ts';

/** Bytes that a block unpacks to at most. */
export const BLOCK = 128 * 1024;

/** The literals of the blocks of a frame; a later block may use the table of an earlier one. RFC 8878, 3.1.1.3.1. */
export class Literals {
  readonly bytes = new Uint8Array(BLOCK);
  count = 0;
  #table: HuffmanTable | undefined;

  reset(): void {
    this.#table = undefined;
  }

  /** Takes the literals off the front of a block, and says where they end. Throws a `RangeError`. */
  read(b: Uint8Array, start: number, end: number): number {
    const head = b[start] as number;
    const kind = head & 3;
    const form = (head >> 2) & 3;
    const size = kind < 2 ? [1, 2, 1, 3][form]! : [3, 3, 4, 5][form]!;
    if (start + size > end) throw new RangeError('a block is cut short');
    let at = start + size;
    const number = (shift: number, count: number) => Math.floor(uint(b, start, size) / 2 ** shift) % 2 ** count;
    if (kind < 2) {
      this.count = form % 2 === 0 ? head >> 3 : number(4, 20);
      if (this.count > BLOCK || at + (kind === 0 ? this.count : 1) > end)
        throw new RangeError('literals are cut short');
      if (kind === 0) this.bytes.set(b.subarray(at, at + this.count));
      else this.bytes.fill(b[at] as number, 0, this.count);
      return at + (kind === 0 ? this.count : 1);
    }
    const width = [10, 10, 14, 18][form]!;
    this.count = number(4, width);
    const behind = at + number(4 + width, width);
    if (this.count > BLOCK || behind > end) throw new RangeError('literals are cut short');
    if (kind === 2) [this.#table, at] = readHuffman(b, at, behind);
    this.#unpack(b, at, behind, form === 0);
    return behind;
  }

  #unpack(b: Uint8Array, start: number, end: number, isOne: boolean): void {
    const table = this.#table;
    if (table === undefined) throw new RangeError('literals without a table');
    if (isOne) {
      decodeHuffman(table, new BackBits(b, start, end), this.bytes, 0, this.count);
      return;
    }
    const quarter = (this.count + 3) >> 2;
    let at = start + 6;
    for (let i = 0; i < 4; i++) {
      const behind = i === 3 ? end : at + uint(b, start + 2 * i, 2);
      if (behind > end || quarter * 3 > this.count) throw new RangeError('streams of literals are cut short');
      const to = i === 3 ? this.count : (i + 1) * quarter;
      decodeHuffman(table, new BackBits(b, at, behind), this.bytes, i * quarter, to);
      at = behind;
    }
  }
}

/** A whole number of several bytes, the lowest one first. */
export function uint(b: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + (b[at + i] as number);
  return value;
}
