import { isUtf8 } from 'node:buffer';
import type { Decoder, DecoderOutput } from '#stage';

/** Why input is refused that no text can be made of without other characters in place of its own. */
export const NOT_UTF8 = 'it is not UTF-8';

/**
 * A decoder of lines that are UTF-8: other ones are dead letters and never reach `inner`. All lines at hand are checked in
 * one go, which takes next to nothing; one by one only where that finds something.
 */
export function utf8Lines(inner: Decoder, out: DecoderOutput): Decoder {
  return {
    decode(b, start, end, order, last) {
      // Behind the last line end a character may be cut.
      const whole = last ? end : b.lastIndexOf(10, end - 1) + 1;
      if (whole <= start) return start;
      if (isUtf8(b.subarray(start, whole))) return inner.decode(b, start, whole, order, last);
      let from = start;
      for (let p = start; p < whole; ) {
        const found = b.indexOf(10, p);
        const next = found < 0 || found >= whole ? whole : found + 1;
        const line = b.subarray(p, next);
        if (!isUtf8(line)) {
          if (from < p) inner.decode(b, from, p, order + from - start, last);
          out.malformed(Buffer.from(withoutEnd(line)), NOT_UTF8, order + p - start);
          from = next;
        }
        p = next;
      }
      if (from < whole) inner.decode(b, from, whole, order + from - start, last);
      return whole;
    },
  };
}

function withoutEnd(line: Buffer): Buffer {
  let end = line.length;
  if (line[end - 1] === 10) end--;
  if (line[end - 1] === 13) end--;
  return line.subarray(0, end);
}
