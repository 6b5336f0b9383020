import zlib from 'node:zlib';
import { unpack } from '../packed/unpack.ts';
import { zstdLibrary } from '../packed/zstd.ts';
import { kafkaLibrary } from './library.ts';
import { unpackLz4 } from './lz4.ts';
import { unpackSnappy } from './snappy.ts';

export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** Batches of records are a few MiB; one that unpacks to more than this is made to exhaust memory. */
const LARGEST = 256 * 1024 * 1024;
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
    unpack: (bytes: Buffer) => whole(bytes, 'gzip'),
  };
  const snappy = {
    pack: (bytes: Buffer) => of.snappy.compressSync(bytes),
    unpack: (bytes: Buffer) => unpackSnappy(bytes, LARGEST, (block) => of.snappy.decompressSync(block)),
  };
  // That of the library has no bound, and keeps the memory for what turns out to be damaged.
  const lz4 = {
    pack: (bytes: Buffer) => of.lz4.compressSync(bytes),
    unpack: (bytes: Buffer) => unpackLz4(bytes, LARGEST),
  };
  return [none, gzip, snappy, lz4, await zstd()];
}

function whole(bytes: Buffer, packed: 'gzip' | 'zstd'): Buffer {
  const plain = unpack(bytes, packed, LARGEST);
  if (Buffer.isBuffer(plain)) return plain;
  throw new RangeError(`it cannot be unpacked: ${plain.what}`);
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
    unpack: (bytes) => whole(bytes, 'zstd'),
  };
}
