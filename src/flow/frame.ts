import { Packr } from 'msgpackr';
import { assert } from '../base/errors.ts';
import type { Row } from '../stage/row.ts';
import { Batch, type Message } from './batch.ts';

// Without shared structures the definitions of records stand in each frame. Buffers are copied out of the frame, which is
// valid during the call only.
const packr = new Packr({ useRecords: true, moreTypes: true, copyBuffers: true });

const BATCH = 1;
const WATERMARK = 2;
const BARRIER = 3;
const END = 4;
const IDLE = 5;
const CREDIT = 6;

/** A message, or the other end's word that it has taken bytes in. */
export type Frame = { message: Message } | { credit: number };

/** Puts messages of one channel into frames and back. Both ends are made from the same plan. */
export interface FrameCodec {
  encode(message: Message): Uint8Array;
  decode(frame: Uint8Array): Frame;
}

/**
 * Records of known fields travel by columns: numbers as they lie in memory, the rest as one msgpack array a column, so that
 * neither end looks up a field name. Others travel by rows, with msgpackr's record structures embedded in each frame (shared
 * ones would grow apart between threads).
 */
export function frameCodec(fields: readonly string[] | undefined): FrameCodec {
  const columns = fields === undefined ? undefined : new Columns(fields);
  return {
    encode(message) {
      if (!(message instanceof Batch)) return encodeSignal(message);
      const body = columns ? columns.take(message.rows) : message.rows;
      const { times, orders, keys } = message;
      const packed = packr.pack([floats(times), floats(orders), keysOut(keys), body]);
      const frame = new Uint8Array(packed.length + 1);
      frame[0] = BATCH;
      frame.set(packed, 1);
      return frame;
    },
    decode(frame) {
      if (frame[0] !== BATCH) return decodeSignal(frame);
      const [times, orders, keys, body] = packr.unpack(frame.subarray(1)) as [Uint8Array, Uint8Array, unknown, unknown];
      const batch = new Batch();
      batch.times = numbers(times);
      batch.orders = numbers(orders);
      batch.keys = keysIn(keys);
      batch.rows = columns ? columns.give(body as unknown[], batch.times.length) : (body as Row[]);
      return { message: batch };
    },
  };
}

/** A frame that gives credit back. */
export function encodeCredit(bytes: number): Uint8Array {
  return number(CREDIT, bytes);
}

function encodeSignal(signal: Exclude<Message, Batch>): Uint8Array {
  if (signal.kind === 'watermark') return number(WATERMARK, signal.time);
  if (signal.kind === 'barrier') return number(BARRIER, signal.epoch);
  return Uint8Array.of(signal.kind === 'end' ? END : IDLE);
}

function decodeSignal(frame: Uint8Array): Frame {
  const value = () => new DataView(frame.buffer, frame.byteOffset).getFloat64(1);
  switch (frame[0]) {
    case WATERMARK:
      return { message: { kind: 'watermark', time: value() } };
    case BARRIER:
      return { message: { kind: 'barrier', epoch: value() } };
    case END:
      return { message: { kind: 'end' } };
    case IDLE:
      return { message: { kind: 'idle' } };
    default:
      assert(frame[0] === CREDIT, 'a frame of a known kind');
      return { credit: value() };
  }
}

function number(kind: number, value: number): Uint8Array {
  const frame = new Uint8Array(9);
  frame[0] = kind;
  new DataView(frame.buffer).setFloat64(1, value);
  return frame;
}

function floats(values: ArrayLike<number>): Uint8Array {
  return new Uint8Array(new Float64Array(values).buffer);
}

function numbers(bytes: Uint8Array): Float64Array {
  // Copied, since bytes inside a frame start anywhere and an array of doubles only at multiples of eight.
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return new Float64Array(copy.buffer);
}

function keysOut(keys: Batch['keys']): unknown {
  if (keys.length === 0) return null;
  return allNumbers(keys) ? floats(keys) : keys;
}

function keysIn(keys: unknown): Batch['keys'] {
  if (keys === null) return [];
  return Array.isArray(keys) ? keys : numbers(keys as Uint8Array);
}

function allNumbers(values: ArrayLike<unknown>): values is ArrayLike<number> {
  for (let i = 0; i < values.length; i++) if (typeof values[i] !== 'number') return false;
  return true;
}

type MakeRow = (columns: ArrayLike<unknown>[], i: number) => Row;

/** Takes records of known fields apart into columns and puts them together again with one shape. */
class Columns {
  readonly #take: ((rows: Row[]) => unknown[])[];
  readonly #make: MakeRow;

  constructor(fields: readonly string[]) {
    this.#take = fields.map((name) => {
      const key = JSON.stringify(name);
      // One function per field, so that each reads one property of one shape.
      return new Function(
        'rows',
        `const n = rows.length, column = new Array(n); for (let i = 0; i < n; i++) column[i] = rows[i][${key}]; return column;`,
      ) as (rows: Row[]) => unknown[];
    });
    const body = fields.map((name, j) => `${JSON.stringify(name)}: c[${j}][i]`).join(', ');
    this.#make = new Function('c', 'i', `return { ${body} };`) as MakeRow;
  }

  take(rows: Row[]): unknown[] {
    return this.#take.map((take) => {
      const column = take(rows);
      return allNumbers(column) ? floats(column) : column;
    });
  }

  give(body: unknown[], length: number): Row[] {
    const columns = body.map((column) => (Array.isArray(column) ? column : numbers(column as Uint8Array)));
    const rows = new Array<Row>(length);
    for (let i = 0; i < length; i++) rows[i] = this.#make(columns, i);
    return rows;
  }
}
