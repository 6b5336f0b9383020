import { createHash } from 'node:crypto';
import type { Bytes, Decoder, DecoderOutput, Encoder, Row } from '#stage';
import { messageOf, WeirError } from '#stage';

import { unpack } from '../packed/unpack.ts';
import { AvroFault, AvroReader } from './avro-reader.ts';
import type { Read } from './read.ts';
import { long } from './write.ts';

const MAGIC = Buffer.from('Obj\x01', 'latin1');
const SYNC = 16;
/** A block may unpack to so much. */
const LARGEST_BLOCK = 64 * 2 ** 20;
const SAMPLE = 4 * 1024;

/** Object container files: a header with the schema, then blocks of records. What follows a fault is one dead letter. */
export class ContainerDecoder implements Decoder {
  readonly #out: DecoderOutput;
  readonly #readerOf: (schema: string) => Read;
  #read: Read | undefined;
  #codec = 'null';
  #sync = Buffer.alloc(0);
  #fault: string | undefined;
  #told = false;

  constructor(out: DecoderOutput, readerOf: (schema: string) => Read) {
    this.#out = out;
    this.#readerOf = readerOf;
  }

  header(b: Buffer, start: number, end: number, last: boolean): number {
    this.#fault = undefined;
    this.#told = false;
    try {
      const known = Math.min(4, end - start);
      if (!b.subarray(start, start + known).equals(MAGIC.subarray(0, known)) || (last && known < 4)) {
        throw new AvroFault('it is no Avro container file');
      }
      if (known < 4) return -1;
      const r = new AvroReader(b, start + 4, end);
      const meta = new Map<string, Buffer>();
      r.items(() => void meta.set(r.text(), r.slice()));
      const sync = r.take(SYNC);
      this.#sync = Buffer.from(b.subarray(sync, sync + SYNC));
      this.#codec = meta.get('avro.codec')?.toString('latin1') ?? 'null';
      if (!['null', 'deflate', 'zstandard'].includes(this.#codec)) {
        throw new AvroFault(`its blocks are packed by ${JSON.stringify(this.#codec.slice(0, 40))}, which is not read`);
      }
      this.#read = this.#readerOf(meta.get('avro.schema')?.toString('utf8') ?? '');
      return r.at;
    } catch (error) {
      if (error instanceof AvroFault && error.isShort && !last) return -1;
      if (!(error instanceof AvroFault || error instanceof WeirError || error instanceof RangeError)) throw error;
      this.#fault = messageOf(error);
      return start;
    }
  }

  decode(b: Buffer, start: number, end: number, order: number, last: boolean): number {
    let at = start;
    while (at < end && this.#fault === undefined) {
      const behind = this.#block(b, at, end, order + at - start, last);
      if (behind === undefined) return at;
      at = behind;
    }
    if (at < end && this.#fault !== undefined) {
      // What is kept of broken bytes does not depend on how they come.
      if (!this.#told && !last && end - at < SAMPLE) return at;
      if (!this.#told) this.#out.malformed(sample(b, at, end), this.#fault, order + at - start);
      this.#told = true;
    }
    return end;
  }

  /** Where the block ends; undefined: it is not whole. */
  #block(b: Buffer, start: number, end: number, order: number, last: boolean): number | undefined {
    const r = new AvroReader(b, start, end);
    try {
      const count = r.count();
      const size = r.count();
      const from = r.take(size);
      const mark = r.take(SYNC);
      if (!b.subarray(mark, mark + SYNC).equals(this.#sync))
        throw new AvroFault('a block does not end with the mark of its file');
      const packed = b.subarray(from, from + size);
      const plain = this.#codec === 'null' ? packed : this.#unpack(packed);
      this.#records(plain, count, { order, size: r.at - start });
      return r.at;
    } catch (error) {
      if (!(error instanceof AvroFault)) throw error;
      if (error.isShort && !last) return undefined;
      this.#fault = error.message;
      return start;
    }
  }

  #unpack(packed: Buffer): Buffer {
    const plain =
      this.#codec === 'deflate' ? unpack(packed, 'raw-deflate', LARGEST_BLOCK) : unpack(packed, 'zstd', LARGEST_BLOCK);
    if (Buffer.isBuffer(plain)) return plain;
    throw new AvroFault(`a block cannot be unpacked: ${plain.what}`);
  }

  /** All records of a block, or none: a fault makes a dead letter of it, and reading goes on behind. */
  #records(b: Buffer, count: number, { order, size }: { order: number; size: number }): void {
    const rows: Row[] = [];
    try {
      const r = new AvroReader(b, 0, b.length);
      if (count > b.length + 65_536) throw new AvroFault('a block of more records than bytes');
      for (let i = 0; i < count; i++) rows.push(recordOf(this.#read!(r)));
      if (r.at < b.length) throw new AvroFault('bytes stand behind the records of a block');
    } catch (error) {
      if (!(error instanceof AvroFault)) throw error;
      this.#out.malformed(sample(b, 0, b.length), error.message, order);
      return;
    }
    for (const [i, row] of rows.entries()) this.#out.accept(row, order + Math.floor((i * size) / count));
  }
}

/** A record, or another value as the field `value`. */
export function recordOf(value: unknown): Row {
  const isRecord =
    value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);
  return isRecord ? (value as Row) : { value };
}

function sample(b: Buffer, start: number, end: number): Buffer {
  return Buffer.from(b.subarray(start, Math.min(end, start + SAMPLE)));
}

/** Writes each record as a block of its own, since a file may end behind every one. The mark is the same for the same schema. */
export function containerEncoder(schema: string, write: (row: unknown, into: Bytes) => void, scratch: Bytes): Encoder {
  const sync = createHash('md5').update(schema).digest();
  const put = (bytes: Uint8Array, into: Bytes) => {
    long(bytes.length, into);
    into.append(bytes);
  };
  return {
    header(into) {
      into.append(MAGIC);
      long(2, into);
      for (const [name, value] of [
        ['avro.schema', schema],
        ['avro.codec', 'null'],
      ]) {
        put(Buffer.from(name!), into);
        put(Buffer.from(value!), into);
      }
      into.byte(0);
      into.append(sync);
    },
    encode(row, into) {
      scratch.clear();
      write(row, scratch);
      long(1, into);
      put(scratch.view(), into);
      into.append(sync);
    },
  };
}
