import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { parquetMetadata } from 'hyparquet';
import { markGeoColumns } from 'hyparquet/src/geoparquet.js';
import { damaged, within } from './damage.ts';
import { thriftEnd } from './thrift-guard.ts';
import { PARSERS } from './values.ts';

/** Bytes that are read at first: most footers are within them. */
const FIRST = 2 ** 19;
/** Records and lists within each other. */
const DEEPEST = 64;
const TAIL = 8;

/** Reads the footer of a Parquet file. What is damaged in it, or is no Parquet, is an Error. */
export async function readFooter(file: AsyncBuffer): Promise<FileMetaData> {
  const size = file.byteLength;
  let bytes = new Uint8Array(await file.slice(Math.max(0, size - FIRST), size));
  if (bytes.length < TAIL + 4 || Buffer.from(bytes.subarray(-4)).toString('latin1') !== 'PAR1')
    damaged('it does not end as Parquet does');
  const length = new DataView(bytes.buffer, bytes.length - TAIL).getUint32(0, true);
  if (length > size - TAIL) damaged(`its footer has ${length} bytes`);
  if (length + TAIL > bytes.length) bytes = new Uint8Array(await file.slice(size - length - TAIL, size));
  const footer = bytes.subarray(-(length + TAIL));
  thriftEnd(footer, 0);
  // Columns of shapes are marked once the schema is known to be sound: over one that is not the library goes round and round.
  const metadata = parquetMetadata(footer, { parsers: PARSERS, geoparquet: false });
  checkSchema(metadata.schema);
  markGeoColumns(metadata.schema, metadata.key_value_metadata);
  for (const { num_rows } of metadata.row_groups) {
    if (typeof num_rows !== 'bigint' || num_rows < 0n || num_rows > BigInt(Number.MAX_SAFE_INTEGER))
      damaged(`a row group has ${String(num_rows)} rows`);
  }
  return metadata;
}

/** The library makes a tree of the schema, element within element. */
function checkSchema(schema: FileMetaData['schema']): void {
  /** Elements that are still to come, at each depth. */
  const open = [1];
  for (const { name, num_children: children = 0 } of schema) {
    if (typeof name !== 'string') damaged('an element of its schema has no name');
    within(children, 0, schema.length, 'the number of children in its schema');
    while (open.at(-1) === 0) open.pop();
    // Nobody looks at what stands behind the tree.
    if (open.length === 0) continue;
    open[open.length - 1]!--;
    if (children > 0) open.push(children);
    if (open.length > DEEPEST) damaged('its schema is too deep');
  }
  if (open.some((left) => left > 0)) damaged('its schema ends too early');
}
