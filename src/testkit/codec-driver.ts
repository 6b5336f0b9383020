import { assert } from '../base/errors.ts';
import { Counters } from '../flow/counters.ts';
import { projector } from '../flow/relational-nodes.ts';
import { SourceInput } from '../flow/source-input.ts';
import { Bytes } from '../stage/bytes.ts';
import type { Decoder, RowProgram } from '../stage/codec.ts';
import type { CodecDefinition } from '../stage/definition.ts';
import type { At, Row } from '../stage/row.ts';
import type { SourceReader } from '../stage/source.ts';
import { materializeSync } from '../topology/options.ts';
import { type DeadLetter, DriverErrors, Letters, scopeOf, slot } from './letters.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What a decoder gave, in order. */
export interface Decoded {
  rows: Row[];
  /** The place of each row in its input. */
  orders: number[];
  /** Event times; 0 without a program that names one. */
  times: number[];
  /** Input that was no record, as bytes, and records that the program refused. */
  dead: DeadLetter[];
}

export interface DecodeOptions {
  /** The codec's options, as written. */
  options?: Record<string, unknown>;
  /** What the plan wants of each record. */
  program?: RowProgram;
  /** Where the input is cut into the pieces that are given; default: one piece. */
  cuts?: readonly number[];
  /** Decode from this byte on, as the reader of another part of a file does. A header is read all the same. */
  from?: number;
}

const NO_READER: SourceReader = { open() {}, poll: () => 'wait', positions: () => ({}) };

/** Decodes an input with a codec, in any pieces. What the codec leaves to the engine is done by the engine's own code. */
export function decode(
  definition: CodecDefinition<any>,
  input: string | Uint8Array,
  { options = {}, program = {}, cuts = [], from }: DecodeOptions = {},
): Decoded {
  assert(definition.decoder, 'the codec can read');
  const at: At = { time: Number.NaN, order: Number.NaN, key: null };
  const letters = new Letters(at);
  const got: Decoded = { rows: [], orders: [], times: [], dead: letters.all };
  const counters = new Counters(slot());
  const { filter, time, select } = program;
  const intake = new SourceInput({
    reader: NO_READER,
    intake: { filter, time, select: select && projector(select) },
    time: undefined,
    clockTime: true,
    clock: new VirtualClock(),
    at,
    head: {
      push(row) {
        got.rows.push(row);
        got.orders.push(at.order);
        got.times.push(at.time);
      },
    },
    errors: new DriverErrors(
      scopeOf(at, letters, () => {}),
      'codec',
      'dead-letter',
      counters,
    ),
    counters,
  });
  const out = intake.decoderOutput('0');
  const decoder = definition.decoder(materializeSync(definition.options, options), { program, out });
  const bytes = typeof input === 'string' ? Buffer.from(input) : Buffer.from(input);
  const begin = decoder.header?.(bytes, 0, bytes.length, true) ?? 0;
  feed(decoder, bytes, Math.max(begin, from ?? 0), cuts);
  return got;
}

/** Feeds bytes in pieces, as a source does: what was not consumed is given again, in front of the next piece. */
function feed(decoder: Decoder, bytes: Buffer, begin: number, cuts: readonly number[]): void {
  const ends = [...new Set([...cuts, bytes.length])].filter((cut) => cut > begin && cut <= bytes.length);
  ends.sort((a, b) => a - b);
  let from = begin;
  for (const [i, end] of ends.entries()) {
    // Another buffer each time, at another offset, with other bytes around it: nothing outside may be looked at in earnest.
    const pad = 1 + (i % 7);
    const held = Buffer.concat([Buffer.alloc(pad, '}\n"'), bytes.subarray(from, end), Buffer.alloc(i % 3, '"}\n')]);
    const last = i === ends.length - 1;
    const consumed = decoder.decode(held, pad, pad + end - from, from, last) - pad;
    assert(
      consumed >= 0 && consumed <= end - from,
      `decode consumes between 0 and ${end - from} bytes, not ${consumed}`,
    );
    from += consumed;
  }
  assert(
    from === bytes.length || begin >= bytes.length,
    `the last piece is consumed whole, not but for ${bytes.length - from} bytes`,
  );
}

/** Encodes records with a codec, header included. `fields` are the records' fields, when the plan would know them. */
export function encode(
  definition: CodecDefinition<any>,
  rows: readonly Row[],
  options: Record<string, unknown> = {},
  fields?: readonly string[],
): Buffer {
  assert(definition.encoder, 'the codec can write');
  // Small, so that it has to grow in the middle of records.
  const into = new Bytes(16);
  const encoder = definition.encoder(materializeSync(definition.options, options), fields ? { fields } : {});
  encoder.header?.(into);
  for (const row of rows) encoder.encode(row, into);
  return Buffer.from(into.view());
}
