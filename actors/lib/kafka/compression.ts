import zlib from 'node:zlib';
import { WeirError } from '#stage';
import { unpack } from '../packed/unpack.ts';
import { zstdLibrary } from '../packed/zstd.ts';
import { kafkaLibrary } from './library.ts';

export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** Batches of records are a few MiB; one that unpacks to more than this is made to exhaust memory. */
const LARGEST = 256 * 1024 * 1024;
/** What Java's snappy streams begin with: then blocks follow, each behind its length. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);

export interface Compressor {
  pack(bytes: Buffer): Buffer;
  unpack(bytes: Buffer): Buffer;
}

/** The compressions by the number that a batch names them by. */
export async function compressors(): Promise<readonly Compressor[]> {
  const { compressionsAlgorithms: of } = await kafkaLibrary();
  const none = { pack: (bytes: Buffer) => bytes, unpack: (bytes: Buffer) => bytes };
  const gzip = {
    pack: (bytes: Buffer) => zlib.gzipSync(bytes),
    unpack: (bytes: Buffer) => zlib.gunzipSync(bytes, { maxOutputLength: LARGEST }),
  };
  const snappy = { pack: (bytes: Buffer) => of.snappy.compressSync(bytes), unpack: unsnap };
  const lz4 = {
    pack: (bytes: Buffer) => of.lz4.compressSync(bytes),
    unpack: (bytes: Buffer) => of.lz4.decompressSync(bytes),
  };
  return [none, gzip, snappy, lz4, await zstd()];

  function unsnap(bytes: Buffer): Buffer {
    if (!bytes.subarray(0, 8).equals(XERIAL)) return unsnapBlock(bytes);
    const blocks: Buffer[] = [];
    for (let at = 16; at + 4 <= bytes.length; ) {
      const size = bytes.readInt32BE(at);
      blocks.push(unsnapBlock(bytes.subarray(at + 4, at + 4 + size)));
      at += 4 + size;
    }
    return Buffer.concat(blocks);
  }

  function unsnapBlock(bytes: Buffer): Buffer {
    let size = 0;
    for (let i = 0, scale = 1; i < 5; i++, scale *= 128) {
      const byte = bytes[i] ?? 0;
      size += (byte & 127) * scale;
      if (byte < 128) break;
    }
    if (size > LARGEST) throw new WeirError('WEIR_KAFKA_BATCH', `a batch of records unpacks to ${size} bytes`);
    return of.snappy.decompressSync(bytes);
  }
}

/** Node has zstd from 22.15 on; before, it is WebAssembly. */
async function zstd(): Promise<Compressor> {
  const { zstdCompressSync, zstdDecompressSync } = zlib as Partial<typeof zlib> & {
    zstdCompressSync?: (bytes: Buffer) => Buffer;
    zstdDecompressSync?: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;
  };
  if (zstdCompressSync && zstdDecompressSync) {
    return {
      pack: (bytes) => zstdCompressSync(bytes),
      unpack: (bytes) => zstdDecompressSync(bytes, { maxOutputLength: LARGEST }),
    };
  }
  const { compress } = await zstdLibrary();
  return {
    pack: (bytes) => Buffer.from(compress(bytes)),
    // That of the library takes the batch's word for its length, or has room for 1 MiB where it gives none.
    unpack: (bytes) => {
      const plain = unpack(bytes, 'zstd', LARGEST);
      if (Buffer.isBuffer(plain)) return plain;
      throw new WeirError('WEIR_KAFKA_BATCH', `a batch of records cannot be unpacked from zstd: ${plain.what}`);
    },
  };
}
