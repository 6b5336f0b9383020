import { isUtf8 } from 'node:buffer';

/** Levels that values lie in each other at most. */
const DEEPEST = 200;
/** Items beyond one for each byte: those of no bytes, such as null. */
const FREE_ITEMS = 65_536;

/** Bytes that are no value of their schema. */
export class AvroFault extends Error {
  /** The bytes end before the value does. */
  readonly isShort: boolean;

  constructor(what: string, isShort = false) {
    super(what);
    this.isShort = isShort;
  }
}

/** Reads the primitives of Avro. Throws {@link AvroFault}; neither time nor memory goes beyond what the bytes could hold. */
export class AvroReader {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;
  #depth = 0;
  #items: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.#items = end - start + FREE_ITEMS;
  }

  take(count: number): number {
    const from = this.at;
    if (count > this.end - from) throw new AvroFault('it is cut short', true);
    this.at = from + count;
    return from;
  }

  byte(): number {
    return this.bytes[this.take(1)] as number;
  }

  /** Whole numbers up to 2^53 as numbers, others as bigints. */
  long(): number | bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      low |= (byte & 127) << shift;
      if (byte < 128) return (low >>> 1) ^ -(low & 1);
    }
    let big = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      big |= BigInt(byte & 127) << shift;
      if (byte < 128) {
        if (big >> 64n !== 0n) break;
        const value = (big >> 1n) ^ -(big & 1n);
        const number = Number(value);
        return Number.isSafeInteger(number) ? number : value;
      }
    }
    throw new AvroFault('a number has more than 64 bits');
  }

  /** A length, or a number of items. */
  count(): number {
    const count = this.long();
    if (typeof count === 'bigint' || count < 0) throw new AvroFault('a length that there is not');
    return count;
  }

  slice(): Buffer {
    const size = this.count();
    const from = this.take(size);
    return this.bytes.subarray(from, from + size);
  }

  text(): string {
    const slice = this.slice();
    const text = slice.toString('utf8');
    if (text.includes('\ufffd') && !isUtf8(slice)) throw new AvroFault('a text is not UTF-8');
    return text;
  }

  /** Runs `item` for each item of an array or map. */
  items(item: () => void): void {
    for (;;) {
      let count = this.long();
      if (count === 0) return;
      if (count < 0) {
        count = -count as number;
        this.count();
      }
      if (count > this.#items)
        throw new AvroFault('a list of more items than there are bytes', this.#isLikelyCut(count));
      this.#items -= count as number;
      for (let i = 0; i < (count as number); i++) item();
    }
  }

  /** With more bytes it could be a list yet; not with any that may come. */
  #isLikelyCut(count: number | bigint): boolean {
    return count < 2 ** 30;
  }

  enter(): void {
    if (++this.#depth > DEEPEST) throw new AvroFault(`values lie in each other deeper than ${DEEPEST}`);
  }

  leave(): void {
    this.#depth--;
  }
}
