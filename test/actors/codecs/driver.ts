import type { CodecDefinition, Decoder, DecoderOutput, Row, RowProgram } from '#stage';
import { Bytes } from '#stage';
import { parseExpression } from '../../../src/expr/expression.ts';

/** What a decoder gave out, in order. */
export interface Decoded {
  rows: Row[];
  times: number[];
  orders: number[];
  malformed: { input: string; reason: string; order: number }[];
  skipped: number;
}

/** Keeps what a decoder gives out; runs the program over records that it did not run it over, as the engine does. */
export class Collector implements DecoderOutput {
  /** Records that the decoder left to the engine. */
  accepted = 0;
  readonly got: Decoded = { rows: [], times: [], orders: [], malformed: [], skipped: 0 };
  readonly #program: RowProgram;

  constructor(program: RowProgram = {}) {
    this.#program = program;
  }

  accept(row: Row, order: number): void {
    this.accepted++;
    const { filter, time, select } = this.#program;
    const at = { time: Number.NaN, order, key: null };
    try {
      if (filter && !filter.evaluate(row, at)) {
        this.got.skipped++;
        return;
      }
      const value = time?.evaluate(row, at);
      const made =
        select && Object.fromEntries(select.names.map((n, i) => [n, select.expressions[i]!.evaluate(row, at)]));
      this.emit(
        made ?? row,
        typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN,
        order,
      );
    } catch (error) {
      this.malformed(Buffer.from(JSON.stringify(row)), String((error as { code?: string }).code), order);
    }
  }

  emit(row: Row, time: number, order: number): void {
    this.got.rows.push(row);
    this.got.times.push(time);
    this.got.orders.push(order);
  }

  skipped(count: number): void {
    this.got.skipped += count;
  }

  malformed(input: Uint8Array, reason: string, order: number): void {
    this.got.malformed.push({ input: Buffer.from(input).toString(), reason, order });
  }
}

/** A program from expression texts. */
export function program(spec: {
  fields?: string[];
  filter?: string;
  time?: string;
  select?: Record<string, string>;
}): RowProgram {
  const { fields, filter, time, select } = spec;
  const expression = (text: string | undefined) => (text === undefined ? undefined : parseExpression(text));
  const all = [filter, time, ...Object.values(select ?? {})].flatMap((text) => expression(text)?.fields ?? []);
  const paths = [...(fields ?? []).map((path) => path.split('.')), ...all];
  const distinct = [...new Map(paths.map((path) => [path.join('\n'), path])).values()];
  return {
    fields: fields || select ? distinct : undefined,
    filter: expression(filter),
    time: expression(time),
    select: select && {
      names: Object.keys(select),
      expressions: Object.values(select).map((text) => parseExpression(text)),
    },
  };
}

/** Feeds bytes in pieces, as a source does: what was not consumed is given again, in front of the next piece. */
export function feed(decoder: Decoder, bytes: Buffer, cuts: readonly number[] = [], order = 0): void {
  const ends = [...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
  let from = 0;
  for (const [i, end] of ends.entries()) {
    // Another buffer each time, at another offset, with other bytes around: nothing outside may be looked at in earnest.
    const pad = 1 + (i % 7);
    const held = Buffer.concat([Buffer.alloc(pad, '}\n"'), bytes.subarray(from, end), Buffer.alloc(i % 3, '"}\n')]);
    const last = i === ends.length - 1;
    const consumed = decoder.decode(held, pad, pad + end - from, order + from, last) - pad;
    if (consumed < 0 || consumed > end - from) throw new Error(`consumed ${consumed} of ${end - from}`);
    from += consumed;
  }
  if (from !== bytes.length) throw new Error(`${bytes.length - from} bytes were left over`);
}

/** Decodes a text or bytes with a codec. `alone`: the decoder must leave no record to the engine. */
export function decode(
  definition: CodecDefinition<any>,
  input: string | Buffer,
  options: { options?: object; program?: RowProgram; cuts?: number[]; alone?: boolean } = {},
): Decoded {
  const { options: made = {}, program: plan = {}, cuts = [], alone = false } = options;
  const out = new Collector(plan);
  feed(definition.decoder!(made as never, { program: plan, out }), Buffer.from(input as string), cuts);
  if (alone && out.accepted > 0) throw new Error(`${out.accepted} records were left to the engine`);
  return out.got;
}

/** Encodes records with a codec, header included. */
export function encode(
  definition: CodecDefinition<any>,
  rows: readonly Row[],
  options = {},
  fields?: string[],
): Buffer {
  const into = new Bytes(16);
  const encoder = definition.encoder!(options as never, { fields });
  encoder.header?.(into);
  for (const row of rows) encoder.encode(row, into);
  return Buffer.from(into.view());
}
