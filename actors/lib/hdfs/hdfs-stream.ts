import type { IncomingMessage } from 'node:http';

/** What a stream asks of the file system. */
export interface StreamSource {
  /** The file from a byte on, up to `length` bytes or to its end. */
  open(offset: number, length: number | undefined): Promise<IncomingMessage>;
  /** Tries until it is done, or cannot be. */
  tried<T>(task: () => Promise<T>): Promise<T>;
}

/**
 * The bytes of a file from `position` to `end`, out of one answer. While nobody asks for more, the connection holds the server
 * back; where it breaks off, be it for that, the rest is asked for anew.
 */
export class HdfsStream {
  /** Of the next byte to come. */
  position: number;
  readonly #end: number;
  readonly #source: StreamSource;
  #answer: IncomingMessage | undefined;
  #pieces: AsyncIterator<Buffer> | undefined;

  constructor(source: StreamSource, position: number, end: number) {
    this.#source = source;
    this.position = position;
    this.#end = end;
  }

  /** The next bytes; undefined at the end, which comes early in a file that has become shorter. */
  next(): Promise<Buffer | undefined> {
    return this.#source.tried(async () => {
      while (this.position < this.#end) {
        const isNew = this.#pieces === undefined;
        this.#pieces ??= await this.#open();
        const piece = await this.#pieces.next().catch((error) => {
          this.close();
          throw error;
        });
        if (!piece.done) {
          this.position += piece.value.length;
          return piece.value;
        }
        this.close();
        if (isNew) return undefined;
      }
      return undefined;
    });
  }

  async #open(): Promise<AsyncIterator<Buffer>> {
    const length = Number.isFinite(this.#end) ? this.#end - this.position : undefined;
    const answer = await this.#source.open(this.position, length);
    // It may break off while nobody waits for a piece: the next one that is asked for tells.
    answer.on('error', () => {});
    this.#answer = answer;
    return answer[Symbol.asyncIterator]();
  }

  /** Leaves the answer; what is asked for next is asked of the server anew. */
  close(): void {
    this.#answer?.destroy();
    this.#answer = undefined;
    this.#pieces = undefined;
  }
}
