import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Window } from '../bytes/window.ts';
import { type Chunk, isCompressed } from './chunks.ts';
import { type InputFile, readError } from './input-files.ts';
import { readChunk } from './read-chunk.ts';

/** Pieces of a stream, 64 KiB each, that may wait to be taken. */
const MAX_PIECES = 8;

/** The bytes of one chunk on their way from the disk. */
export interface Feed {
  readonly window: Window;
  /** All bytes of the chunk have come into the window. */
  readonly complete: boolean;
  /** Bytes that are known of a last record which is longer than is allowed; they stand behind the window's end. */
  readonly oversize: number | undefined;
  /** Takes what has come into the window; false when nothing has. Throws what reading met. */
  pull(): boolean;
  close(): void;
}

/** Part of a file, read in one go into a window of the pool. */
export class ChunkFeed implements Feed {
  readonly window: Window;
  complete = false;
  oversize: number | undefined;
  #error: unknown;
  #loaded = false;

  constructor(
    chunk: Chunk,
    from: number,
    {
      window,
      maxRecord,
      handle,
      wake,
    }: { window: Window; maxRecord: number; handle: Promise<FileHandle>; wake(): void },
  ) {
    this.window = window;
    this.#load(chunk, from, maxRecord, handle)
      .catch((error) => {
        this.#error = readError(chunk.file.path, error);
      })
      .finally(() => {
        this.#loaded = true;
        wake();
      });
  }

  async #load(chunk: Chunk, from: number, maxRecord: number, handle: Promise<FileHandle>): Promise<void> {
    this.oversize = await readChunk(await handle, chunk, from, this.window, maxRecord);
  }

  pull(): boolean {
    if (this.#error !== undefined) throw this.#error;
    if (!this.#loaded || this.complete) return false;
    this.complete = true;
    return true;
  }

  close(): void {}
}

/** A whole file as a stream, unpacked if it is compressed. */
export class StreamFeed implements Feed {
  readonly window = new Window(256 * 1024);
  readonly oversize = undefined;
  readonly #path: string;
  readonly #pieces: Buffer[] = [];
  readonly #streams: Readable[] = [];
  #ended = false;
  #closed = false;
  #error: unknown;

  constructor({ file }: Chunk, checked: Promise<unknown>, wake: () => void) {
    this.#path = file.path;
    checked
      .then(() => this.#closed || this.#start(file, wake))
      .catch((error) => {
        this.#error = error;
        wake();
      });
  }

  #start(file: InputFile, wake: () => void): void {
    // What has been appended since the first start is not read.
    const raw = createReadStream(file.path, { end: Math.max(0, file.size - 1) });
    const stream = isCompressed(file.path) ? raw.pipe(createGunzip()) : raw;
    this.#streams.push(raw, stream);
    for (const each of new Set<Readable>([raw, stream])) {
      each.on('error', (error) => {
        this.#error = error;
        wake();
      });
    }
    stream.on('data', (piece: Buffer) => {
      this.#pieces.push(piece);
      if (this.#pieces.length >= MAX_PIECES) stream.pause();
      wake();
    });
    stream.on('end', () => {
      this.#ended = true;
      wake();
    });
  }

  get complete(): boolean {
    return this.#ended && this.#pieces.length === 0;
  }

  pull(): boolean {
    const piece = this.#pieces.shift();
    if (piece === undefined) {
      if (this.#error !== undefined) throw readError(this.#path, this.#error);
      return false;
    }
    this.window.append(piece);
    if (this.#pieces.length <= MAX_PIECES / 2) this.#streams[1]!.resume();
    return true;
  }

  close(): void {
    this.#closed = true;
    for (const stream of this.#streams) stream.destroy();
  }
}

/** Open files, each opened once and checked to be the one that was read before. */
export class OpenFiles {
  readonly #open = new Map<string, Promise<FileHandle>>();
  readonly #check: (chunk: Chunk) => Promise<void>;

  constructor(check: (chunk: Chunk) => Promise<void>) {
    this.#check = check;
  }

  handle(chunk: Chunk): Promise<FileHandle> {
    const { path } = chunk.file;
    let handle = this.#open.get(path);
    if (handle === undefined) {
      handle = this.#check(chunk).then(() => open(path));
      handle.catch(() => {}); // Whoever waits for it gets the error.
      this.#open.set(path, handle);
    }
    return handle;
  }

  /** Closes all files but the ones named. */
  async keep(paths: ReadonlySet<string>): Promise<void> {
    // Taken off at once: while one closes, another may be opened anew.
    const closing = [...this.#open].filter(([path]) => !paths.has(path));
    for (const [path] of closing) this.#open.delete(path);
    for (const [, handle] of closing) await (await handle.catch(() => undefined))?.close();
  }
}
