import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { messageOf } from '#stage';
import { ZstdError, ZstdStream } from '../zstd/zstd-stream.ts';

/** How bytes may be packed that come from outside. */
export type Packed = 'gzip' | 'zstd' | 'deflate' | 'raw-deflate';

/** What packed bytes came to: what was packed, or why it cannot be had, of which `tooLarge` is a word of its own. */
export type Unpacked = Buffer | { readonly tooLarge: boolean; readonly what: string };

/** Unpacks bytes that are packed whole, to `max` bytes at most: no more than that, and a block, is ever in memory. */
export function unpack(bytes: Buffer, packed: Packed, max: number): Unpacked {
  try {
    return packed === 'zstd' ? unzstd(bytes, max) : unzip(bytes, packed, max);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') return { tooLarge: true, what: 'it unpacks to too much' };
    if (error instanceof ZstdError) return { tooLarge: false, what: error.message };
    if (code?.startsWith('Z_')) return { tooLarge: false, what: `it is no sound ${packed}: ${messageOf(error)}` };
    throw error;
  }
}

function unzip(bytes: Buffer, packed: Exclude<Packed, 'zstd'>, max: number): Buffer {
  const options = { maxOutputLength: Math.max(1, max) };
  if (packed === 'gzip') return gunzipSync(bytes, options);
  if (packed === 'raw-deflate') return inflateRawSync(bytes, options);
  // Some send deflate without the frame of zlib, whose first byte says so.
  return ((bytes[0] ?? 8) & 15) === 8 ? inflateSync(bytes, options) : inflateRawSync(bytes, options);
}

function unzstd(bytes: Buffer, max: number): Unpacked {
  const stream = new ZstdStream();
  const pieces: Buffer[] = [];
  let length = 0;
  stream.push(bytes);
  for (let piece = stream.next(); piece !== undefined; piece = stream.next()) {
    length += piece.length;
    if (length > max) return { tooLarge: true, what: 'it unpacks to too much' };
    pieces.push(Buffer.from(piece));
  }
  return stream.isWhole ? Buffer.concat(pieces) : { tooLarge: false, what: 'it ends too early' };
}
