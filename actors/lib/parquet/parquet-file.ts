import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { messageOf, WeirError } from '#stage';
import { type FileSystem, type InputFile, LOCAL_FILES, type OpenedFile, readError } from '../file/input-files.ts';
import { scaled, takeScales } from './decimals.ts';
import type { RowGroups } from './row-group.ts';
import { PARSERS, recordValues } from './values.ts';

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
  readonly #scales: ReadonlyMap<string, number>;
  readonly #groups: RowGroups;
  readonly metadata: FileMetaData;

  private constructor(file: InputFile, handle: OpenedFile, metadata: FileMetaData, groups: RowGroups) {
    this.#file = file;
    this.#handle = handle;
    this.#groups = groups;
    this.#scales = takeScales(metadata);
    this.metadata = metadata;
  }

  /** Opens a file and reads its footer. Throws `WEIR_NOT_PARQUET` for what has none. */
  static async open(file: InputFile, files: FileSystem = LOCAL_FILES): Promise<ParquetFile> {
    // Where a topology reads no Parquet the library stays on the disk.
    const [{ readFooter }, { RowGroups }] = await Promise.all([import('./footer-guard.ts'), import('./row-group.ts')]);
    let handle: OpenedFile;
    try {
      handle = await files.open(file.path);
    } catch (cause) {
      throw cause instanceof WeirError ? cause : readError(file.path, cause);
    }
    const buffer: AsyncBuffer = {
      byteLength: file.size,
      slice: (start, end = file.size) => slice(file, handle, start, end),
    };
    try {
      const metadata = await readFooter(buffer);
      const groups = new RowGroups(buffer, metadata, { utf8: false, parsers: PARSERS });
      return new ParquetFile(file, handle, metadata, groups);
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
    const group = this.metadata.row_groups[index]!;
    const rows = this.#groups.rows(index);
    const all = [...new Set(group.columns.map(({ meta_data }) => meta_data?.path_in_schema[0] ?? ''))];
    const names = all.filter((name) => wanted === undefined || wanted.has(name));
    const found = new Map<string, ArrayLike<unknown>>();
    for (const [name, pieces] of await this.#groups.read(index, names)) {
      const scale = this.#scales.get(name);
      const plain = pieces.map(recordValues);
      const values = scale === undefined ? plain : plain.map((piece) => scaled(piece, scale));
      found.set(name, values.length === 1 ? values[0]! : joined(values, rows));
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

/** A column of its pieces. */
function joined(pieces: readonly ArrayLike<unknown>[], rows: number): unknown[] {
  const column = new Array<unknown>(rows);
  let at = 0;
  for (const piece of pieces) for (let i = 0; i < piece.length; i++) column[at++] = piece[i];
  return column;
}
