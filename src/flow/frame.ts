import { Packr } from 'msgpackr';
import { assert } from '../base/errors.ts';
import type { Row } from '../stage/row.ts';
import { Batch, type Leader, type Message } from './batch.ts';

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
  /** The frame is valid until the next call. */
  encode(message: Message): Uint8Array;
  decode(frame: Uint8Array): Frame;
}

/** Kind, records, how keys travel, which columns are numbers (a bit each): four words of 32 bits. */
const HEADER = 16;
const [NO_KEYS, NUMBER_KEYS, OTHER_KEYS] = [0, 1, 2];
/** Added to the way of the keys when the list of retractions comes first in the packed part. */
const RETRACTIONS = 4;
/** As many columns have a bit; those behind travel as lists. */
const MAX_NUMBER_COLUMNS = 32;

/**
 * Records of known fields travel by columns: numbers as they lie in memory, the rest as one msgpack list a column, so that
 * neither end looks up a field name. Others travel by rows, with msgpackr's record structures embedded in each frame (shared
 * ones would grow apart between threads). Numbers come first and lie on multiples of eight bytes: V8 copies whole words only
 * between places that are aligned alike.
 */
export function frameCodec(fields: readonly string[] | undefined): FrameCodec {
  const columns = fields?.map(columnOf);
  const make = fields && makerOf(fields);
  let scratch = new ArrayBuffer(1 << 16);

  const encode = (batch: Batch): Uint8Array => {
    const { rows, times, orders, keys, retractions } = batch;
    const n = rows.length;
    const most = HEADER + (3 + (columns?.length ?? 0)) * n * 8;
    if (scratch.byteLength < most) scratch = new ArrayBuffer(most * 2);
    const numbers = new Float64Array(scratch, HEADER);
    numbers.set(times, 0);
    numbers.set(orders, n);
    let filled = 2 * n;
    let keyKind = keys.length === 0 ? NO_KEYS : OTHER_KEYS;
    if (keyKind === OTHER_KEYS && fill(keys, numbers, filled)) {
      keyKind = NUMBER_KEYS;
      filled += n;
    }
    let bits = 0;
    const rest: unknown[] = keyKind === OTHER_KEYS ? [keys] : [];
    const retracts = retractions.length > 0;
    if (retracts) rest.unshift(retractions);
    if (columns === undefined) rest.push(rows);
    else {
      for (let j = 0; j < columns.length; j++) {
        const column = columns[j] as Column;
        if (j < MAX_NUMBER_COLUMNS && column.fill(rows, numbers, filled)) {
          bits |= 1 << j;
          filled += n;
        } else rest.push(column.list(rows));
      }
    }
    const end = HEADER + filled * 8;
    const packed = rest.length === 0 ? undefined : packr.pack(rest);
    const length = end + (packed?.length ?? 0);
    if (scratch.byteLength < length) scratch = grown(scratch, end, length * 2);
    new Uint32Array(scratch, 0, 4).set([BATCH, n, keyKind + (retracts ? RETRACTIONS : 0), bits]);
    const frame = new Uint8Array(scratch, 0, length);
    if (packed) frame.set(packed, end);
    return frame;
  };

  const decode = (frame: Uint8Array): Batch => {
    const [, n = 0, flags = 0, bits = 0] = new Uint32Array(
      frame.buffer.slice(frame.byteOffset, frame.byteOffset + HEADER),
    );
    const keyKind = flags % RETRACTIONS;
    let at = frame.byteOffset + HEADER;
    const next = () => {
      const numbers = new Float64Array(frame.buffer.slice(at, at + n * 8));
      at += n * 8;
      return numbers;
    };
    const batch = new Batch();
    batch.times = next();
    batch.orders = next();
    if (keyKind === NUMBER_KEYS) batch.keys = next();
    const list: (ArrayLike<unknown> | undefined)[] = (columns ?? []).map((_, j) => {
      return j < MAX_NUMBER_COLUMNS && bits & (1 << j) ? next() : undefined;
    });
    const packed = frame.subarray(at - frame.byteOffset);
    const rest = packed.length === 0 ? [] : (packr.unpack(packed) as unknown[]);
    if (flags >= RETRACTIONS) batch.retractions = rest.shift() as number[];
    if (keyKind === OTHER_KEYS) batch.keys = rest.shift() as Batch['keys'];
    if (make === undefined) batch.rows = rest[0] as Row[];
    else {
      const all = list.map((column) => column ?? (rest.shift() as unknown[]));
      const rows = new Array<Row>(n);
      for (let i = 0; i < n; i++) rows[i] = make(all, i);
      batch.rows = rows;
    }
    return batch;
  };

  return {
    encode: (message) => (message instanceof Batch ? encode(message) : encodeSignal(message)),
    decode: (frame) => (frame[0] === BATCH ? { message: decode(frame) } : decodeSignal(frame)),
  };
}

/** How the values of one field leave their records. */
interface Column {
  /** Writes them as numbers from `at` on; false when one of them is none. */
  fill(rows: readonly Row[], into: Float64Array, at: number): boolean;
  list(rows: readonly Row[]): unknown[];
}

/** One function per field, so that each reads one property of one shape. */
function columnOf(name: string): Column {
  const value = `rows[i][${JSON.stringify(name)}]`;
  const loop = 'for (let i = 0; i < rows.length; i++)';
  return {
    fill: new Function(
      'rows',
      'into',
      'at',
      `${loop} { const v = ${value}; if (typeof v !== 'number') return false; into[at + i] = v; } return true;`,
    ) as Column['fill'],
    list: new Function('rows', `const list = []; ${loop} list.push(${value}); return list;`) as Column['list'],
  };
}

type MakeRow = (columns: readonly ArrayLike<unknown>[], i: number) => Row;

/** Puts records of known fields together again, all with one shape. */
function makerOf(fields: readonly string[]): MakeRow {
  // `__proto__` is a field only as a computed name, which is slower, so the others are not.
  const key = (name: string) => (name === '__proto__' ? '["__proto__"]' : JSON.stringify(name));
  const body = fields.map((name, j) => `${key(name)}: c[${j}][i]`).join(', ');
  return new Function('c', 'i', `return { ${body} };`) as MakeRow;
}

function fill(values: Batch['keys'], into: Float64Array, at: number): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== 'number') return false;
    into[at + i] = value;
  }
  return true;
}

function grown(from: ArrayBuffer, used: number, size: number): ArrayBuffer {
  // Whole words, since the next batch lays its numbers into it.
  const to = new ArrayBuffer(Math.ceil(size / 8) * 8);
  new Uint8Array(to).set(new Uint8Array(from, 0, used));
  return to;
}

/** A frame that gives credit back. */
export function encodeCredit(bytes: number): Uint8Array {
  return number(CREDIT, bytes);
}

function encodeSignal(signal: Exclude<Message, Batch>): Uint8Array {
  if (signal.kind === 'watermark') return encodeWatermark(signal.time, signal.by);
  if (signal.kind === 'barrier') return number(BARRIER, signal.epoch);
  return Uint8Array.of(signal.kind === 'end' ? END : IDLE);
}

function decodeSignal(frame: Uint8Array): Frame {
  const value = () => new DataView(frame.buffer, frame.byteOffset).getFloat64(1);
  switch (frame[0]) {
    case WATERMARK:
      return { message: { kind: 'watermark', time: value(), by: leaderOf(frame) } };
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

/** Behind the time stands where it comes from, as JSON: few watermarks are sent, and few names are long. */
function encodeWatermark(time: number, by: Leader | undefined): Uint8Array {
  const short = number(WATERMARK, time);
  return by === undefined ? short : Buffer.concat([short, Buffer.from(JSON.stringify(by))]);
}

function leaderOf(frame: Uint8Array): Leader | undefined {
  if (frame.length === 9) return undefined;
  return JSON.parse(Buffer.from(frame.buffer, frame.byteOffset + 9, frame.length - 9).toString()) as Leader;
}

function number(kind: number, value: number): Uint8Array {
  const frame = new Uint8Array(9);
  frame[0] = kind;
  new DataView(frame.buffer).setFloat64(1, value);
  return frame;
}
