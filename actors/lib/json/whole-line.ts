import { type Decoder, type DecoderOutput, messageOf, type Row } from '#stage';
import { LineRows } from './line-rows.ts';
import { trimEnd } from './skip.ts';

/** Gives the line [p, e) to the engine as it is: as a record, or as a dead letter. */
export function acceptLine(out: DecoderOutput, rows: LineRows, b: Buffer, p: number, e: number, order: number): void {
  let row: Row;
  try {
    row = rows.row(b, p, e);
  } catch (error) {
    out.malformed(Buffer.from(b.subarray(p, e)), `not a JSON object: ${messageOf(error)}`, order);
    return;
  }
  out.accept(row, order);
}

/** A decoder that takes every line whole. */
export function wholeLines(out: DecoderOutput): Decoder {
  const rows = new LineRows();
  return {
    decode(b, start, end, order, last) {
      rows.begin();
      let p = start;
      while (p < end) {
        let next = b.indexOf(10, p);
        if (next < 0 || next >= end) {
          if (!last) break;
          next = end;
        }
        const e = trimEnd(b, p, next);
        if (e > p) acceptLine(out, rows, b, p, e, order + p - start);
        p = next + 1;
      }
      return Math.min(p, end);
    },
  };
}
