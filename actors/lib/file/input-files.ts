import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { Readable } from 'node:stream';
import { glob, isDynamicPattern } from 'tinyglobby';
import { hashText, WeirError } from '#stage';

/** A file as it was at the first start; goes into the source's checkpoint. */
export interface InputFile {
  readonly path: string;
  /** Bytes; what was appended later is not read. */
  readonly size: number;
  /** A hash of its first and last bytes, to notice that another file has taken its place. */
  readonly mark: number;
}

/** A file that is read from any place in it. */
export interface OpenedFile {
  /** Reads up to `length` bytes at `position` into `into`, from `offset` on; 0 bytes at the end of the file. */
  read(into: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  close(): Promise<void>;
}

/** Where files are read from. */
export interface FileSystem {
  /** The files that a path or glob names, in order of their paths. Throws `WEIR_FILE_NOT_FOUND` when there are none. */
  find(path: string): Promise<InputFile[]>;
  /** The file of this very name. Throws `WEIR_FILE_NOT_FOUND` when there is none. */
  describe(path: string): Promise<InputFile>;
  /** Throws `WEIR_FILE_CHANGED` when the file is not the one that was read before. A file that has grown still is. */
  checkUnchanged(file: InputFile): Promise<void>;
  open(path: string): Promise<OpenedFile>;
  /** The first bytes of a file, in pieces. */
  stream(path: string, bytes: number, piece: number | undefined): Readable;
}

/** The files of this machine. */
export const LOCAL_FILES: FileSystem = {
  find: inputFiles,
  describe,
  checkUnchanged,
  open,
  stream: (path, bytes, piece) =>
    createReadStream(path, { end: Math.max(0, bytes - 1), ...(piece === undefined ? {} : { highWaterMark: piece }) }),
};

const MARK_BYTES = 1024;

async function inputFiles(path: string): Promise<InputFile[]> {
  const paths = await expand(path);
  const files: InputFile[] = [];
  for (const each of paths) files.push(await describe(each));
  return files;
}

async function expand(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    throw new WeirError('WEIR_FILE_IS_FOLDER', `${path} is a folder: name the files in it, as in ${path}/*.ndjson`);
  }
  if (found !== undefined && !found.isFile()) {
    throw new WeirError('WEIR_FILE_IS_STREAM', `${path} is no regular file: pipe it into the source stdin`);
  }
  if (found !== undefined || !isDynamicPattern(path)) return [path];
  const paths = await glob(path, { onlyFiles: true, absolute: isAbsolute(path), expandDirectories: false });
  if (paths.length === 0) throw new WeirError('WEIR_FILE_NOT_FOUND', `no file matches ${path}`, { data: { path } });
  return paths.sort((a, b) => (a < b ? -1 : 1));
}

async function describe(path: string): Promise<InputFile> {
  try {
    const { size } = await stat(path);
    return { path, size, mark: await markOf(path, size) };
  } catch (cause) {
    throw readError(path, cause);
  }
}

async function checkUnchanged({ path, size, mark }: InputFile): Promise<void> {
  let now: number;
  try {
    now = (await stat(path)).size;
  } catch (cause) {
    throw readError(path, cause);
  }
  if (now >= size && (await markOf(path, size)) === mark) return;
  throw changed(path, size, now);
}

/** The error for a file that has become another one. */
export function changed(path: string, size: number, now: number): WeirError {
  const then = 'when reading began';
  const what = now < size ? `has ${now} bytes, and had ${size} ${then}` : `has other content than ${then}`;
  return new WeirError(
    'WEIR_FILE_CHANGED',
    `${path} ${what}, so positions in it mean nothing: put the old file back, or use --fresh to begin anew`,
    { data: { path, size, now } },
  );
}

async function markOf(path: string, size: number): Promise<number> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(2 * MARK_BYTES);
    const head = Math.min(size, MARK_BYTES);
    await file.read(bytes, 0, head, 0);
    await file.read(bytes, head, head, size - head);
    return hashText(bytes.toString('latin1', 0, 2 * head));
  } finally {
    await file.close();
  }
}

/** What a failed read means to its reader. */
export function readError(path: string, cause: unknown): WeirError {
  if (cause instanceof WeirError) {
    if (cause.message.includes(path)) return cause;
    return new WeirError(cause.code, `${path}: ${cause.message}`, { cause, data: { ...cause.data, path } });
  }
  const { code, message } = cause as NodeJS.ErrnoException;
  const options = { cause, data: { path } };
  if (code === 'ENOENT' || code === 'ENOTDIR') return new WeirError('WEIR_FILE_NOT_FOUND', `no file ${path}`, options);
  return new WeirError('WEIR_FILE_READ', `${path} cannot be read: ${message}`, options);
}
