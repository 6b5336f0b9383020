import type { Compressor } from './compression.ts';
import { WireReader } from './wire.ts';

/** Bytes before the records: base offset, length, epoch of the leader, magic, checksum, attributes and so on. */
const HEAD = 61;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
/** Bytes of what cannot be read that are shown. */
export const SHOWN = 256;

/** A batch of records as a broker gives it, its records still packed. */
export interface RecordBatch {
  readonly base: number;
  /** Offset of the last record that the batch had when it was written. */
  readonly last: number;
  readonly compression: number;
  readonly transactional: boolean;
  readonly control: boolean;
  readonly producer: bigint;
  readonly firstTime: number;
  /** The broker's own time, which counts for all records; else undefined. */
  readonly logTime: number | undefined;
  readonly count: number;
  readonly records: Buffer;
  /** What it begins with, to be shown where it cannot be read. */
  readonly head: Buffer;
}

/** What a broker gave for a partition. */
export interface Batches {
  /** All up to the first that is damaged; the last one may be cut off, and is left out. */
  readonly batches: RecordBatch[];
  /** What is wrong with the one behind them. */
  readonly damage: string | undefined;
  /** Where that one begins. */
  readonly at: number;
}

/** One record; the object is used for the next one too. */
export interface RawRecord {
  offset: number;
  time: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: [string, Buffer | null][];
}

/** Takes the whole batches out of what a broker gave for a partition from an offset on, up to one that cannot be trusted. */
export function batchesOf(
  bytes: Buffer,
  crc32c: (bytes: Buffer) => number,
  from: number,
  highWatermark: number,
): Batches {
  const batches: RecordBatch[] = [];
  let next = from;
  let at = 0;
  while (at < bytes.length) {
    const size = sizeOf(bytes, at);
    // A broker cuts off none but the last.
    if (size === undefined && at > 0) break;
    if (size === undefined) return { batches, damage: 'their batch claims to be longer than it is', at };
    const whole = bytes.subarray(at, at + size);
    const damage = damageOf(whole, crc32c);
    if (damage !== undefined) return { batches, damage, at };
    const batch = batchOf(whole);
    // The checksum does not cover where a batch begins.
    if (batch.last < next || batch.last >= highWatermark)
      return { batches, damage: 'their batch has offsets that were not asked for', at };
    batches.push(batch);
    next = batch.last + 1;
    at += size;
  }
  return { batches, damage: undefined, at };
}

/** How long a batch says it is; undefined where there is less of it. */
function sizeOf(bytes: Buffer, at: number): number | undefined {
  if (at + 17 > bytes.length) return undefined;
  const size = Math.max(0, 12 + bytes.readInt32BE(at + 8));
  return at + size > bytes.length ? undefined : size;
}

function damageOf(whole: Buffer, crc32c: (bytes: Buffer) => number): string | undefined {
  const isOld = whole.length >= 17 && (whole[16] as number) < 2;
  if (isOld) return 'they are in the format before Kafka 0.11';
  if (whole.length < HEAD) return 'their batch is shorter than its own head';
  if (whole[16] !== 2) return 'their batch is of a format that is not known';
  if (crc32c(whole.subarray(ATTRIBUTES_AT)) >>> 0 === whole.readUInt32BE(CRC_AT)) return undefined;
  return 'the checksum of their batch is wrong: it was damaged on its way or on disk';
}

/**
 * The offset to go on at behind a batch that cannot be trusted, which bytes begin with: behind its last record where its head is sound
 * by all that can be told, else one further on: asked for that, a broker gives what comes behind the batch once the offset is there.
 */
export function offsetBehind(bytes: Buffer, from: number, highWatermark: number): number {
  let next = from + 1;
  const size = sizeOf(bytes, 0);
  if (size === undefined || size < 17) return next;
  if (bytes[16] === 2) {
    if (size < HEAD) return next;
    const { base, last, count } = batchOf(bytes.subarray(0, size));
    const isSound = base <= from && last >= from && last < highWatermark && count === last - base + 1;
    return isSound ? last + 1 : next;
  }
  // Before, records stood on their own, each with its offset, or packed together with that of the last.
  for (
    let at = 0, length: number | undefined = size;
    length !== undefined && length >= 17;
    length = sizeOf(bytes, at)
  ) {
    const base = new WireReader(bytes, at).number64();
    if ((bytes[at + 16] as number) > 1 || base < next - 1 || base >= highWatermark) break;
    next = base + 1;
    at += length;
  }
  return next;
}

function batchOf(bytes: Buffer): RecordBatch {
  const head = new WireReader(bytes);
  const base = head.number64();
  head.take(13);
  const attributes = head.int16();
  const last = base + head.int32();
  const firstTime = head.number64();
  const lastTime = head.number64();
  const producer = head.int64();
  head.take(6);
  return {
    base,
    last,
    compression: attributes & 7,
    transactional: (attributes & 16) !== 0,
    control: (attributes & 32) !== 0,
    producer,
    firstTime,
    logTime: (attributes & 8) !== 0 ? lastTime : undefined,
    count: head.int32(),
    records: bytes.subarray(HEAD),
    head: bytes.subarray(0, SHOWN),
  };
}

/** Whether a control batch, of one whose transaction is known to have been taken back, ends it: also where it cannot be read. */
export function isAbort(batch: RecordBatch): boolean {
  try {
    const { key } = new RecordCursor(batch, batch.records).next();
    return key !== null && key.length >= 4 && key.readInt16BE(2) === 0;
  } catch {
    return true;
  }
}

/** Goes through the records of a batch. */
export class RecordCursor {
  readonly batch: RecordBatch;
  readonly #reader: WireReader;
  #left: number;
  #before: number;
  readonly #record: RawRecord = { offset: 0, time: 0, key: null, value: null, headers: [] };

  /** `records` are unpacked. */
  constructor(batch: RecordBatch, records: Buffer) {
    this.batch = batch;
    this.#reader = new WireReader(records);
    this.#left = batch.count;
    this.#before = batch.base - 1;
  }

  static of(batch: RecordBatch, compressors: readonly Compressor[]): RecordCursor {
    const compressor = compressors[batch.compression];
    if (compressor === undefined) {
      throw new RangeError(`their batch is packed in a way that is not known: ${batch.compression}`);
    }
    return new RecordCursor(batch, batch.compression === 0 ? batch.records : compressor.unpack(batch.records));
  }

  get done(): boolean {
    return this.#left === 0;
  }

  /** Bytes that it holds beside the batch. */
  get unpacked(): number {
    return this.batch.compression === 0 ? 0 : this.#reader.end;
  }

  /** The next record. Throws a `RangeError` where the batch has fewer than it says, or they are no records of its own. */
  next(): RawRecord {
    const { batch } = this;
    const r = this.#reader;
    const record = this.#record;
    this.#left--;
    const size = r.varint();
    const end = r.at + size;
    r.take(1);
    record.time = batch.logTime ?? batch.firstTime + r.varint();
    if (batch.logTime !== undefined) r.varint();
    record.offset = batch.base + r.varint();
    record.key = bytesOf(r);
    record.value = bytesOf(r);
    const headers = r.varint();
    record.headers = headers === 0 ? NO_HEADERS : headersOf(r, headers);
    if (r.at > end || end > r.end) throw new RangeError('a record is longer than it says');
    if (record.offset <= this.#before || record.offset > batch.last)
      throw new RangeError('an offset is not of the batch');
    this.#before = record.offset;
    r.at = end;
    return record;
  }
}

const NO_HEADERS: [string, Buffer | null][] = [];

function headersOf(r: WireReader, count: number): [string, Buffer | null][] {
  const headers: [string, Buffer | null][] = [];
  for (let i = 0; i < count; i++) headers.push([(bytesOf(r) ?? '').toString('utf8'), bytesOf(r)]);
  return headers;
}

function bytesOf(r: WireReader): Buffer | null {
  const size = r.varint();
  if (size < 0) return null;
  const from = r.take(size);
  return r.bytes.subarray(from, from + size);
}
