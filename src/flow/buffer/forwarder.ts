import { messageOf } from '../../base/errors.ts';
import { prng } from '../../base/prng.ts';
import { formatDuration } from '../../base/units.ts';
import type { SinkContext, SinkWriter } from '../../stage/sink.ts';
import type { Chunk } from './chunk.ts';
import { Life } from './life.ts';
import type { BufferQueue } from './queue.ts';

/** Whole epochs are sent together until there is so much. */
const GROUP_BYTES = 1 << 20;
const GROUP_RECORDS = 10_000;
/** An epoch of more is cut, so that a fault late in it does not bring back all of it. */
const CUT_BYTES = 8 << 20;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;
/** A writer may try by itself for minutes before it gives up: what is said when it has taken nothing for so long. */
const STANDS_MS = 5000;
/** No more often is it said that the other side is away. */
const SAY_EVERY_MS = 30_000;

export interface ForwarderOptions {
  context: SinkContext;
  create(context: SinkContext): SinkWriter;
  /** Whether neither time nor another try mends it. */
  isFinal(error: unknown): boolean;
  /** Told after each change. */
  changed(): void;
}

/** Chunks that the other side has, and which checkpoint must be durable before they may go. */
interface Sent {
  queue: BufferQueue;
  end: number;
  bytes: number;
  records: number;
  until: number;
}

/**
 * Gives what waits in queues to a sink's writer, one queue after the other, and takes out what the other side has acknowledged. When
 * that fails, the writer is made anew and gets the same records again, after longer and longer waits, for as long as it takes.
 * Whole epochs are acknowledged together: the writer's `prepare` stands where a barrier was.
 */
export class Forwarder {
  readonly #o: ForwarderOptions;
  readonly #random: () => number;
  #life: Life | undefined;
  /** Since when the oldest record of those that are under way waits, ms; undefined when none are. */
  since: number | undefined;
  #sent: Sent[] = [];
  #flushes = 0;
  #endPause: () => void = () => {};
  #epoch: number;
  #committed: number;
  #wake: () => void = () => {};
  #stopped = false;
  #running: Promise<void> = Promise.resolve();
  #saidAt = Number.NEGATIVE_INFINITY;
  #away = false;
  /** When the writer last took a record, ms. */
  #goneOn = 0;
  /** Nothing of any queue is on its way. */
  isIdle = true;

  /** Throws what the creation of the sink's writer throws. */
  constructor(options: ForwarderOptions) {
    this.#o = options;
    this.#epoch = options.context.epoch;
    this.#committed = options.context.epoch;
    this.#random = prng(options.context.name);
    this.#life = new Life(options.context, options.create);
  }

  /** Sends what former subtasks have left in their queues, and then what comes into its own. */
  start(own: BufferQueue, left: readonly BufferQueue[]): void {
    this.isIdle = left.length === 0;
    this.#running = this.#run(own, left).catch((error) => {
      if (!this.#stopped) this.#o.context.fail(error);
      this.#stopped = true;
    });
  }

  async #run(own: BufferQueue, left: readonly BufferQueue[]): Promise<void> {
    for (const queue of left) {
      while (!this.#stopped && queue.hasMore) await this.#sendGroup(queue);
      await this.#until(() => this.#sent.length === 0);
      if (!this.#stopped) await queue.close();
    }
    while (!this.#stopped) {
      this.isIdle = true;
      this.#o.changed();
      await this.#until(() => own.hasMore);
      this.isIdle = false;
      if (!this.#stopped) await this.#sendGroup(own);
    }
  }

  /** Chunks may have come in, or a checkpoint has become durable. */
  look(): void {
    this.#wake();
  }

  /** A barrier has come: what is refused from now on belongs to a later checkpoint. */
  barrier(epoch: number): void {
    this.#epoch = epoch;
  }

  committed(epoch: number): void {
    this.#committed = epoch;
    this.#wake();
  }

  async close(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    this.#endPause();
    this.#life?.fail(new Error('the buffer is closed'));
    await this.#running;
    await this.#life?.end();
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!this.#stopped && !holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await this.#takeOut();
    }
  }

  /** Sends until the other side has all of it; a fault of the queue's own, or one that nothing mends, is thrown. */
  async #sendGroup(queue: BufferQueue): Promise<void> {
    const begin = queue.cursor;
    for (let tries = 0; !this.#stopped; tries++) {
      try {
        await this.#watched(queue);
        break;
      } catch (error) {
        if (this.#stopped) break;
        if (error instanceof QueueFault) throw error.cause;
        if (this.#o.isFinal(error)) throw error;
        await this.#endLife();
        await queue.rewind(begin);
        this.#sayAway(`not sent, tried again: ${messageOf(error)}`, queue);
        await this.#pause(waitMs(tries) * (0.5 + this.#random() / 2));
      }
    }
    this.since = undefined;
    await this.#takeOut();
  }

  /** An attempt, of which it is told when it does not go on. */
  async #watched(queue: BufferQueue): Promise<void> {
    const { context } = this.#o;
    this.#goneOn = context.now();
    const look = () => {
      const stoodMs = context.now() - this.#goneOn;
      if (stoodMs >= STANDS_MS) this.#sayAway(`nothing was taken for ${formatDuration(stoodMs)}`, queue);
      cancel = context.after(STANDS_MS - (stoodMs % STANDS_MS), look);
    };
    let cancel = context.after(STANDS_MS, look);
    try {
      await this.#attempt(queue);
    } finally {
      cancel();
    }
  }

  async #attempt(queue: BufferQueue): Promise<void> {
    this.#life ??= new Life(this.#o.context, this.#o.create);
    await this.#life.open();
    this.since = undefined;
    const sent = { queue, end: 0, bytes: 0, records: 0, until: 0 };
    let epoch = Number.NaN;
    let order = Number.NaN;
    for (;;) {
      const chunk = await of(queue.peek(this.#o.context.now()));
      if (chunk === undefined) break;
      const isEnough = sent.bytes >= GROUP_BYTES || sent.records >= GROUP_RECORDS;
      if (isEnough && chunk.epoch !== epoch) break;
      if (sent.bytes >= CUT_BYTES && this.#mayCut(chunk, order)) break;
      epoch = chunk.epoch;
      queue.pass();
      this.since ??= chunk.since;
      this.#o.changed();
      for (const kept of chunk.kept()) {
        await this.#life.write(kept);
        this.#goneOn = this.#o.context.now();
        order = kept.at.order;
      }
      sent.bytes += chunk.bytes;
      sent.records += chunk.records;
    }
    const refused = await this.#life.flush(this.#o.context.epoch + ++this.#flushes);
    sent.end = queue.cursor;
    // They stand in the part of a checkpoint that is taken, or in the next one's.
    if (refused.length > 0) sent.until = this.#epoch + 1;
    for (const { row, code, reason } of refused) this.#o.context.deadLetter(row, code, reason);
    this.#sent.push(sent);
    if (this.#away) this.#o.context.log('info', 'the other side takes records again');
    this.#away = false;
  }

  /** Within an epoch: not between what one record was made into, and not where only a barrier completes the changes of a key. */
  #mayCut(next: Chunk, order: number): boolean {
    return !this.#o.context.scattered && next.kept().next().value?.at.order !== order;
  }

  /** Takes out what was sent, as far as no dead letter of it could still be lost. */
  async #takeOut(): Promise<void> {
    for (let sent = this.#sent[0]; sent !== undefined && sent.until <= this.#committed; sent = this.#sent[0]) {
      this.#sent.shift();
      await sent.queue.remove(sent.end, sent.bytes, sent.records);
    }
    this.#o.changed();
  }

  async #endLife(): Promise<void> {
    const life = this.#life;
    this.#life = undefined;
    try {
      await life?.end();
    } catch (error) {
      this.#o.context.log('warn', `closing: ${messageOf(error)}`);
    }
  }

  #sayAway(what: string, { records }: BufferQueue): void {
    const { context } = this.#o;
    const now = context.now();
    if (this.#away && now - this.#saidAt < SAY_EVERY_MS) return;
    this.#away = true;
    this.#saidAt = now;
    context.log('warn', `${what}; ${records} records wait in the buffer`);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#o.context.after(ms, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** Of the queue itself: no other try of the other side mends it. */
class QueueFault extends Error {}

function of<T>(operation: Promise<T>): Promise<T> {
  return operation.catch((cause) => {
    throw new QueueFault('the queue', { cause });
  });
}

const waitMs = (tries: number) => Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries, 10));
