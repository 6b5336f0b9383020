import { WeirError } from '#stage';
import type { Compressor } from './compression.ts';
import { WireReader } from './wire.ts';

/** Bytes before the records: base offset, length, epoch of the leader, magic, checksum, attributes and so on. */
const HEAD = 61;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;

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
}

/** One record; the object is used for the next one too. */
export interface RawRecord {
  offset: number;
  time: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: [string, Buffer | null][];
}

/**
 * Takes the whole batches out of what a broker gave for a partition: the last one may be cut off. Throws `WEIR_KAFKA_BATCH` where
 * a checksum is wrong or the format is that of Kafka before 0.11.
 */
export function batchesOf(bytes: Buffer, crc32c: (bytes: Buffer) => number): RecordBatch[] {
  const batches: RecordBatch[] = [];
  for (let at = 0; at + 17 <= bytes.length; ) {
    const size = 12 + bytes.readInt32BE(at + 8);
    if (at + size > bytes.length) break;
    if (bytes[at + 16] !== 2)
      throw new WeirError('WEIR_KAFKA_BATCH', 'records in the format before Kafka 0.11 are not read');
    if (size < HEAD) throw new WeirError('WEIR_KAFKA_BATCH', 'a batch of records is shorter than its own head');
    const whole = bytes.subarray(at, at + size);
    if (crc32c(whole.subarray(ATTRIBUTES_AT)) >>> 0 !== whole.readUInt32BE(CRC_AT)) {
      throw new WeirError(
        'WEIR_KAFKA_BATCH',
        'the checksum of a batch of records is wrong: it was damaged on its way or on disk',
      );
    }
    batches.push(batchOf(whole));
    at += size;
  }
  return batches;
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
  };
}

/** Whether a control batch says that its transaction was taken back. */
export function isAbort(batch: RecordBatch): boolean {
  const { key } = new RecordCursor(batch, batch.records).next();
  return key !== null && key.length >= 4 && key.readInt16BE(2) === 0;
}

/** Goes through the records of a batch. */
export class RecordCursor {
  readonly batch: RecordBatch;
  readonly #reader: WireReader;
  #left: number;
  readonly #record: RawRecord = { offset: 0, time: 0, key: null, value: null, headers: [] };

  /** `records` are unpacked. */
  constructor(batch: RecordBatch, records: Buffer) {
    this.batch = batch;
    this.#reader = new WireReader(records);
    this.#left = batch.count;
  }

  static of(batch: RecordBatch, compressors: readonly Compressor[]): RecordCursor {
    const compressor = compressors[batch.compression];
    if (compressor === undefined) {
      throw new WeirError(
        'WEIR_KAFKA_BATCH',
        `a batch of records is packed in a way that is not known: ${batch.compression}`,
      );
    }
    return new RecordCursor(batch, batch.compression === 0 ? batch.records : compressor.unpack(batch.records));
  }

  get done(): boolean {
    return this.#left === 0;
  }

  /** The next record. Throws a `RangeError` where the batch has fewer than it says. */
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
