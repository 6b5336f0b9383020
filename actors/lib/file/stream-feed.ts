import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Window } from '../bytes/window.ts';
import { type Chunk, packingOf } from './chunks.ts';
import type { Feed } from './feed.ts';
import { type FileSystem, type InputFile, readError } from './input-files.ts';
import { type PackedFault, salvage, trailing } from './salvage.ts';
import { unzstd } from './unzstd.ts';

/** Pieces of a stream that may wait to be taken. */
const MAX_PIECES = 8;
/** Read of a compressed file, and unpacked, at a time. */
const PACKED_PIECE = 16 * 1024;
const UNPACKED_PIECE = 64 * 1024;
/** What unpacks to no more than this is no bomb, whatever its ratio. */
const HARMLESS = 64 * 2 ** 20;

/** A whole file as a stream, unpacked if it is compressed. */
export class StreamFeed implements Feed {
  readonly window = new Window(256 * 1024);
  readonly oversize = undefined;
  fault: PackedFault | undefined;
  readonly #path: string;
  readonly #wake: () => void;
  readonly #system: FileSystem;
  readonly #maxRatio: number;
  readonly #pieces: Buffer[] = [];
  readonly #streams: Readable[] = [];
  /** Bytes that have come out of the stream, and those of the file that it has taken. */
  #given = 0;
  #packed = 0;
  #ended = false;
  #closed = false;
  #error: unknown;

  constructor(
    { file }: Chunk,
    checked: Promise<unknown>,
    { wake, system, maxRatio }: { wake: () => void; system: FileSystem; maxRatio: number },
  ) {
    this.#path = file.path;
    this.#system = system;
    this.#maxRatio = maxRatio;
    this.#wake = wake;
    checked.then(() => this.#closed || this.#start(file)).catch(this.#fail);
  }

  readonly #fail = (error: unknown): void => {
    this.#error = error;
    this.#wake();
  };

  readonly #end = (fault?: PackedFault): void => {
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
    const packing = packingOf(file.path);
    // What has been appended since the first start is not read.
    const raw = this.#system.stream(file.path, file.size, packing === undefined ? undefined : PACKED_PIECE);
    raw.on('error', this.#fail);
    const stream = packing === undefined ? raw : packing === 'gzip' ? this.#gunzip(file, raw) : this.#unzstd(raw);
    this.#streams.push(raw, stream);
    stream.on('data', (piece: Buffer) => {
      this.#take(piece);
      if (packing !== undefined && this.#isBomb()) return;
      if (this.#pieces.length >= MAX_PIECES) stream.pause();
    });
    if (packing === undefined) stream.on('end', this.#end);
  }

  /** Ends the file where it unpacks to more than what is compressed does: it was made to keep its readers busy. */
  #isBomb(): boolean {
    if (this.#given <= HARMLESS || this.#given <= this.#packed * this.#maxRatio) return false;
    const what = `it unpacks to more than ${this.#maxRatio} times its size (maxRatio)`;
    for (const stream of this.#streams) stream.destroy();
    this.#end({ what, offset: this.#packed, torn: true });
    return true;
  }

  #unzstd(raw: Readable): Readable {
    const onRead = (packed: number) => {
      this.#packed = packed;
    };
    let found: PackedFault | undefined;
    const pieces = unzstd(raw, onRead, (fault) => {
      found = fault;
    });
    const stream = Readable.from(pieces, { objectMode: true, highWaterMark: 1 });
    // Pieces may wait in the stream when the fault is known.
    return stream.on('error', this.#fail).on('end', () => this.#end(found));
  }

  #gunzip(file: InputFile, raw: Readable): Readable {
    const gunzip = raw.pipe(createGunzip({ chunkSize: UNPACKED_PIECE }));
    gunzip.on('data', () => {
      this.#packed = gunzip.bytesWritten;
    });
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
