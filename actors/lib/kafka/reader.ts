import type { AssignedSplit, Decoder, Row, SourceContext, SourceOutput, SourceReader } from '#stage';
import { clock } from '../connect/clock.ts';
import { Outage } from '../delivery/outage.ts';
import { wait } from '../http/tries.ts';
import { adder, type Part } from './added-fields.ts';
import type { Compressor } from './compression.ts';
import { permanent, reasonOf } from './errors.ts';
import { Fetcher } from './fetcher.ts';
import { commitOffsets } from './offsets.ts';
import { type Damage, ofSplitId, PartitionFeed } from './partition-feed.ts';
import type { RawRecord } from './record-batch.ts';
import { SharedPartitions } from './shared-partitions.ts';
import { type SplitData, subtaskOf, type TopicOptions } from './splits.ts';
import { UnpackedRoom } from './unpacked-room.ts';

/** Records given at a poll. */
const BATCH = 1000;
/** Bytes of unpacked batches beyond which no other is opened. */
const UNPACKED = 64 * 2 ** 20;

/** From one try to tell the group to the next, ms; at the end sooner, and so often. */
const AGAIN_MS = 1000;
const LAST_PAUSE_MS = 100;
const LAST_TRIES = 4;

export interface ReaderOptions extends TopicOptions {
  readonly add: Readonly<Record<string, Part>>;
  readonly tombstones: boolean;
  readonly fetch: number;
  readonly discover: number;
  readonly lost: 'fail' | 'earliest';
  readonly share: boolean;
  readonly member?: string | undefined;
  readonly session: number;
}

/** Gives the records of the partitions that fall to one subtask. Its position in each is the offset of the next record. */
export class KafkaReader implements SourceReader {
  readonly #context: SourceContext;
  readonly #o: ReaderOptions;
  readonly #feeds = new Map<string, PartitionFeed>();
  readonly #fetcher: Fetcher;
  readonly #add: ReturnType<typeof adder>;
  readonly #decoder: Decoder;
  /** Of the group that is told how far it is. */
  readonly #outage: Outage;
  /** Where partitions are shared with other processes. */
  readonly #shared: SharedPartitions | undefined;
  #order: PartitionFeed[] = [];
  /** Partitions found since the last poll. */
  readonly #found: string[] = [];
  /** Those whose next record awaits its schema. */
  readonly #waiting = new Set<PartitionFeed>();
  readonly #room = new UnpackedRoom(UNPACKED);
  #turn = 0;
  #compressors: readonly Compressor[] = [];
  #out: SourceOutput | undefined;
  #feed: PartitionFeed | undefined;
  #record: RawRecord | undefined;
  #committing: Promise<void> | undefined;
  /** What the group is to be told. */
  readonly #closing = new AbortController();
  #owed: { topic: string; partition: number; offset: number }[] = [];
  /** How often in a row it was not. */
  #untold = 0;

  constructor(context: SourceContext, options: ReaderOptions) {
    this.#context = context;
    this.#o = options;
    this.#add = adder(options.add);
    this.#decoder = context.rowDecoder({
      accept: (row, order) => this.#emit(row, order),
      emit: (row, _time, order) => this.#emit(row, order),
      skipped: () => {},
      malformed: (input, reason, order) => this.#out?.malformed(this.#feed!.id, input, reason, order),
    });
    this.#fetcher = new Fetcher(context, options, this.#feeds, (topic, partition) => this.#find(topic, partition));
    this.#outage = new Outage(`group ${options.group} of Kafka at ${this.#fetcher.client.address}`, context);
    this.#shared = this.#sharing();
  }

  /** A process reads what it shares on its first subtask. */
  #sharing(): SharedPartitions | undefined {
    const { group, share } = this.#o;
    if (!share || group === undefined || this.#context.subtask > 0) return undefined;
    return new SharedPartitions(this.#context, { ...this.#o, group }, this.#fetcher.client, {
      all: this.#feeds,
      add: (feed) => {
        this.#take(feed);
        this.#fetcher.renew();
      },
      remove: (id) => {
        this.#feeds.delete(id);
        this.#order = [...this.#feeds.values()];
      },
    });
  }

  async open(splits: readonly AssignedSplit[]): Promise<void> {
    if (this.#o.share && this.#context.subtask > 0) return;
    if (this.#shared !== undefined) {
      this.#compressors = await this.#fetcher.start();
      this.#shared.open(splits);
      return;
    }
    for (const { id, data, position } of splits) {
      const { topic, partition } = ofSplitId(id);
      const { start = 0, end = Number.POSITIVE_INFINITY } = (data ?? {}) as Partial<SplitData>;
      this.#take(new PartitionFeed(topic, partition, typeof position === 'number' ? position : start, end));
    }
    this.#compressors = await this.#fetcher.start();
  }

  #take(feed: PartitionFeed): void {
    this.#feeds.set(feed.id, feed);
    this.#order = [...this.#feeds.values()];
  }

  /** A partition that was not there at the start is read from its beginning. */
  #find(topic: string, partition: number): void {
    const feed = new PartitionFeed(topic, partition, 0, Number.POSITIVE_INFINITY);
    if (this.#o.share || this.#feeds.has(feed.id) || this.#o.until === 'latest') return;
    if (subtaskOf(feed.id, this.#context.parallelism, this.#o) !== this.#context.subtask) return;
    this.#context.log('info', `partition ${feed.id} is new: it is read from its beginning`);
    this.#take(feed);
    this.#found.push(feed.id);
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    this.#out = out;
    this.#shared?.poll(out);
    for (const id of this.#found.splice(0)) out.beginSplit(id);
    let left = BATCH;
    let isFull = false;
    this.#room.begin(this.#order, this.#stands);
    for (let tried = 0; tried < this.#order.length && left > 0; tried++) {
      const feed = this.#order[this.#turn++ % this.#order.length] as PartitionFeed;
      if (this.#stands(feed)) continue;
      if (feed.hasRecords) {
        if (this.#room.admits(feed)) left -= this.#give(feed, left);
        else isFull = true;
      }
      if (feed.isDone) {
        feed.ended = true;
        out.endSplit(feed.id);
      }
    }
    this.#fetcher.hungry();
    if (this.#o.until === 'latest' && this.#order.every(({ ended }) => ended)) return 'end';
    return left < BATCH || isFull ? 'more' : 'wait';
  }

  readonly #stands = (feed: PartitionFeed): boolean =>
    feed.held || feed.ended || feed.released || this.#waiting.has(feed);

  #give(feed: PartitionFeed, most: number): number {
    this.#feed = feed;
    const { unpacked } = feed;
    const given = feed.give(most, this.#compressors, this.#decode, this.#lose);
    this.#room.settle(feed, unpacked);
    return given;
  }

  readonly #lose = ({ first, last, what, head }: Damage): void => {
    const { id } = this.#feed as PartitionFeed;
    const records = first === last ? `record ${first}` : `records ${first} to ${last}`;
    this.#out?.malformed(id, head, `${records} of ${id} of Kafka cannot be read: ${what}`, first);
  };

  readonly #decode = (record: RawRecord): boolean => {
    this.#record = record;
    const { value } = record;
    if (value !== null) {
      const awaited = this.#decoder.awaits?.(value, 0, value.length);
      if (awaited !== undefined) {
        this.#waiting.add(this.#feed as PartitionFeed);
        this.#wait(this.#feed as PartitionFeed, awaited);
        return false;
      }
      this.#decoder.decode(value, 0, value.length, record.offset, true);
    } else if (this.#o.tombstones) this.#emit({}, record.offset);
    return true;
  };

  #wait(feed: PartitionFeed, awaited: Promise<void>): void {
    awaited.then(
      () => {
        this.#waiting.delete(feed);
        this.#context.wake();
      },
      (error) => this.#context.fail(error),
    );
  }

  #emit(row: Row, order: number): void {
    const feed = this.#feed as PartitionFeed;
    const record = this.#record as RawRecord;
    this.#add?.(row, record, feed.topic, feed.partition);
    this.#out?.emit(feed.id, row, order, record.time);
  }

  hold(splits: ReadonlySet<string>): void {
    for (const feed of this.#order) feed.held = splits.has(feed.id);
  }

  positions(): Record<string, number> {
    return {
      ...this.#shared?.positions(),
      ...Object.fromEntries(this.#order.map(({ id, position }) => [id, position])),
    };
  }

  committed(positions: Record<string, unknown>): void {
    this.#shared?.committed(positions);
    if (this.#o.share || this.#o.group === undefined) return;
    this.#owed = this.#order.flatMap(({ id, topic, partition }) => {
      const offset = positions[id];
      return typeof offset === 'number' ? [{ topic, partition, offset }] : [];
    });
    this.#committing ??= this.#tell(this.#o.group).finally(() => {
      this.#committing = undefined;
    });
  }

  /** Tells the group where the last checkpoint is, also where that has moved on meanwhile. */
  async #tell(group: string): Promise<void> {
    let tries = LAST_TRIES;
    while (this.#owed.length > 0) {
      const offsets = this.#owed.splice(0);
      const began = this.#context.now();
      try {
        await commitOffsets(this.#fetcher.client, group, offsets);
        this.#untold = 0;
        this.#outage.passed(this);
      } catch (error) {
        // Only those who watch the group miss it: what counts is in the checkpoint. At the end no other one makes up for it.
        this.#outage.failed(this, ++this.#untold, reasonOf(error), began);
        const { signal } = this.#closing;
        if (permanent(error, this.#fetcher.client.address) || (signal.aborted && --tries === 0)) return;
        if (this.#owed.length === 0) this.#owed = offsets;
        // The stage's own clock stands still by then.
        if (signal.aborted) await wait(clock, LAST_PAUSE_MS, new AbortController().signal);
        else await wait(this.#context, AGAIN_MS, signal);
      }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#committing;
    await this.#shared?.close();
    await this.#fetcher.close();
  }
}
