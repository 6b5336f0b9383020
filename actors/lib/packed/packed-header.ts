import { gzipSync } from 'node:zlib';
import type { Packing } from './packed-encoder.ts';
import { rawFrame } from './raw-frame.ts';

/** A header is packed on its own, at once: by gzip, or as a frame of zstd that holds it as it is. */
export function packedHeader(header: Uint8Array, compression: Packing): Uint8Array {
  if (header.length === 0 || compression === 'none') return header;
  return compression === 'gzip' ? gzipSync(header) : rawFrame(header);
}
