import { brotliDecompressSync } from 'node:zlib';
import type { CompressionCodec } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { unpack } from '../packed/unpack.ts';
import { damaged } from './damage.ts';

/** What a byte may unpack to, at most, where the library makes room for what a page claims to be. */
const MOST_RATIO = { SNAPPY: 64, LZ4: 256, LZ4_RAW: 256 } as const;

/** Unpacks a page of `size` bytes: never more, in time for those. Throws where it is damaged. */
export function unpackPage(bytes: Uint8Array, size: number, codec: CompressionCodec): Uint8Array {
  // Of a page without values some write nothing at all.
  if (bytes.length === 0 && size === 0) return bytes;
  const page = unpacked(bytes, size, codec);
  return page.length === size ? page : damaged(`a page unpacks to ${page.length} bytes, not ${size}`);
}

function unpacked(bytes: Uint8Array, size: number, codec: CompressionCodec): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (codec) {
    case 'UNCOMPRESSED':
      return bytes;
    case 'BROTLI':
      return brotliDecompressSync(buffer, { maxOutputLength: Math.max(1, size) });
    case 'GZIP':
    case 'ZSTD': {
      // Some leave the frame of gzip away.
      const gzip = bytes[0] === 31 && bytes[1] === 139 ? 'gzip' : 'raw-deflate';
      const page = unpack(buffer, codec === 'ZSTD' ? 'zstd' : gzip, size);
      return 'what' in page ? damaged(`a page cannot be unpacked: ${page.what}`) : page;
    }
    case 'SNAPPY':
    case 'LZ4':
    case 'LZ4_RAW': {
      if (size > (bytes.length + 1) * MOST_RATIO[codec])
        damaged(`a page of ${bytes.length} bytes claims to be ${size}`);
      const of = codec === 'LZ4' && !isFramed(buffer) ? 'LZ4_RAW' : codec;
      return compressors[of]!(bytes, size);
    }
    default:
      return damaged(`its pages are packed by ${String(codec)}, which is not read`);
  }
}

/** Whether LZ4 stands in the frames of Hadoop, each of a sound length: with others the library goes round and round. */
function isFramed(bytes: Buffer): boolean {
  let at = 0;
  while (at + 8 <= bytes.length) {
    const packed = bytes.readInt32BE(at + 4);
    if (packed < 0 || packed > bytes.length - at - 8) return false;
    at += 8 + packed;
  }
  return at === bytes.length;
}
