import type { Window } from '../bytes/window.ts';
import type { Chunk } from './chunks.ts';
import { type FileSystem, type OpenedFile, readError } from './input-files.ts';
import { readChunk } from './read-chunk.ts';
import type { PackedFault } from './salvage.ts';

/** The bytes of one chunk on their way from the disk. */
export interface Feed {
  readonly window: Window;
  /** All bytes of the chunk have come into the window. */
  readonly complete: boolean;
  /** Bytes that are known of a last record which is longer than is allowed; they stand behind the window's end. */
  readonly oversize: number | undefined;
  /** What the compressed file was found to have, once it is complete: its bytes are those before it. */
  readonly fault: PackedFault | undefined;
  /** Takes what has come into the window; false when nothing has. Throws what reading met. */
  pull(): boolean;
  close(): void;
}

/** Part of a file, read in one go into a window of the pool. */
export class ChunkFeed implements Feed {
  readonly window: Window;
  complete = false;
  oversize: number | undefined;
  readonly fault = undefined;
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
    }: { window: Window; maxRecord: number; handle: Promise<OpenedFile>; wake(): void },
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

  async #load(chunk: Chunk, from: number, maxRecord: number, handle: Promise<OpenedFile>): Promise<void> {
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

/** Open files, each opened once and checked to be the one that was read before. */
export class OpenFiles {
  readonly #open = new Map<string, Promise<OpenedFile>>();
  readonly #system: FileSystem;

  constructor(system: FileSystem) {
    this.#system = system;
  }

  handle(chunk: Chunk): Promise<OpenedFile> {
    const { file } = chunk;
    const { path } = file;
    let handle = this.#open.get(path);
    if (handle === undefined) {
      handle = this.#system.checkUnchanged(file).then(() => this.#system.open(path));
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
