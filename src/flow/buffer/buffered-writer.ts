import type { At, Row } from '../../stage/row.ts';
import type { SinkContext, SinkWriter } from '../../stage/sink.ts';
import type { Counters } from '../counters.ts';
import { ChunkBuilder } from './chunk.ts';
import { queueFolder, queuesIn } from './folders.ts';
import { Forwarder } from './forwarder.ts';
import { BufferQueue } from './queue.ts';
import type { BufferSettings } from './settings.ts';

/** A chunk at most, and less where little may wait. */
const CHUNK_BYTES = 1 << 16;
/** What waits for the disk before the stream does. */
const WRITING_BYTES = 4 << 20;
/** How often it is looked for what is too old while nothing else happens. */
const AGE_EVERY_MS = 1000;
const SAY_EVERY_MS = 30_000;

export interface BufferOptions {
  settings: BufferSettings;
  /** Where the queues of all stages lie. */
  folder: string;
  stage: string;
  context: SinkContext;
  counters: Counters;
  /** Makes the writer that the records go to in the end. */
  create(context: SinkContext): SinkWriter;
  isFinal(error: unknown): boolean;
}

/**
 * A sink's writer that keeps its records on the disk until another writer, behind it, has had them acknowledged. A checkpoint
 * waits for the disk alone. What is behind the last checkpoint is never sent, so that each record is in the queue once.
 */
export class BufferedWriter implements SinkWriter {
  readonly #o: BufferOptions;
  readonly #chunk = new ChunkBuilder();
  readonly #chunkBytes: number;
  readonly #forwarder: Forwarder;
  #own: BufferQueue | undefined;
  #left: BufferQueue[] = [];
  #epoch: number;
  /** Those who wait for room, or for the end. */
  readonly #watchers = new Set<() => void>();
  #failure: { error: unknown } | undefined;
  #isStopping = false;
  /** Refused because the queue was full, beside what queues dropped. */
  #refused = 0;
  #said = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  /** Throws what the creation of the inner writer throws. */
  constructor(options: BufferOptions) {
    const { context, create, isFinal, settings } = options;
    this.#o = options;
    this.#epoch = context.epoch + 1;
    this.#chunkBytes = Math.min(CHUNK_BYTES, settings.maxBytes / 8);
    this.#forwarder = new Forwarder({ context, create, isFinal, changed: () => this.#changed() });
  }

  async open(): Promise<void> {
    const { context, folder, stage, settings } = this.#o;
    const { disk, epoch, subtask, parallelism } = context;
    const { maxAgeMs, maxBytes, full } = settings;
    const bounds = { maxAgeMs, maxBytes: full === 'drop-oldest' ? maxBytes : undefined };
    const open = (of: number) => BufferQueue.open(disk, queueFolder(folder, stage, of), epoch, bounds);
    const all = (await queuesIn(disk, folder)).filter((queue) => queue.stage === stage);
    // Of subtasks that there are no more.
    const left = all.map((queue) => queue.subtask).filter((of) => of >= parallelism && of % parallelism === subtask);
    this.#own = await open(subtask);
    for (const of of left.sort((a, b) => a - b)) this.#left.push(await open(of));
    for (const { forgotten, folder: path } of [this.#own, ...this.#left]) {
      if (forgotten > 0)
        context.log('warn', `all begins anew: ${forgotten} records that waited in ${path} are forgotten`);
    }
    this.#forwarder.start(this.#own, this.#left);
    if (maxAgeMs !== undefined) this.#watchAge(this.#own);
    this.#changed();
  }

  #watchAge(own: BufferQueue): void {
    const { context } = this.#o;
    context.after(AGE_EVERY_MS, () => {
      own.expire(context.now()).then(
        () => this.#watchAge(own),
        (error) => this.#fail(error),
      );
      this.#changed();
    });
  }

  write(row: Row, at: At): void {
    this.#chunk.add(row, at, this.#o.context.now());
    if (this.#chunk.bytes >= this.#chunkBytes) this.#put();
  }

  #put(epoch?: number): Promise<void> {
    const own = this.#own as BufferQueue;
    const { records, bytes } = this.#chunk;
    let chunk = records === 0 ? undefined : this.#chunk.take(this.#epoch);
    if (
      chunk !== undefined &&
      this.#o.settings.full === 'drop-newest' &&
      own.bytes + bytes > this.#o.settings.maxBytes
    ) {
      chunk = undefined;
      this.#refused += records;
    }
    const put = own.put(chunk, chunk === undefined ? 0 : records, epoch);
    put.then(
      () => this.#changed(),
      (error) => this.#fail(error),
    );
    return put;
  }

  busy(): Promise<void> | undefined {
    return this.#hasRoom() ? undefined : this.#until(() => this.#hasRoom());
  }

  #hasRoom(): boolean {
    const { writing, bytes } = this.#own as BufferQueue;
    if (writing > WRITING_BYTES) return false;
    // When the run is being stopped, what is on its way is the last.
    return this.#o.settings.full !== 'wait' || this.#isStopping || bytes < this.#o.settings.maxBytes;
  }

  async prepare(epoch: number): Promise<undefined> {
    this.#forwarder.barrier(epoch);
    const put = this.#put(epoch);
    this.#epoch = epoch + 1;
    await put;
  }

  committed(epoch: number): void {
    for (const queue of [this.#own as BufferQueue, ...this.#left]) queue.commit(epoch);
    this.#forwarder.committed(epoch);
  }

  stopping(): void {
    this.#isStopping = true;
    this.#changed();
  }

  async drained(): Promise<void> {
    const { context } = this.#o;
    const waiting = () =>
      (this.#own as BufferQueue).records + this.#left.reduce((sum, { records }) => sum + records, 0);
    const isDone = () => this.#forwarder.isIdle && this.#chunk.records === 0 && (this.#own as BufferQueue).isDone;
    const cancel = context.after(SAY_EVERY_MS / 10, () => {
      const what = `the input has ended, and the run ends when ${waiting()} buffered records have been sent`;
      context.log('info', `${what}; a run that is stopped leaves them to the next`);
    });
    await this.#until(isDone);
    cancel();
  }

  async close(): Promise<void> {
    await this.#forwarder.close();
    for (const queue of [this.#own, ...this.#left]) await queue?.close();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#o.context.fail(error);
    this.#changed();
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.#failure === undefined && !holds()) return;
        this.#watchers.delete(look);
        if (this.#failure === undefined) resolve();
        else reject(this.#failure.error);
      };
      this.#watchers.add(look);
      look();
    });
  }

  #changed(): void {
    const { counters, context } = this.#o;
    const queues = this.#own === undefined ? [] : [this.#own, ...this.#left];
    const sum = (of: (queue: BufferQueue) => number) => queues.reduce((total, queue) => total + of(queue), 0);
    const records = sum((queue) => queue.records) + this.#chunk.records;
    const since = records === 0 ? 0 : (this.#forwarder.since ?? 0);
    const dropped = sum((queue) => queue.dropped) + this.#refused;
    counters.buffer(records, sum((queue) => queue.bytes) + this.#chunk.bytes, since, dropped);
    if (dropped > this.#said && context.now() - this.#saidAt >= SAY_EVERY_MS) {
      context.log('warn', `the buffer has dropped ${dropped} records since the start: too many, or too old`);
      this.#said = dropped;
      this.#saidAt = context.now();
    }
    this.#forwarder.look();
    for (const look of [...this.#watchers]) look();
  }
}
