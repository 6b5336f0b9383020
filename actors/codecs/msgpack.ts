import { Packr, Unpackr } from 'msgpackr';
import { codec, type Decoder, type DecoderOutput, field, messageOf, plainOf, type Row } from '#stage';

/** Kept of broken bytes, for their dead letter. */
const SAMPLE = 4 * 1024;

/** Values that are no maps, one behind the other, are one dead letter up to this. */
const LONGEST_RUN = 64 * 1024;

/** MessagePack maps, one behind the other. */
export default codec({
  summary: 'MessagePack maps, one behind the other or each behind its length.',
  docs: `\`framing: none\` relies on each map saying itself where it ends; broken bytes then make the rest of the input one dead
letter. Values that are no maps, such as the characters of a text, are one dead letter for each run of them, or for each 64 KiB;
the run ends with a map whose first key is a text. \`framing: length\` puts four bytes before each map, its length in big-endian order, and a broken map is one dead
letter; so is a run of lengths that are 0. Bytes of a text that are not UTF-8 become U+FFFD, whole numbers of 64 bits become numbers, beyond 2^53 rounded; timestamps become dates, binary data bytes,
and of extensions sets and arrays of numbers lists. A map with another extension, such as an error, is a dead letter.`,
  since: '0.1.0',
  options: {
    framing: field.choice('What stands before each map.', ['none', 'length'], { default: 'none' }),
  },
  main: 'framing',
  cost: 'about 1 µs for a record of seven fields',
  references: ['https://github.com/msgpack/msgpack/blob/master/spec.md'],
  examples: [
    {
      title: 'what is written is read back',
      given: [{ a: 1 }, { a: [true, null] }],
      expect: [{ a: 1 }, { a: [true, null] }],
    },
  ],
  splittable: false,
  decoder({ framing }, { out }) {
    const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number', copyBuffers: true });
    return framing === 'length' ? framed(unpackr, out) : sequence(unpackr, out);
  },
  encoder({ framing }) {
    const packr = new Packr({
      useRecords: false,
      variableMapSize: true,
      encodeUndefinedAsNil: true,
      largeBigIntToFloat: true,
    });
    return {
      encode(row, into) {
        const bytes = packr.pack(row);
        if (framing === 'length') {
          const at = into.reserve(4);
          into.buffer.writeUInt32BE(bytes.length, at);
          into.length += 4;
        }
        into.append(bytes);
      },
    };
  },
});

/** Maps that say themselves where they end. Behind broken bytes none can be found any more. */
function sequence(unpackr: Unpackr, out: DecoderOutput): Decoder {
  let isBroken = false;
  return {
    decode(b, start, end, order, last) {
      if (isBroken || start === end) {
        isBroken &&= !last;
        return end;
      }
      // The library keeps its place in variables of its module: it must be done before records go on their way.
      const values: unknown[] = [];
      const ends = [0];
      let problem: string | undefined;
      try {
        unpackr.unpackMultiple(b.subarray(start, end), (value, _, behind) => {
          values.push(value);
          ends.push(behind!);
        });
      } catch (error) {
        if (last || (error as { incomplete?: boolean }).incomplete !== true) problem = messageOf(error);
      }
      /** Where the run of values begins that are no records. */
      let run: number | undefined;
      for (const [i, value] of values.entries()) {
        const from = ends[i]!;
        const to = ends[i + 1]!;
        if (run === undefined ? isMap(value) : isMap(value) && beginsWithText(b, start + from)) {
          if (run !== undefined) broken(out, b, start + run, start + from, NO_MAP, order + run);
          run = undefined;
          give(out, b, start + from, start + to, value, order + from);
        } else {
          run ??= from;
          if (to - run < LONGEST_RUN) continue;
          broken(out, b, start + run, start + to, NO_MAP, order + run);
          run = undefined;
        }
      }
      const p = start + (run ?? ends.at(-1)!);
      if (problem === undefined && last && p < end) problem = NO_MAP;
      // What is kept of a run or of broken bytes does not depend on how they come.
      if (problem === undefined || (!last && end - p < SAMPLE)) return p;
      broken(out, b, p, end, problem, order + p - start);
      isBroken = !last;
      return end;
    },
  };
}

/** Where the lengths of 0 from p on end, at most {@link LONGEST_RUN} bytes of them; undefined when more may follow. */
function zerosEnd(b: Buffer, p: number, end: number): number | undefined {
  for (let to = p; ; to += 4) {
    if (to - p >= LONGEST_RUN) return to;
    if (end - to < 4) return undefined;
    if (b.readUInt32BE(to) !== 0) return to;
  }
}

/** Maps behind their lengths. */
function framed(unpackr: Unpackr, out: DecoderOutput): Decoder {
  return {
    decode(b, start, end, order, last) {
      let p = start;
      while (end - p >= 4) {
        const behind = p + 4 + b.readUInt32BE(p);
        if (behind > end) break;
        if (behind === p + 4) {
          const to = zerosEnd(b, p, end);
          // More of them may follow.
          if (to === undefined && !last) return p;
          broken(out, b, p, to ?? end, 'a record of no bytes', order + p - start);
          p = to ?? end;
          continue;
        }
        let value: unknown;
        let problem: string | undefined;
        try {
          value = unpackr.unpack(b.subarray(p + 4, behind));
        } catch (error) {
          problem = messageOf(error);
        }
        if (problem === undefined && !isMap(value)) problem = NO_MAP;
        if (problem === undefined) give(out, b, p + 4, behind, value, order + p - start);
        else broken(out, b, p, behind, problem, order + p - start);
        p = behind;
      }
      if (!last || p === end) return p;
      broken(out, b, p, end, 'the input ends within a record', order + p - start);
      return end;
    },
  };
}

const NO_MAP = 'a record is a map';

function isMap(value: unknown): boolean {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
}

/** Whether the map at p has a text as its first key, as records do: among bytes of something else that is seldom so. */
function beginsWithText(b: Buffer, p: number): boolean {
  const head = b[p]!;
  const key = b[p + (head === 0xde ? 3 : head === 0xdf ? 5 : 1)]!;
  return head !== 0x80 && ((key >= 0xa0 && key <= 0xbf) || (key >= 0xd9 && key <= 0xdb));
}

function give(out: DecoderOutput, b: Buffer, s: number, e: number, value: unknown, order: number): void {
  let row: Row;
  try {
    // Extensions of the library can be anything: sets, errors, values that hold themselves.
    row = (isFlat(value as Row) ? value : plainOf(value)) as Row;
    if (b.subarray(s, e).includes('__proto__') && hasOwn(value, '__proto_')) {
      throw new TypeError('a field may not be named __proto__');
    }
  } catch (error) {
    broken(out, b, s, e, messageOf(error), order);
    return;
  }
  out.accept(row, order);
}

/** Whether all fields are scalars, as of most records: what is decoded of those is plain. */
function isFlat(row: Row): boolean {
  for (const name in row) if (typeof row[name] === 'object' && row[name] !== null) return false;
  return true;
}

function broken(out: DecoderOutput, b: Buffer, s: number, e: number, reason: string, order: number): void {
  out.malformed(Buffer.from(b.subarray(s, Math.min(e, s + SAMPLE))), reason, order);
}

/** Whether some object in it has this field: the library's name for `__proto__`. */
function hasOwn(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, name) || Object.values(value).some((inner) => hasOwn(inner, name));
}
