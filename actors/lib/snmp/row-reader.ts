import type { AssignedSplit, Row, SourceContext, SourceOutput, SourceReader } from '#stage';

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

/** The bounded queue between what comes and the stream. Whoever fills it looks whether it is full. */
export class RowQueue {
  readonly #limit: number;
  readonly #wake: () => void;
  #taken: Taken[] = [];
  #next = 0;
  #waiting: (() => void)[] = [];

  constructor(limit: number, wake: () => void) {
    this.#limit = limit;
    this.#wake = wake;
  }

  get size(): number {
    return this.#taken.length - this.#next;
  }

  get isFull(): boolean {
    return this.size >= this.#limit;
  }

  put(taken: Taken): void {
    this.#taken.push(taken);
    this.#wake();
  }

  take(): Taken | undefined {
    const taken = this.#taken[this.#next];
    if (taken === undefined) return undefined;
    this.#taken[this.#next++] = undefined as unknown as Taken;
    if (this.#next > 1024 && this.#next * 2 > this.#taken.length) {
      this.#taken = this.#taken.slice(this.#next);
      this.#next = 0;
    }
    if (this.size * 2 <= this.#limit) for (const task of this.#waiting.splice(0)) task();
    return taken;
  }

  /** Runs a task once, as soon as half of the queue is free. */
  whenRoom(task: () => void): void {
    if (this.size * 2 <= this.#limit) task();
    else this.#waiting.push(task);
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
