import type { AsyncBuffer, CompressionCodec, Compressors, DecodedArray, FileMetaData, ParquetParsers } from 'hyparquet';
import { parquetSchema } from 'hyparquet';
import { parquetPlan, prefetchAsyncBuffer } from 'hyparquet/src/plan.js';
import { assembleAsync, readRowGroup } from 'hyparquet/src/rowgroup.js';
import { getTreePath } from 'hyparquet/src/schema.js';
import { damaged, within } from './damage.ts';
import { Budget, type ChunkShape, MOST_BYTES, MOST_VALUES, PageGuard } from './page-guard.ts';

/** How values come. */
export interface Decoding {
  readonly utf8: boolean;
  readonly parsers?: Partial<ParquetParsers>;
}

/** Row groups of an open file, each page of which is checked before the library decodes it. */
export class RowGroups {
  readonly #file: AsyncBuffer;
  readonly #metadata: FileMetaData;
  readonly #decoding: Decoding;

  constructor(file: AsyncBuffer, metadata: FileMetaData, decoding: Decoding) {
    this.#file = file;
    this.#metadata = metadata;
    this.#decoding = decoding;
  }

  /** Rows of a group: no more than can be read. */
  rows(index: number): number {
    return within(Number(this.#metadata.row_groups[index]!.num_rows), 0, MOST_VALUES, 'its number of rows');
  }

  /** Reads columns of a group, each in pieces that together have a value for each row. Throws an Error where one is damaged. */
  async read(index: number, columns: readonly string[]): Promise<Map<string, DecodedArray[]>> {
    const rows = this.rows(index);
    const found = new Map<string, DecodedArray[]>();
    if (rows === 0 || columns.length === 0) return found;
    const group = this.#metadata.row_groups[index]!;
    const metadata = { ...this.#metadata, row_groups: [group] };
    const options = { file: this.#file, metadata, columns: [...columns], ...this.#decoding };
    const plan = parquetPlan(options);
    const [one] = plan.groups;
    const root = parquetSchema(metadata);
    const seen = new Set<string>();
    const chunks = one!.chunks.map(({ columnMetadata: meta, range }) => {
      const path = getTreePath(root, meta.path_in_schema);
      const name = meta.path_in_schema.join('.');
      if (seen.has(name) || path.length < 2 || path.at(-1)!.children.length > 0) damaged(`column ${name} is none`);
      seen.add(name);
      if (Number(meta.total_uncompressed_size ?? 0) > MOST_BYTES)
        throw new Error(`column ${name} has more than ${MOST_BYTES} bytes`);
      within(range.startByte, 0, this.#file.byteLength, `the begin of column ${name}`);
      within(range.endByte, range.startByte, this.#file.byteLength, `the end of column ${name}`);
      return { shape: { meta, path, rows }, range };
    });
    // From here on each promise of the library's is awaited: nothing may throw between.
    const { slice, compressors } = guarded(prefetchAsyncBuffer(this.#file, plan), chunks);
    const file = { byteLength: this.#file.byteLength, slice };
    const read = assembleAsync(readRowGroup({ ...options, file, compressors }, plan, one!), root, options.parsers);
    const results = await Promise.allSettled(read.asyncColumns.map(({ data }) => data));
    for (const [i, result] of results.entries()) {
      if (result.status === 'rejected') throw result.reason;
      const name = read.asyncColumns[i]!.pathInSchema[0]!;
      const count = result.value.data.reduce((sum, { length }) => sum + length, 0);
      if (count !== rows) damaged(`column ${name} has ${count} values for ${rows} rows`);
      found.set(name, result.value.data);
    }
    for (const name of columns) if (!found.has(name)) damaged(`column ${name} is not there`);
    return found;
  }
}

interface Chunk {
  readonly shape: ChunkShape;
  readonly range: { readonly startByte: number; readonly endByte: number };
}

/** Gives the bytes of chunks in the order of these, checked, and the pages in them, unpacked. */
function guarded(file: AsyncBuffer, chunks: readonly Chunk[]) {
  const budget = new Budget();
  const unpacked = new WeakMap<ArrayBufferLike, Map<number, Uint8Array>>();
  let asked = 0;
  let before: Promise<unknown> = Promise.resolve();

  /** One after the other: the library decodes a column as soon as it has it, so that the pages of one are in memory at a time. */
  function slice(start: number, end?: number): Promise<ArrayBuffer> {
    const chunk = chunks[asked++];
    if (chunk?.range.startByte !== start || chunk.range.endByte !== end) damaged('a column was not checked');
    const bytes = before.then(() => checked(chunk, start, end));
    before = bytes.catch(() => {});
    return bytes;
  }

  async function checked(chunk: Chunk, start: number, end: number): Promise<ArrayBuffer> {
    let bytes = await file.slice(start, end);
    // Columns at the same place, in a damaged file, share a buffer.
    if (unpacked.has(bytes)) bytes = bytes.slice(0);
    const guard = new PageGuard(chunk.shape, budget);
    const to = guard.check(new Uint8Array(bytes));
    // The library sees nothing that was not checked.
    if (to < bytes.byteLength) bytes = bytes.slice(0, to);
    unpacked.set(bytes, guard.pages);
    return bytes;
  }

  const take = (packed: Uint8Array): Uint8Array => {
    const pages = unpacked.get(packed.buffer);
    const page = pages?.get(packed.byteOffset) ?? damaged('a page was not checked');
    pages!.delete(packed.byteOffset);
    return page;
  };
  const codecs: CompressionCodec[] = ['SNAPPY', 'GZIP', 'BROTLI', 'LZ4', 'ZSTD', 'LZ4_RAW', 'LZO'];
  const compressors: Compressors = Object.fromEntries(codecs.map((codec) => [codec, take]));
  return { slice, compressors };
}
