import { type Decoder, type DecoderOutput, messageOf, parseJson, type Row } from '#stage';
import { trimEnd } from './skip.ts';
import type { SliceBuffer } from './value-reader.ts';

/** The record that is the line [p, e), by JSON.parse. Throws when it is none. */
export function wholeRow(b: Buffer, p: number, e: number): Row {
  if (b[p] === 0xef && b[p + 1] === 0xbb && b[p + 2] === 0xbf) p += 3;
  const row: unknown = parseJson((b as SliceBuffer).utf8Slice(p, e));
  if (row === null || typeof row !== 'object' || Array.isArray(row)) throw new TypeError('a record is an object');
  return row as Row;
}

/** Gives the line [p, e) to the engine as it is: as a record, or as a dead letter. */
export function acceptLine(out: DecoderOutput, b: Buffer, p: number, e: number, order: number): void {
  let row: Row;
  try {
    row = wholeRow(b, p, e);
  } catch (error) {
    out.malformed(Buffer.from(b.subarray(p, e)), `not a JSON object: ${messageOf(error)}`, order);
    return;
  }
  out.accept(row, order);
}

/** A decoder that takes every line whole. */
export function wholeLines(out: DecoderOutput): Decoder {
  return {
    decode(b, start, end, order, last) {
      let p = start;
      while (p < end) {
        let next = b.indexOf(10, p);
        if (next < 0 || next >= end) {
          if (!last) break;
          next = end;
        }
        const e = trimEnd(b, p, next);
        if (e > p) acceptLine(out, b, p, e, order + p - start);
        p = next + 1;
      }
      return Math.min(p, end);
    },
  };
}
