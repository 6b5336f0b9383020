import { toErrorData } from '../../base/errors.ts';
import type { At, Row } from '../../stage/row.ts';
import type { SinkContext, SinkWriter } from '../../stage/sink.ts';
import type { Kept } from './chunk.ts';

/** A record that the inner writer refused. */
export interface Refused {
  row: unknown;
  code: string;
  reason: string;
}

/** One life of the writer that a buffer gives its records to: from its creation until something of it fails. */
export class Life {
  readonly #writer: SinkWriter;
  readonly #at: At;
  readonly #timers = new Set<() => void>();
  #opened: Promise<void> | undefined;
  #isOpen = false;
  #failure: { error: unknown } | undefined;
  #reject: (error: unknown) => void = () => {};
  #refused: Refused[] = [];

  /** Throws what `create` throws. */
  constructor(context: SinkContext, create: (context: SinkContext) => SinkWriter) {
    this.#at = { time: Number.NaN, order: Number.NaN, key: null, retract: false };
    this.#writer = create({
      ...context,
      at: this.#at,
      after: (ms, task) => this.#after(context, ms, task),
      deadLetter: (row, code, reason) => void this.#refused.push({ row, code, reason }),
      fail: (error) => this.fail(error),
    });
  }

  /** It is over: who waits for something of it learns why. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#reject(this.#failure.error);
  }

  async open(): Promise<void> {
    this.#opened ??= this.#open();
    await this.#during(this.#opened);
  }

  async #open(): Promise<void> {
    await this.#writer.open?.();
    this.#isOpen = true;
  }

  /** Gives it a record, once it can take one. */
  async write({ row, at }: Kept): Promise<void> {
    for (let busy = this.#writer.busy?.(); busy !== undefined; busy = this.#writer.busy?.()) await this.#during(busy);
    if (this.#failure !== undefined) throw this.#failure.error;
    Object.assign(this.#at, at);
    this.#push(row);
  }

  #push(row: Row): void {
    try {
      this.#writer.write(row, this.#at);
    } catch (error) {
      const { code, message } = toErrorData(error);
      if (code === 'WEIR_ASSERTION') throw error;
      this.#refused.push({ row, code: code ?? 'WEIR_STAGE_THREW', reason: message });
    }
  }

  /** Resolves when the other side has all that was written, with what it refused. */
  async flush(epoch: number): Promise<Refused[]> {
    await this.#during(Promise.resolve(this.#writer.prepare?.(epoch)));
    return this.#refused.splice(0);
  }

  async end(): Promise<void> {
    for (const cancel of this.#timers) cancel();
    const isOpening = this.#opened !== undefined && !this.#isOpen;
    await this.#writer.close?.();
    if (!isOpening) return;
    // Closing may be what it needs to give up. What was opened all the same would stay open.
    await this.#opened?.catch(() => {});
    if (this.#isOpen) await this.#writer.close?.();
  }

  #after(context: SinkContext, ms: number, task: () => void): () => void {
    const cancel = context.after(ms, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
    return () => {
      this.#timers.delete(cancel);
      cancel();
    };
  }

  /** As the promise, or rejects with what ended this life. One at a time. */
  #during<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      promise.then(resolve, reject);
      if (this.#failure !== undefined) reject(this.#failure.error);
    });
  }
}
