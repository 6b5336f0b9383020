import type { Readable } from 'node:stream';
import { type AssignedSplit, type SourceContext, type SourceOutput, type SourceReader, WeirError } from '#stage';
import { RecordCutter } from '../bytes/record-cutter.ts';
import { Window } from '../bytes/window.ts';

/** Pieces of the stream that may wait to be taken. */
const MAX_PIECES = 8;

/** Reads one stream of bytes to its end. What has been read once is not there again, so nothing can be read anew. */
export class StreamReader implements SourceReader {
  readonly #context: SourceContext;
  readonly #start: () => Readable;
  readonly #maxRecord: number;
  readonly #cut: boolean;
  readonly #pieces: Buffer[] = [];
  #stream: Readable | undefined;
  #split = '0';
  #base = 0;
  #cutter: RecordCutter | undefined;
  #begun = false;
  #streamEnded = false;
  #draining = false;
  #finished = true;

  /** `whole` says, behind a restart, whether the stream stands at the beginning of a record. */
  constructor(context: SourceContext, start: () => Readable, maxRecord: number, whole = () => false) {
    this.#context = context;
    this.#cut = context.restarted && !whole();
    this.#start = start;
    this.#maxRecord = maxRecord;
  }

  open([split]: readonly AssignedSplit[]): void {
    if (split === undefined) return;
    this.#finished = false;
    this.#split = split.id;
    // Another run has another stream: its records come behind those of the one before.
    this.#base = typeof split.position === 'number' ? split.position : 0;
    const stream = this.#start();
    const { wake } = this.#context;
    stream.on('data', (piece: Buffer) => {
      this.#pieces.push(piece);
      if (this.#pieces.length >= MAX_PIECES) stream.pause();
      wake();
    });
    stream.on('end', () => {
      this.#streamEnded = true;
      wake();
    });
    stream.on('error', (error) => {
      this.#context.fail(new WeirError('WEIR_STREAM', `the input cannot be read: ${error.message}`, { cause: error }));
    });
    this.#stream = stream;
  }

  positions(): Record<string, number> {
    return { [this.#split]: this.#base + (this.#cutter?.resume ?? 0) };
  }

  drain(): void {
    this.#draining = true;
    this.#stream?.pause();
    this.#context.wake();
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    if (this.#finished) return 'end';
    this.#cutter ??= this.#begin(out);
    if (this.#advance(this.#cutter)) return 'more';
    const { length } = this.#cutter.window;
    if (this.#pieces.length > 0) {
      this.#cutter.window.append(this.#pieces.shift()!);
      if (this.#pieces.length <= MAX_PIECES / 2 && !this.#draining) this.#stream?.resume();
      return 'more';
    }
    if (!this.#streamEnded && !this.#draining) return 'wait';
    if (length > 0) this.#context.log('warn', `${length} bytes of a record were left behind, whose end had not come`);
    this.#finished = true;
    out.endSplit(this.#split);
    return 'end';
  }

  #begin(out: SourceOutput): RecordCutter {
    const { restarted, splittable } = this.#context;
    const decoder = this.#context.decoder(this.#split, out);
    const cutter = new RecordCutter(new Window(256 * 1024), {
      decoder,
      splittable,
      maxRecord: this.#maxRecord,
      order: this.#base,
      malformed: (input, reason, order) => out.malformed(this.#split, input, reason, order),
    });
    if (!restarted) return cutter;
    if (decoder.header !== undefined) {
      const what = 'the header of the input was read before the restart, and cannot be read again';
      throw new WeirError('WEIR_STREAM_HEADER', what);
    }
    this.#context.log(
      'warn',
      'what had been read and is in no checkpoint is lost: it goes on with the next whole record',
    );
    if (this.#cut) cutter.skip();
    return cutter;
  }

  #advance(cutter: RecordCutter): boolean {
    const isLast = this.#streamEnded && this.#pieces.length === 0;
    this.#begun ||= cutter.header(isLast);
    return this.#begun && cutter.step(isLast, isLast);
  }

  close(): void {
    this.#stream?.destroy();
  }
}
