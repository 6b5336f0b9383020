import { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { ParquetFile } from '../../../actors/lib/parquet/parquet-file.ts';

/** Opens a Parquet file that is in memory. */
export function openBytes(bytes: Uint8Array): Promise<ParquetFile> {
  const handle = {
    async read(into: Buffer, offset: number, length: number, position: number) {
      return { bytesRead: Buffer.from(bytes.subarray(position, position + length)).copy(into, offset) };
    },
    async close() {},
  };
  return ParquetFile.open({ path: 'x.parquet', size: bytes.length, mark: 0 }, { open: async () => handle } as never);
}

/** The bytes of a varint, written as its seven bits one after the other. */
export const varint = (value: bigint): number[] =>
  value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];

export interface Planted {
  readonly name?: string;
  readonly type?: string;
  readonly header?: Record<string, unknown>;
  readonly bytes: number[];
  readonly rows?: bigint;
  readonly repetition?: string;
  readonly element?: Record<string, unknown>;
}

/** A file of one column and one page of version 1, of which the parts are as given, sound or not. */
export function fileOf({
  name = 'x',
  type = 'INT32',
  header,
  bytes,
  rows = 4n,
  repetition = 'REQUIRED',
  element,
}: Planted): Uint8Array {
  const writer = new ByteWriter();
  writer.appendUint32(0x31524150);
  const page = {
    type: 'DATA_PAGE',
    uncompressed_page_size: bytes.length,
    compressed_page_size: bytes.length,
    data_page_header: {
      num_values: Number(rows),
      encoding: 'PLAIN',
      definition_level_encoding: 'RLE',
      repetition_level_encoding: 'RLE',
      ...header,
    },
  };
  writePageHeader(writer, page as never);
  writer.appendBytes(Uint8Array.from(bytes));
  const size = BigInt(writer.offset - 4);
  const meta_data = {
    type,
    encodings: ['PLAIN'],
    path_in_schema: [name],
    codec: 'UNCOMPRESSED',
    num_values: rows,
    total_uncompressed_size: size,
    total_compressed_size: size,
    data_page_offset: 4n,
  };
  const metadata = {
    version: 2,
    schema: [
      { name: 'root', num_children: 1 },
      { name, type, repetition_type: repetition, ...element },
    ],
    num_rows: rows,
    row_groups: [{ columns: [{ file_offset: 4n, meta_data }], total_byte_size: size, num_rows: rows }],
  };
  writeMetadata(writer, metadata as never);
  writer.appendUint32(0x31524150);
  return writer.getBytes();
}

export const le32 = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255];
/** Levels of a page: a run behind their length. */
export const levels = (run: number[]) => [...le32(run.length), ...run];
