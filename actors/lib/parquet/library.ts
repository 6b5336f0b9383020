import { gzipSync } from 'node:zlib';
import type { CompressionCodec, FileMetaData } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import { zstdLibrary } from '../packed/zstd.ts';

/** How pages are made smaller. */
export type Compression = 'none' | 'snappy' | 'gzip' | 'zstd';

/** What is asked of the Parquet library: page headers, the footer, compression. */
export interface Library {
  readonly codec: CompressionCodec;
  compress(bytes: Uint8Array): Uint8Array;
  pageHeader(header: Parameters<typeof writePageHeader>[1]): Uint8Array;
  footer(metadata: FileMetaData): Uint8Array;
}

/** Loads the Parquet library; where a topology writes no Parquet it stays on the disk. */
export async function loadLibrary(compression: Compression): Promise<Library> {
  const zstd = compression === 'zstd' ? await zstdLibrary() : undefined;
  const of: Record<Compression, [CompressionCodec, (bytes: Uint8Array) => Uint8Array]> = {
    none: ['UNCOMPRESSED', (bytes) => bytes],
    snappy: ['SNAPPY', snappyCompress],
    gzip: ['GZIP', (bytes) => gzipSync(bytes, { level: 4 })],
    zstd: ['ZSTD', (bytes) => zstd?.compress(bytes) ?? bytes],
  };
  const [codec, compress] = of[compression];
  return {
    codec,
    compress,
    pageHeader(header) {
      const writer = new ByteWriter(64);
      writePageHeader(writer, header);
      return writer.getBytes();
    },
    footer(metadata) {
      const writer = new ByteWriter(4096);
      writeMetadata(writer, metadata);
      writer.appendUint32(0x31524150);
      return writer.getBytes();
    },
  };
}
