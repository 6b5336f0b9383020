import { crc32 } from 'node:zlib';
import { Bytes } from '../../stage/bytes.ts';
import type { At, Row } from '../../stage/row.ts';
import { pack, unpack } from '../../state/pack.ts';

/** Checksum, records, epoch, wall clock: little-endian. */
const HEAD = 24;

/** A record as the sink's writer is to see it. */
export interface Kept {
  row: Row;
  at: At;
}

/** Records that lie in a queue under one key, all of one epoch. */
export interface Chunk {
  readonly bytes: number;
  readonly records: number;
  readonly epoch: number;
  /** When its first record came, by the wall clock, ms. */
  readonly since: number;
  kept(): Generator<Kept>;
}

/** Packs records for a queue, each as it comes: what becomes of the record afterwards is nobody's affair. */
export class ChunkBuilder {
  readonly #bytes = new Bytes(1 << 12);
  #records = 0;
  #since = 0;

  get bytes(): number {
    return this.#records === 0 ? 0 : HEAD + this.#bytes.length;
  }

  get records(): number {
    return this.#records;
  }

  get since(): number {
    return this.#since;
  }

  add(row: Row, { time, order, key, retract }: At, now: number): void {
    const packed = pack([row, time, order, key, retract === true]);
    if (this.#records++ === 0) this.#since = now;
    const { length } = packed;
    this.#bytes.append(new Uint8Array([length, length >>> 8, length >>> 16, length >>> 24]));
    this.#bytes.append(packed);
  }

  /** Ends the chunk; there is at least one record in it. */
  take(epoch: number): Uint8Array {
    const chunk = new Uint8Array(HEAD + this.#bytes.length);
    const view = new DataView(chunk.buffer);
    view.setUint32(4, this.#records, true);
    view.setFloat64(8, epoch, true);
    view.setFloat64(16, this.#since, true);
    chunk.set(this.#bytes.view(), HEAD);
    view.setUint32(0, crc32(chunk.subarray(4)), true);
    this.#bytes.clear();
    this.#records = 0;
    return chunk;
  }
}

/** A chunk of its bytes; undefined when they are not those that were written. */
export function readChunk(chunk: Uint8Array): Chunk | undefined {
  if (chunk.length < HEAD) return undefined;
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (view.getUint32(0, true) !== crc32(chunk.subarray(4))) return undefined;
  return {
    bytes: chunk.length,
    records: view.getUint32(4, true),
    epoch: view.getFloat64(8, true),
    since: view.getFloat64(16, true),
    *kept() {
      for (let from = HEAD; from < chunk.length; ) {
        const to = from + 4 + view.getUint32(from, true);
        const [row, time, order, key, retract] = unpack(chunk.subarray(from + 4, to)) as [
          Row,
          number,
          number,
          At['key'],
          boolean,
        ];
        yield { row, at: { time, order, key, retract } };
        from = to;
      }
    },
  };
}
