import { type Decoder, regexProblem, WeirError } from '#stage';

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

/**
 * A decoder that calls `take` for every record b[s, e) of one line or several: a record begins with a line that `begins` matches,
 * and the lines up to the next such line are of it. The last one is whole only when the next has begun, or with `last`.
 */
export function multiLineDecoder(
  begins: RegExp,
  take: (b: TextBuffer, s: number, e: number, order: number) => void,
): Decoder {
  return {
    byLines: true,
    decode(b, start, end, order, last) {
      const give = (from: number, to: number) => {
        let e = to;
        while (e > from && (b[e - 1] === 10 || b[e - 1] === 13)) e--;
        if (e > from) take(b as TextBuffer, from, e, order + from - start);
      };
      let record = start;
      for (let line = start; line < end; ) {
        const found = b.indexOf(10, line);
        const isWhole = found >= 0 && found < end;
        if (!isWhole && !last) return record;
        const next = isWhole ? found + 1 : end;
        if (line > record && begins.test((b as TextBuffer).utf8Slice(line, isWhole ? found : end))) {
          give(record, line);
          record = line;
        }
        line = next;
      }
      if (!last) return record;
      give(record, end);
      return end;
    },
  };
}

/** A regular expression for the first line of a record. Throws `WEIR_REGEX`. */
export function firstLine(pattern: string): RegExp {
  const fault = (what: string) => new WeirError('WEIR_REGEX', `begins: '${pattern}': ${what}`);
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch (cause) {
    throw fault((cause as Error).message);
  }
  const problem = regexProblem(pattern, '');
  if (problem !== undefined) throw fault(problem.what);
  return expression;
}
