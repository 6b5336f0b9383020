import { Packr, Unpackr } from 'msgpackr';
import { codec, type DecoderOutput, field, messageOf, type Row } from '#stage';

const SAMPLE = 64 * 1024;

/** MessagePack maps, one behind the other. */
export default codec({
  summary: 'MessagePack maps, one behind the other or each behind its length.',
  docs: `\`framing: none\` relies on each map saying itself where it ends; broken bytes then make the rest of the input one dead
letter. \`framing: length\` puts four bytes before each map, its length in big-endian order, and a broken map is one dead
letter. Whole numbers of 64 bits become numbers, beyond 2^53 rounded; timestamps become dates.`,
  since: '0.1.0',
  options: {
    framing: field.choice('What stands before each map.', ['none', 'length'], { default: 'none' }),
  },
  main: 'framing',
  cost: 'about 0.5 µs for a record of seven fields',
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
    const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number' });
    return {
      decode: (b, start, end, order, last) =>
        framing === 'length'
          ? framed(unpackr, out, b, start, end, order, last)
          : sequence(unpackr, out, b, start, end, order, last),
    };
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

type Decode = (
  unpackr: Unpackr,
  out: DecoderOutput,
  b: Buffer,
  start: number,
  end: number,
  order: number,
  last: boolean,
) => number;

const sequence: Decode = (unpackr, out, b, start, end, order, last) => {
  // The library keeps its place in variables of its module: it must be done before records go on their way.
  const values: unknown[] = [];
  const ends = [0];
  let problem: string | undefined;
  try {
    if (start < end) {
      unpackr.unpackMultiple(b.subarray(start, end), (value, _, behind) => {
        values.push(value);
        ends.push(behind!);
      });
    }
  } catch (error) {
    if (last || (error as { incomplete?: boolean }).incomplete !== true) problem = messageOf(error);
  }
  for (const [i, value] of values.entries()) {
    give(out, b, start + ends[i]!, start + ends[i + 1]!, value, order + ends[i]!);
  }
  const p = start + ends.at(-1)!;
  if (problem === undefined) return p;
  broken(out, b, p, end, problem, order + p - start);
  return end;
};

const framed: Decode = (unpackr, out, b, start, end, order, last) => {
  let p = start;
  while (end - p >= 4) {
    const behind = p + 4 + b.readUInt32BE(p);
    if (behind > end) break;
    let value: unknown;
    let problem: string | undefined;
    try {
      value = unpackr.unpack(b.subarray(p + 4, behind));
    } catch (error) {
      problem = messageOf(error);
    }
    if (problem === undefined) give(out, b, p + 4, behind, value, order + p - start);
    else broken(out, b, p, behind, problem, order + p - start);
    p = behind;
  }
  if (!last || p === end) return p;
  broken(out, b, p, end, 'the input ends within a record', order + p - start);
  return end;
};

function give(out: DecoderOutput, b: Buffer, s: number, e: number, value: unknown, order: number): void {
  const isMap = value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
  if (isMap) out.accept(value as Row, order);
  else broken(out, b, s, e, 'a record is a map', order);
}

function broken(out: DecoderOutput, b: Buffer, s: number, e: number, reason: string, order: number): void {
  out.malformed(Buffer.from(b.subarray(s, Math.min(e, s + SAMPLE))), reason, order);
}
