import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { damaged, readVarint, within } from './damage.ts';

const number = { value: 0, end: 0 };

/** Checks `count` whole numbers that are packed as differences: the library makes room as the header says. Throws for damage. */
export function checkDeltas(bytes: Uint8Array, from: number, count: number): void {
  let at = varint(bytes, from);
  const block = within(number.value, 1, 2 ** 20, 'the block of a delta encoding');
  at = varint(bytes, at);
  const parts = within(number.value, 1, 1024, 'the parts of a block of a delta encoding');
  if (block % (parts * 32) !== 0) damaged(`a delta encoding has ${parts} parts to a block of ${block}`);
  at = longEnd(bytes, varint(bytes, at));
  const each = block / parts;
  for (let seen = 1; seen < count; ) {
    const widths = longEnd(bytes, at);
    at = widths + parts;
    if (at > bytes.length) damaged('a delta encoding ends too early');
    // What stands in a block behind the last number is nobody's.
    for (let part = 0; part < parts && seen < count; part++) {
      at += (each * within(bytes[widths + part], 0, 64, 'the bits of a number in a delta encoding')) / 8;
      seen += each;
    }
  }
}

/**
 * Checks `count` byte arrays that begin as the one before, and gives their length in all: it may be far more than the page has, as the
 * library copies each beginning. Unpacks the lengths, not the bytes. Throws for damage.
 */
export function lengthOfPrefixed(bytes: Uint8Array, from: number, count: number, most: number): number {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: from };
  const prefixes = new Int32Array(count);
  const suffixes = new Int32Array(count);
  for (const lengths of [prefixes, suffixes]) {
    checkDeltas(bytes, reader.offset, count);
    deltaBinaryUnpack(reader, count, lengths);
  }
  let sum = 0;
  let before = 0;
  for (let i = 0; i < count; i++) {
    const prefix = within(prefixes[i]!, 0, before, 'what a text shares with the one before');
    before = prefix + within(suffixes[i]!, 0, bytes.length, 'the length of a text');
    sum += before;
    if (sum > most) damaged(`the texts of a page have more than ${most} bytes`);
  }
  return sum;
}

function varint(bytes: Uint8Array, at: number): number {
  readVarint(bytes, at, bytes.length, number);
  return number.end;
}

/** The place behind a number of 64 bits. */
function longEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at < from + 10 && at < bytes.length; ) if (bytes[at++]! < 0x80) return at;
  return damaged('a number of a delta encoding is too long');
}
