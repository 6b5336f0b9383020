import type { Decoder } from '#stage';

/** Node's fast slice, missing in its types. */
export type TextBuffer = Buffer & { utf8Slice(s: number, e: number): string };

/**
 * A decoder that calls `take` for every line b[s, e), without its line feed and the carriage return before it. Empty lines
 * are passed over.
 */
export function lineDecoder(take: (b: TextBuffer, s: number, e: number, order: number) => void): Decoder {
  return {
    decode(b, start, end, order, last) {
      let p = start;
      while (p < end) {
        let next = b.indexOf(10, p);
        if (next < 0 || next >= end) {
          if (!last) return p;
          next = end;
        }
        const e = next > p && b[next - 1] === 13 ? next - 1 : next;
        if (e > p) take(b as TextBuffer, p, e, order + p - start);
        p = next + 1;
      }
      return Math.min(p, end);
    },
  };
}
