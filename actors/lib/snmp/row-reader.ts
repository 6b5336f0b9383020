import type { AssignedSplit, Row, SourceContext, SourceOutput, SourceReader } from '#stage';
import { BoundedQueue } from '../sockets/bounded-queue.ts';

/** A record that waits for the stream, or bytes that are none and why. */
export interface Taken {
  readonly time: number;
  readonly row?: Row;
  readonly refused?: { readonly input: Uint8Array | string; readonly reason: string };
  /** Called when a checkpoint holds it. */
  readonly durable?: (() => void) | undefined;
}

/** What fills the queue. */
export interface RowFeed {
  open(queue: RowQueue): void | Promise<void>;
  /** Take in no more. */
  stop(): void;
  close(): void | Promise<void>;
}

/** Records given out at a poll. */
const BATCH = 500;

/** The records that wait, by their number. */
export class RowQueue extends BoundedQueue<Taken> {
  constructor(limit: number, wake: () => void) {
    super(limit, wake, () => 1);
  }
}

/** Gives out the records that a feed brings. Its position is how many it has given. */
export class RowReader implements SourceReader {
  readonly #feed: RowFeed;
  readonly #queue: RowQueue;
  #split: string | undefined;
  #given = 0;
  #owed: { behind: number; durable: () => void }[] = [];
  #isClosing = false;
  readonly #wake: () => void;

  constructor(context: SourceContext, feed: RowFeed, limit: number) {
    this.#feed = feed;
    this.#wake = context.wake;
    this.#queue = new RowQueue(limit, context.wake);
  }

  async open([split]: readonly AssignedSplit[]): Promise<void> {
    if (split === undefined) return;
    this.#split = split.id;
    this.#given = typeof split.position === 'number' ? split.position : 0;
    await this.#feed.open(this.#queue);
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    if (this.#split === undefined) return 'end';
    for (let i = 0; i < BATCH; i++) {
      const taken = this.#queue.take();
      if (taken === undefined) break;
      // Counted first: what the stream fails on is not given twice.
      const order = this.#given++;
      const { row, refused, durable, time } = taken;
      if (durable !== undefined) this.#owed.push({ behind: this.#given, durable });
      if (refused !== undefined) out.malformed(this.#split, refused.input, refused.reason, order);
      else out.emit(this.#split, row as Row, order, time);
    }
    if (this.#queue.size > 0) return 'more';
    if (!this.#isClosing) return 'wait';
    out.endSplit(this.#split);
    return 'end';
  }

  positions(): Record<string, number> {
    return this.#split === undefined ? {} : { [this.#split]: this.#given };
  }

  committed(positions: Record<string, unknown>): void {
    const before = positions[this.#split as string];
    if (typeof before !== 'number') return;
    const done = this.#owed.findIndex(({ behind }) => behind > before);
    for (const { durable } of this.#owed.splice(0, done < 0 ? this.#owed.length : done)) durable();
  }

  drain(): void {
    this.#isClosing = true;
    this.#feed.stop();
    this.#wake();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#feed.close();
  }
}
