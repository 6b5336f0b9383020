import { Bytes } from '#stage';
import type { Compressor } from './compression.ts';
import { varintSize, writeInt16, writeInt32, writeInt64, writeVarint } from './wire.ts';

/** A record as it is written. */
export interface NewRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [Buffer, Buffer | null])[];
  readonly time: number;
}

/** Who writes a batch, and which of its batches of that partition this is. */
export interface Writer {
  readonly producer: bigint;
  readonly epoch: number;
  readonly sequence: number;
  readonly transactional: boolean;
}

/** Bytes of what a record is made of. */
export function roomOf({ key, value, headers }: NewRecord): number {
  let room = (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, content] of headers) room += name.length + (content?.length ?? 0);
  return room;
}

const HEAD = 61;
const TRANSACTIONAL = 16;

/** Records of one partition, gathered into a batch of version 2. */
export class BatchBuilder {
  readonly #records = new Bytes(1 << 14);
  #first = 0;
  #latest = 0;
  count = 0;

  get size(): number {
    return this.#records.length;
  }

  add({ key, value, headers, time }: NewRecord): void {
    const at = Math.max(0, Math.floor(time));
    if (this.count === 0) this.#first = at;
    this.#latest = Math.max(this.#latest, at);
    const into = this.#records;
    const delta = at - this.#first;
    let size =
      1 + varintSize(delta) + varintSize(this.count) + sizeOf(key) + sizeOf(value) + varintSize(headers.length);
    for (const [name, content] of headers) size += sizeOf(name) + sizeOf(content);
    writeVarint(into, size);
    into.byte(0);
    writeVarint(into, delta);
    writeVarint(into, this.count++);
    writeBytes(into, key);
    writeBytes(into, value);
    writeVarint(into, headers.length);
    for (const [name, content] of headers) {
      writeBytes(into, name);
      writeBytes(into, content);
    }
  }

  /** The whole batch, its head and checksum included. */
  seal(writer: Writer, compression: number, compressor: Compressor, crc32c: (bytes: Buffer) => number): Buffer {
    const records = compression === 0 ? this.#records.view() : compressor.pack(this.#records.view());
    const into = new Bytes(HEAD + records.length);
    writeInt64(into, 0n);
    writeInt32(into, HEAD - 12 + records.length);
    writeInt32(into, -1);
    into.byte(2);
    writeInt32(into, 0);
    writeInt16(into, compression | (writer.transactional ? TRANSACTIONAL : 0));
    writeInt32(into, this.count - 1);
    writeInt64(into, BigInt(this.#first));
    writeInt64(into, BigInt(this.#latest));
    writeInt64(into, writer.producer);
    writeInt16(into, writer.epoch);
    writeInt32(into, writer.sequence);
    writeInt32(into, this.count);
    into.append(records);
    const bytes = into.view();
    bytes.writeUInt32BE(crc32c(bytes.subarray(21)) >>> 0, 17);
    return bytes;
  }
}

function sizeOf(bytes: Buffer | null): number {
  return bytes === null ? 1 : varintSize(bytes.length) + bytes.length;
}

function writeBytes(into: Bytes, bytes: Buffer | null): void {
  if (bytes === null) {
    into.byte(1);
    return;
  }
  writeVarint(into, bytes.length);
  into.appendRange(bytes, 0, bytes.length);
}
