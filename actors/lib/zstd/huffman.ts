import { BackBits } from './back-bits.ts';
import { readFse } from './fse.ts';

const MOST_BITS = 11;

/** A table of Huffman codes: what the next `width` bits stand for, and how many of them. */
export interface HuffmanTable {
  readonly width: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
}

/** Reads a table, and gives it and what is behind it. Throws a `RangeError`. RFC 8878, 4.2.1. */
export function readHuffman(bytes: Uint8Array, start: number, end: number): [HuffmanTable, number] {
  const head = bytes[start] as number;
  const behind = start + 1 + (head < 128 ? head : (head - 126) >> 1);
  if (start >= end || behind > end) throw new RangeError('a table of literals is cut short');
  const weights = head < 128 ? packedWeights(bytes, start + 1, behind) : plainWeights(bytes, start + 1, head - 127);
  return [tableOf(weights), behind];
}

function plainWeights(bytes: Uint8Array, start: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => ((bytes[start + (i >> 1)] as number) >> (i % 2 === 0 ? 4 : 0)) & 15);
}

function packedWeights(bytes: Uint8Array, start: number, end: number): number[] {
  const [table, behind] = readFse(bytes, start, end, { accuracy: 6, symbols: 16 });
  const bits = new BackBits(bytes, behind, end);
  const states = [bits.take(table.accuracy), bits.take(table.accuracy)];
  const weights: number[] = [];
  // Two states take turns; when the bits are at their end the other one's symbol is the last.
  for (let turn = 0; weights.length < 255; turn = 1 - turn) {
    const state = states[turn] as number;
    weights.push(table.symbols[state] as number);
    states[turn] = (table.bases[state] as number) + bits.take(table.bits[state] as number);
    if (bits.left < 0) {
      weights.push(table.symbols[states[1 - turn] as number] as number);
      return weights;
    }
  }
  throw new RangeError('a table of literals has too many symbols');
}

function tableOf(weights: number[]): HuffmanTable {
  let sum = 0;
  for (const weight of weights) sum += weight === 0 ? 0 : 2 ** (weight - 1);
  const width = sum === 0 ? 99 : 32 - Math.clz32(sum);
  const left = 2 ** width - sum;
  if (width > MOST_BITS || weights.length > 255 || (left & (left - 1)) !== 0) {
    throw new RangeError('a table of literals does not add up');
  }
  const all = [...weights, 32 - Math.clz32(left)];
  const table = { width, symbols: new Uint8Array(1 << width), bits: new Uint8Array(1 << width) };
  let at = 0;
  for (let weight = 1; weight <= width; weight++) {
    for (const [symbol, own] of all.entries()) {
      if (own !== weight) continue;
      const behind = at + (1 << (weight - 1));
      table.symbols.fill(symbol, at, behind);
      table.bits.fill(width + 1 - weight, at, behind);
      at = behind;
    }
  }
  return table;
}

/** Decodes one stream, of as many symbols as `into[from, to)` has room for. Throws a `RangeError`. */
export function decodeHuffman(
  { width, symbols, bits }: HuffmanTable,
  stream: BackBits,
  into: Uint8Array,
  from: number,
  to: number,
): void {
  for (let i = from; i < to && stream.left >= 0; i++) {
    const code = stream.peek(width);
    into[i] = symbols[code] as number;
    stream.left -= bits[code] as number;
  }
  if (stream.left !== 0) throw new RangeError('a stream of literals does not end where it should');
}
