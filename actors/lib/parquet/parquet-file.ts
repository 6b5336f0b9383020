import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { messageOf, WeirError } from '#stage';
import { type FileSystem, type InputFile, LOCAL_FILES, type OpenedFile, readError } from '../file/input-files.ts';
import { scaled, takeScales } from './decimals.ts';
import { PARSERS, recordValues } from './values.ts';

/** A column of a row group that is longer unpacked is not read: its file is damaged, or meant to fill the memory. */
const MOST_BYTES = 2 ** 30;

/** A row group, by column. */
export interface ReadGroup {
  readonly names: readonly string[];
  readonly columns: readonly ArrayLike<unknown>[];
  readonly rows: number;
}

/** An open Parquet file. */
export class ParquetFile {
  readonly #file: InputFile;
  readonly #handle: OpenedFile;
  readonly #buffer: AsyncBuffer;
  readonly #scales: ReadonlyMap<string, number>;
  readonly metadata: FileMetaData;

  private constructor(file: InputFile, handle: OpenedFile, buffer: AsyncBuffer, metadata: FileMetaData) {
    this.#file = file;
    this.#handle = handle;
    this.#buffer = buffer;
    this.#scales = takeScales(metadata);
    this.metadata = metadata;
  }

  /** Opens a file and reads its footer. Throws `WEIR_NOT_PARQUET` for what has none. */
  static async open(file: InputFile, files: FileSystem = LOCAL_FILES): Promise<ParquetFile> {
    const { parquetMetadataAsync } = await import('hyparquet');
    let handle: OpenedFile;
    try {
      handle = await files.open(file.path);
    } catch (cause) {
      throw cause instanceof WeirError ? cause : readError(file.path, cause);
    }
    const buffer: AsyncBuffer = {
      byteLength: file.size,
      slice(start, end = file.size) {
        const read = slice(file, handle, start, end);
        // The library asks for several at once: when one fails it looks no further at the others.
        read.catch(() => {});
        return read;
      },
    };
    try {
      return new ParquetFile(file, handle, buffer, await parquetMetadataAsync(buffer, { parsers: PARSERS }));
    } catch (cause) {
      await handle.close();
      if (cause instanceof WeirError) throw cause;
      throw new WeirError('WEIR_NOT_PARQUET', `${file.path} is no Parquet file, or is damaged: ${messageOf(cause)}`, {
        cause,
        data: { path: file.path },
      });
    }
  }

  /** Rows of each row group. */
  get rows(): number[] {
    return this.metadata.row_groups.map(({ num_rows }) => Number(num_rows));
  }

  /** Reads a row group, of which only the columns in `wanted` where that is given. */
  async group(index: number, wanted: ReadonlySet<string> | undefined): Promise<ReadGroup> {
    const [{ parquetRead }, { compressors }] = await Promise.all([
      import('hyparquet'),
      import('hyparquet-compressors'),
    ]);
    const { metadata } = this;
    const group = metadata.row_groups[index]!;
    for (const { meta_data } of group.columns) {
      if (Number(meta_data?.total_uncompressed_size ?? 0) > MOST_BYTES)
        throw new Error(`a column of row group ${index} has more than ${MOST_BYTES} bytes`);
    }
    const from = this.rows.slice(0, index).reduce((sum, rows) => sum + rows, 0);
    const rows = Number(group.num_rows);
    const all = [...new Set(group.columns.map(({ meta_data }) => meta_data?.path_in_schema[0] ?? ''))];
    const names = all.filter((name) => wanted === undefined || wanted.has(name));
    const found = new Map<string, ArrayLike<unknown>>();
    if (names.length > 0) {
      await parquetRead({
        file: this.#buffer,
        metadata,
        columns: names,
        rowStart: from,
        rowEnd: from + rows,
        compressors,
        utf8: false,
        parsers: PARSERS,
        onChunk: ({ columnName, columnData, rowStart }) => {
          const scale = this.#scales.get(columnName);
          const plain = recordValues(columnData);
          const values = scale === undefined ? plain : scaled(plain, scale);
          const whole = rowStart === from && values.length === rows;
          if (whole) found.set(columnName, values);
          else fill(found, columnName, values, rowStart - from, rows);
        },
      });
    }
    const columns = names.map((name) => found.get(name) ?? []);
    return { names, columns, rows };
  }

  get path(): string {
    return this.#file.path;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Bytes of a file, from one place to another. */
async function slice(file: InputFile, handle: OpenedFile, start: number, end: number): Promise<ArrayBuffer> {
  const from = Math.max(0, start);
  const to = Math.min(end, file.size);
  if (!(from <= to)) throw new Error(`there are no bytes from ${start} to ${end}, of ${file.size}`);
  const bytes = Buffer.alloc(to - from);
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, from + done);
    if (bytesRead === 0) throw new WeirError('WEIR_FILE_CHANGED', `${file.path} became shorter while it was read`);
    done += bytesRead;
  }
  return bytes.buffer;
}

/** Puts a piece of a column to its place. */
function fill(
  found: Map<string, ArrayLike<unknown>>,
  name: string,
  values: ArrayLike<unknown>,
  at: number,
  rows: number,
) {
  const column = (found.get(name) as unknown[] | undefined) ?? new Array<unknown>(rows).fill(null);
  for (let i = 0; i < values.length; i++) if (at + i >= 0 && at + i < rows) column[at + i] = values[i];
  found.set(name, column);
}
