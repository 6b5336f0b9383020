import type { Readable } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import { Window } from '../bytes/window.ts';
import { type Chunk, isCompressed } from './chunks.ts';
import type { Feed } from './feed.ts';
import { type FileSystem, type InputFile, readError } from './input-files.ts';
import { type GzipFault, salvage, trailing } from './salvage.ts';

/** Pieces of a stream that may wait to be taken. */
const MAX_PIECES = 8;
/** Read of a compressed file, and unpacked, at a time. */
const PACKED_PIECE = 16 * 1024;
const UNPACKED_PIECE = 64 * 1024;

/** A whole file as a stream, unpacked if it is compressed. */
export class StreamFeed implements Feed {
  readonly window = new Window(256 * 1024);
  readonly oversize = undefined;
  fault: GzipFault | undefined;
  readonly #path: string;
  readonly #wake: () => void;
  readonly #system: FileSystem;
  readonly #pieces: Buffer[] = [];
  readonly #streams: Readable[] = [];
  /** Bytes that have come out of the stream. */
  #given = 0;
  #ended = false;
  #closed = false;
  #error: unknown;

  constructor({ file }: Chunk, checked: Promise<unknown>, wake: () => void, system: FileSystem) {
    this.#path = file.path;
    this.#system = system;
    this.#wake = wake;
    checked.then(() => this.#closed || this.#start(file)).catch(this.#fail);
  }

  readonly #fail = (error: unknown): void => {
    this.#error = error;
    this.#wake();
  };

  readonly #end = (fault?: GzipFault): void => {
    this.fault = fault;
    this.#ended = true;
    this.#wake();
  };

  readonly #take = (piece: Buffer): void => {
    this.#given += piece.length;
    this.#pieces.push(piece);
    this.#wake();
  };

  #start(file: InputFile): void {
    const isPacked = isCompressed(file.path);
    // What has been appended since the first start is not read.
    const raw = this.#system.stream(file.path, file.size, isPacked ? PACKED_PIECE : undefined);
    raw.on('error', this.#fail);
    const stream = isPacked ? this.#unpack(file, raw) : raw;
    this.#streams.push(raw, stream);
    stream.on('data', (piece: Buffer) => {
      this.#take(piece);
      if (this.#pieces.length >= MAX_PIECES) stream.pause();
    });
    if (!isPacked) stream.on('end', this.#end);
  }

  #unpack(file: InputFile, raw: Readable): Gunzip {
    const gunzip = raw.pipe(createGunzip({ chunkSize: UNPACKED_PIECE }));
    gunzip.on('end', () => {
      trailing(this.#system, file, gunzip.bytesWritten).then(this.#end, this.#fail);
    });
    gunzip.on('error', () => {
      raw.destroy();
      const options = {
        sound: gunzip.bytesWritten,
        given: this.#given,
        take: this.#take,
        isClosed: () => this.#closed,
      };
      salvage(this.#system, file, options).then(this.#end, this.#fail);
    });
    return gunzip;
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
