import type { OpenedFile } from '../file/input-files.ts';
import type { HdfsStream } from './hdfs-stream.ts';
import type { WebHdfs } from './web-hdfs.ts';

/** Kept of what was read last: chunks of a file overlap by the end of a record. */
const KEPT = 64 * 1024;

/**
 * A file of HDFS that is read from any place in it. Each OPEN costs the NameNode and a DataNode some milliseconds, so reads that go
 * on where the one before ended share one, from the second on; after one that leaps ahead each has its own.
 */
export class HdfsFile implements OpenedFile {
  readonly #hdfs: WebHdfs;
  readonly #path: string;
  /** Where the reads that were asked for in order end. */
  #next: number | undefined;
  #leapt = false;
  #stream: HdfsStream | undefined;
  /** The bytes before the stream's position: taken ones, and those that came with them. */
  #held = Buffer.alloc(0);
  /** The stream serves one read after the other. */
  #served: Promise<unknown> = Promise.resolve();

  constructor(hdfs: WebHdfs, path: string) {
    this.#hdfs = hdfs;
    this.#path = path;
  }

  read(into: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }> {
    const target = into.subarray(offset, offset + length);
    const next = this.#next ?? Number.NEGATIVE_INFINITY;
    const follows = !this.#leapt && position <= next && position >= next - KEPT;
    if (position > next) {
      if (this.#next !== undefined) this.#leap();
      this.#next = position + length;
    }
    if (!follows) return this.#range(target, position);
    this.#next = Math.max(next, position + length);
    const read = this.#served.then(() => this.#follow(target, position));
    this.#served = read.catch(() => {});
    return read;
  }

  #leap(): void {
    this.#leapt = true;
    this.#served.then(() => this.close());
  }

  async #range(target: Buffer, position: number): Promise<{ bytesRead: number }> {
    if (target.length === 0) return { bytesRead: 0 };
    const stream = this.#hdfs.stream(this.#path, position, position + target.length);
    const bytesRead = (await fill(target, 0, stream)).filled;
    stream.close();
    return { bytesRead };
  }

  async #follow(target: Buffer, position: number): Promise<{ bytesRead: number }> {
    this.#stream ??= this.#hdfs.stream(this.#path, position);
    const stream = this.#stream;
    const behind = stream.position - this.#held.length;
    // Of a long record, asked for after the chunks behind it.
    if (position < behind) return this.#range(target, position);
    const held = this.#held.copy(target, 0, position - behind);
    if (held === target.length) return { bytesRead: held };
    const { filled, rest } = await fill(target, held, stream);
    this.#held = Buffer.concat([target.subarray(Math.max(0, filled - KEPT), filled), rest]);
    return { bytesRead: filled };
  }

  async close(): Promise<void> {
    this.#stream?.close();
    this.#stream = undefined;
    this.#held = Buffer.alloc(0);
  }
}

/** Fills what is left of `target`; fewer bytes at the end of the file. `rest`: what came behind them. */
async function fill(target: Buffer, filled: number, stream: HdfsStream): Promise<{ filled: number; rest: Buffer }> {
  let rest: Buffer = Buffer.alloc(0);
  while (filled < target.length) {
    const piece = await stream.next();
    if (piece === undefined) break;
    const taken = piece.copy(target, filled);
    filled += taken;
    rest = piece.subarray(taken);
  }
  return { filled, rest };
}
