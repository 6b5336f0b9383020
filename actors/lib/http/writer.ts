import type { At, Row, SinkContext, SinkWriter } from '#stage';
import { Outage } from '../delivery/outage.ts';
import { Progress } from '../delivery/progress.ts';
import { type Pack, packer } from '../packed/packed-encoder.ts';
import { zstdLibrary } from '../packed/zstd.ts';
import { type Batch, BatchBuilder, halvesOf } from './batch.ts';
import { type Fetcher, fetcherOf } from './fetcher.ts';
import { type PostOptions, post } from './post.ts';
import { shownUrl } from './shown.ts';

export interface HttpWriterOptions extends PostOptions {
  readonly batch: number;
  readonly linger: number;
  readonly concurrency: number;
}

/** Sends records in batches: when one is full, when its oldest record has waited long enough, and at each barrier. */
export class HttpWriter implements SinkWriter {
  readonly #options: HttpWriterOptions;
  readonly #context: SinkContext;
  readonly #next: BatchBuilder;
  readonly #waiting: Batch[] = [];
  readonly #closed = new AbortController();
  readonly #outage: Outage;
  #fetcher: Fetcher | undefined;
  #inFlight = 0;
  #pack: Pack | undefined;
  #linger: (() => void) | undefined;
  /** Told after each answer. */
  readonly #progress = new Progress();

  constructor(options: HttpWriterOptions, context: SinkContext) {
    this.#options = options;
    this.#context = context;
    this.#outage = new Outage(shownUrl(options.url), context, 0);
    this.#next = new BatchBuilder(options.format, context.eventTime);
  }

  async open(): Promise<void> {
    this.#fetcher = await fetcherOf(this.#options.tls);
    const { compression } = this.#options;
    if (compression === 'none') return;
    this.#pack = packer(compression, compression === 'zstd' ? await zstdLibrary() : undefined);
  }

  write(row: Row, at: At): void {
    this.#next.add(row, at);
    if (this.#next.size >= this.#options.batch) this.#cut();
    else this.#linger ??= this.#context.after(this.#options.linger, () => this.#cut());
  }

  #cut(): void {
    this.#linger?.();
    this.#linger = undefined;
    if (this.#next.size === 0) return;
    this.#waiting.push(this.#next.cut());
    this.#pump();
  }

  #pump(): void {
    while (this.#inFlight < this.#options.concurrency && !this.#progress.hasFailed) {
      const batch = this.#waiting.shift();
      if (batch === undefined) return;
      this.#inFlight++;
      this.#send(batch).finally(() => {
        this.#inFlight--;
        this.#pump();
        this.#progress.tell();
      });
    }
  }

  async #send(batch: Batch): Promise<void> {
    try {
      await this.#post(batch);
    } catch (error) {
      if (this.#closed.signal.aborted || this.#progress.hasFailed) return;
      this.#progress.fail(error);
      this.#context.fail(error);
    }
  }

  async #post(batch: Batch): Promise<void> {
    const { refused, isTooLarge } = await post(
      batch,
      { ...this.#options, pack: this.#pack },
      this.#context,
      this.#closed.signal,
      this.#outage,
      this.#fetcher?.ask,
    );
    if (refused === undefined) return;
    if (isTooLarge && batch.rows.length > 1) {
      for (const half of halvesOf(batch, this.#options.format)) await this.#post(half);
      return;
    }
    for (const row of batch.rows) this.#context.deadLetter(row, 'WEIR_HTTP_STATUS', refused);
  }

  busy(): Promise<void> | undefined {
    return this.#waiting.length === 0 ? undefined : this.#progress.until(() => this.#waiting.length === 0);
  }

  async prepare(): Promise<undefined> {
    this.#cut();
    this.#next.barrier();
    await this.#progress.until(() => this.#inFlight === 0 && this.#waiting.length === 0);
  }

  close(): void {
    this.#linger?.();
    this.#closed.abort();
    this.#fetcher?.close();
  }
}
