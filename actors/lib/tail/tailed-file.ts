import { type FileHandle, open } from 'node:fs/promises';
import { type Decoder, hashText } from '#stage';
import { RecordCutter } from '../bytes/record-cutter.ts';
import { Window } from '../bytes/window.ts';

/** Bytes of a file's beginning by which it is known again: another file may get the number of a deleted one. */
const HEAD = 256;
const BLOCK = 256 * 1024;
const MAX_HEADER = 64 * 1024;

/** What a checkpoint keeps of a file. */
export interface TailPosition {
  /** Device and inode. */
  readonly id: string;
  readonly path: string;
  readonly offset: number;
  /** A hash of so many bytes of its beginning. */
  readonly head: { readonly bytes: number; readonly hash: number };
}

/** What the files of one source have in common. */
export interface TailContext {
  /** Bytes given out so far, of all files: what orders are made of. */
  total: number;
  readonly maxRecord: number;
  decoder(): Decoder;
  now(): number;
  malformed(input: Uint8Array, reason: string, order: number): void;
}

/** A file that is read while it grows. */
export class TailedFile {
  readonly id: string;
  path: string;
  /** Bytes that it is known to have. */
  size = 0;
  /** Since when it has not been found under any name that is followed; undefined while it is. */
  goneSince: number | undefined;
  /** It has been gone for long enough, and its size is known since then: nothing more is waited for. */
  isOver = false;
  readonly #handle: FileHandle;
  readonly #context: TailContext;
  #cutter: RecordCutter;
  #decoder: Decoder | undefined;
  #begun = false;
  /** Bytes have come that the decoder has not seen. */
  #isFresh = false;
  #head = '';
  /** When bytes of it came last. */
  #grownAt = 0;

  private constructor(id: string, path: string, handle: FileHandle, context: TailContext) {
    this.id = id;
    this.path = path;
    this.#handle = handle;
    this.#context = context;
    this.#cutter = this.#newCutter(0);
  }

  /** Opens a file to read it from `offset` on. */
  static async open(id: string, path: string, offset: number, context: TailContext): Promise<TailedFile> {
    const file = new TailedFile(id, path, await open(path), context);
    await file.restart(offset);
    return file;
  }

  /** Goes to another place, as to the beginning when the file was cut. */
  async restart(offset: number): Promise<void> {
    this.#cutter = this.#newCutter(offset);
    this.#head = '';
    this.#isFresh = false;
    if (offset > 0 && !this.#begun) this.#begun = this.#newCutter(0, await this.#read(0, MAX_HEADER)).header(false);
    await this.#keepHead();
  }

  #newCutter(offset: number, bytes?: Buffer): RecordCutter {
    const window = new Window(bytes?.length ?? BLOCK);
    window.reset(offset);
    if (bytes !== undefined) window.append(bytes);
    else {
      this.#decoder = this.#context.decoder();
      this.#begun = this.#decoder.header === undefined;
    }
    const { maxRecord, malformed } = this.#context;
    return new RecordCutter(window, { decoder: this.#decoder!, splittable: true, maxRecord, order: 0, malformed });
  }

  async #read(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.#handle.read(bytes, 0, length, offset);
    return bytes.subarray(0, bytesRead);
  }

  async #keepHead(): Promise<void> {
    if (this.#head.length < HEAD) this.#head = (await this.#read(0, HEAD)).toString('latin1');
  }

  /** Asks for its size, which it has even when its name is gone. */
  async look(): Promise<void> {
    this.size = (await this.#handle.stat()).size;
  }

  /** Takes note of the size found: true when the file is another one, or shorter than what was read of it. */
  async isNew(size: number): Promise<boolean> {
    const grown = size !== this.size;
    this.size = size;
    if (size < this.#behind) return true;
    return grown && (await this.#read(0, this.#head.length)).toString('latin1') !== this.#head;
  }

  /** Whether the beginning is the one that a checkpoint knows. */
  async isKnownBy({ head }: TailPosition): Promise<boolean> {
    return hashText((await this.#read(0, head.bytes)).toString('latin1')) === head.hash;
  }

  get #behind(): number {
    return this.#cutter.window.offset + this.#cutter.window.length;
  }

  /** There is more to read, and what was read before has been given out as far as it can be. */
  get isHungry(): boolean {
    return this.size > this.#behind && !this.#isFresh;
  }

  /** Reads a block. */
  async fill(): Promise<void> {
    const cutter = this.#cutter;
    const bytes = await this.#read(this.#behind, Math.min(BLOCK, this.size - this.#behind));
    await this.#keepHead();
    // It may have been cut meanwhile.
    if (cutter !== this.#cutter) return;
    if (bytes.length === 0) this.size = this.#behind;
    cutter.window.append(bytes);
    this.#isFresh = bytes.length > 0;
    this.#grownAt = this.#context.now();
  }

  /** Decodes part of what is there; false when that takes more bytes. With `last` what is left is a record. */
  step(last: boolean): boolean {
    const cutter = this.#cutter;
    this.#begun ||= cutter.header(last);
    if (!this.#begun) return this.#stop();
    const { offset } = cutter.window;
    cutter.base = this.#context.total - offset;
    if (!cutter.step(last, last)) return this.#stop();
    this.#context.total += cutter.window.offset - offset;
    return true;
  }

  #stop(): false {
    this.#isFresh = false;
    return false;
  }

  /** All that is known of it has been given out, but for a record whose end has not come. */
  get isDone(): boolean {
    return this.size <= this.#behind && !this.#isFresh;
  }

  /** Whole lines are left, of which nothing tells that they are a record, and nothing has come for so long. */
  isQuiet(forMs: number): boolean {
    const { length, buffer, end } = this.#cutter.window;
    if (this.#decoder?.byLines !== true || length === 0 || !this.isDone || buffer[end - 1] !== 10) return false;
    return this.#context.now() - this.#grownAt >= forMs;
  }

  position(): TailPosition {
    const head = { bytes: this.#head.length, hash: hashText(this.#head) };
    return { id: this.id, path: this.path, offset: this.#cutter.resume, head };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
