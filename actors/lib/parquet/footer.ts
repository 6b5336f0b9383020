import type { ColumnChunk, FileMetaData, RowGroup } from 'hyparquet';
import type { GroupPlace } from './group.ts';
import type { Library } from './library.ts';
import { type ColumnSpec, elementOf } from './schema.ts';

/** The bytes that every Parquet file begins with, and ends with behind its footer. */
export const MAGIC = Buffer.from('PAR1');

/** What stands behind the row groups of a file, which lie one behind the other from byte 4 on. */
export function footerOf(library: Library, columns: readonly ColumnSpec[], groups: readonly GroupPlace[]): Uint8Array {
  const schema = columns.map(elementOf);
  let offset = MAGIC.length;
  let rows = 0;
  const row_groups = groups.map((group): RowGroup => {
    const from = offset;
    offset += group.bytes;
    rows += group.rows;
    const chunks = group.columns.map((place, i): ColumnChunk => {
      const { type, name } = schema[i]!;
      const isWhole = type === 'INT64';
      const bound = (value: number | undefined) => (value !== undefined && isWhole ? BigInt(value) : value);
      return {
        file_offset: BigInt(from + place.start),
        meta_data: {
          type: type!,
          encodings: place.dictionary ? ['PLAIN', 'RLE', 'RLE_DICTIONARY'] : ['PLAIN', 'RLE'],
          path_in_schema: [name],
          codec: library.codec,
          num_values: BigInt(group.rows),
          total_uncompressed_size: BigInt(place.unpacked),
          total_compressed_size: BigInt(place.end - place.start),
          data_page_offset: BigInt(from + place.data),
          ...(place.dictionary ? { dictionary_page_offset: BigInt(from + place.start) } : {}),
          statistics: {
            null_count: BigInt(place.nulls),
            ...(place.min === undefined ? {} : { min_value: bound(signed(place.min, -0)) }),
            ...(place.max === undefined ? {} : { max_value: bound(signed(place.max, 0)) }),
          },
        },
      };
    });
    const unpacked = group.columns.reduce((sum, place) => sum + place.unpacked, 0);
    return {
      columns: chunks,
      num_rows: BigInt(group.rows),
      total_byte_size: BigInt(unpacked),
      file_offset: BigInt(from),
      total_compressed_size: BigInt(group.bytes),
    };
  });
  const metadata: Omit<FileMetaData, 'metadata_length'> = {
    version: 2,
    created_by: 'weir',
    schema: [{ name: 'root', num_children: schema.length }, ...schema],
    num_rows: BigInt(rows),
    row_groups,
  };
  return library.footer(metadata as FileMetaData);
}

/** Zeros of both signs are between these bounds, as the format asks for. */
function signed(value: number, zero: number): number {
  return value === 0 ? zero : value;
}
