import type { AssignedSplit, SourceContext, SourceOutput } from '#stage';
import { Outage } from '../delivery/outage.ts';
import { type Patience, persist } from '../delivery/persist.ts';
import { wait } from '../http/tries.ts';
import type { KafkaClient } from './client.ts';
import { apiCodes, CODE, permanent, reasonOf } from './errors.ts';
import { GroupMember } from './group-member.ts';
import { commitOffsets, committedOffsets, type Offsets, startOf, startOffsets } from './offsets.ts';
import { ofSplitId, PartitionFeed, splitId } from './partition-feed.ts';
import { patienceOf } from './patience.ts';
import type { ReaderOptions } from './reader.ts';
import { topicsOf } from './splits.ts';

/** A commit that the group did not take is tried again after this, ms. */
const AGAIN_MS = 200;

/** The group is being put together anew, or has gone on without this process, which learns it by itself. */
const PASSING: readonly number[] = [CODE.REBALANCE_IN_PROGRESS, CODE.UNKNOWN_MEMBER_ID, CODE.ILLEGAL_GENERATION];

/** What it does to the feeds of the reader. */
export interface Feeds {
  readonly all: ReadonlyMap<string, PartitionFeed>;
  add(feed: PartitionFeed): void;
  remove(id: string): void;
}

/**
 * The partitions that fall to this process of all that share a group. One that goes to another is read no further; it is given up
 * when a checkpoint holds all that was read of it and the group knows that place, where the other one begins. So between two processes
 * that live nothing is read twice. Of one that died, others read on from the last place that the group knew.
 */
export class SharedPartitions {
  readonly #context: SourceContext;
  readonly #o: ReaderOptions & { group: string };
  readonly #client: KafkaClient;
  readonly #feeds: Feeds;
  readonly #member: GroupMember;
  readonly #closed = new AbortController();
  readonly #patience: Patience;
  /** Of the group's coordinator. */
  readonly #outage: Outage;
  /** Where reading of a partition ended that is not ours now: what came before it is in our state. */
  readonly #left = new Map<string, number>();
  /** What the group knows. */
  readonly #told = new Map<string, number>();
  /** What a checkpoint holds, of the partitions that are ours. */
  readonly #durable = new Map<string, number>();
  /** What falls to this process, and since which assignment. */
  readonly #mine = new Map<string, number>();
  #assignments = 0;
  /** Something went from us at the last assignment, and the group has yet to learn that it is free. */
  #owing = false;
  /** Splits that hold the watermark, and what has become of that since the last poll. */
  readonly #holding = new Set<string>();
  readonly #news: ((out: SourceOutput) => void)[] = [];
  #again: (() => void) | undefined;
  #committing: Promise<void> | undefined;
  #starting: Promise<void> = Promise.resolve();

  constructor(context: SourceContext, options: ReaderOptions & { group: string }, client: KafkaClient, feeds: Feeds) {
    this.#context = context;
    this.#o = options;
    this.#client = client;
    this.#feeds = feeds;
    this.#patience = patienceOf(client, context, this.#closed.signal);
    this.#outage = new Outage(`group ${options.group} of Kafka at ${client.address}`, context);
    this.#member = new GroupMember(context, options, this.#outage, {
      owned: () => [...new Set([...feeds.all.keys(), ...this.#mine.keys()])],
      assign: (partitions, again) => this.#assign(partitions, again),
      lost: () => this.#lost(),
    });
  }

  /** Where the checkpoint left the partitions that it had; which of them are still its own, the group says. */
  open(splits: readonly AssignedSplit[]): void {
    for (const { id, position } of splits) {
      if (typeof position === 'number') this.#left.set(id, position);
      this.#holding.add(id);
    }
    this.#member.start();
  }

  /** Passes on which splits hold the watermark. */
  poll(out: SourceOutput): void {
    for (const tell of this.#news.splice(0)) tell(out);
  }

  /** The positions of partitions that are not its own now. */
  positions(): Record<string, number> {
    return Object.fromEntries(this.#left);
  }

  #assign(partitions: ReadonlySet<string>, again: () => void): void {
    this.#assignments++;
    this.#again = again;
    for (const id of [...this.#mine.keys()].filter((each) => !partitions.has(each))) {
      this.#mine.delete(id);
      this.#owing = true;
      this.#context.log('info', `partition ${id} goes to another process`);
    }
    for (const id of partitions) if (!this.#mine.has(id)) this.#mine.set(id, this.#assignments);
    for (const feed of this.#feeds.all.values()) feed.released = !partitions.has(feed.id);
    for (const id of this.#holding) if (!partitions.has(id) && !this.#feeds.all.has(id)) this.#drop(id);
    for (const id of partitions) if (!this.#holding.has(id)) this.#begin(id);
    this.#context.wake();
    this.#starting = this.#starting.then(() => this.#start());
    this.#commit();
  }

  #begin(id: string): void {
    this.#holding.add(id);
    this.#news.push((out) => out.beginSplit(id));
  }

  #drop(id: string): void {
    this.#holding.delete(id);
    this.#news.push((out) => out.dropSplit(id));
    this.#context.wake();
  }

  /** The group has gone on without this process: others read its partitions, from where the group last knew them. */
  #lost(): void {
    this.#mine.clear();
    this.#owing = false;
    this.#again = undefined;
    for (const { id } of this.#feeds.all.values()) this.#giveUp(id);
  }

  #giveUp(id: string): void {
    const feed = this.#feeds.all.get(id);
    if (feed !== undefined) this.#left.set(id, feed.position);
    this.#feeds.remove(id);
    this.#durable.delete(id);
    this.#told.delete(id);
    this.#drop(id);
  }

  /** Begins to read what has become its own, where the group says; behind that where it had read more itself. */
  async #start(): Promise<void> {
    const fresh = () => [...this.#mine].filter(([id]) => !this.#feeds.all.has(id));
    if (fresh().length === 0) return;
    try {
      let since: [string, number][] = [];
      const offsets = await persist(this.#patience, () => {
        since = fresh();
        return this.#beginnings(since.map(([id]) => id));
      });
      for (const [id, assignment] of since) {
        const offset = offsets.get(id);
        // It may have gone meanwhile, and have come back: then others may have read on.
        if (offset === undefined || this.#mine.get(id) !== assignment) continue;
        const { topic, partition } = ofSplitId(id);
        const position = Math.max(offset, this.#left.get(id) ?? 0);
        this.#left.delete(id);
        this.#told.set(id, offset);
        this.#feeds.add(new PartitionFeed(topic, partition, position, Number.POSITIVE_INFINITY));
      }
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#context.fail(error);
    }
  }

  async #beginnings(ids: readonly string[]): Promise<Offsets> {
    const { group, start, readCommitted } = this.#o;
    if (ids.length === 0) return new Map();
    // Of now: once the group has been put together anew, it does not take what is said in the name of before.
    const self = this.#self();
    const wanted = new Set(ids);
    const topics = (await topicsOf(this.#client, this.#o)).filter(({ name, leaders }) =>
      leaders.some((_, partition) => wanted.has(splitId(name, partition))),
    );
    const known = await committedOffsets(this.#client, group, topics);
    const found: Offsets = new Map([...known].filter(([id]) => wanted.has(id)));
    if (found.size === wanted.size) return found;
    const given = startOf(start);
    const starts = await startOffsets(
      this.#client,
      topics,
      given === 'committed' ? 'earliest' : given,
      undefined,
      readCommitted,
    );
    const fresh = [...starts].filter(([id]) => wanted.has(id) && !found.has(id));
    // Told at once: `latest` is to mean the same for the one who reads on after a crash.
    await commitOffsets(
      this.#client,
      group,
      fresh.map(([id, offset]) => ({ ...ofSplitId(id), offset })),
      self,
    );
    for (const [id, offset] of fresh) found.set(id, offset);
    return found;
  }

  #self() {
    const { membership } = this.#member;
    const { member: instance } = this.#o;
    if (membership === undefined)
      throw Object.assign(new Error('not in the group now'), { apiCode: CODE.UNKNOWN_MEMBER_ID });
    return { ...membership, instance };
  }

  /** A checkpoint that holds these positions is durable: the group is told. */
  committed(positions: Record<string, unknown>): void {
    for (const id of this.#feeds.all.keys()) {
      const offset = positions[id];
      // One from before it came back is behind what the group knows.
      if (typeof offset === 'number' && offset > (this.#told.get(id) ?? 0)) this.#durable.set(id, offset);
    }
    this.#commit();
  }

  #commit(): void {
    this.#committing ??= this.#commitAll().finally(() => {
      this.#committing = undefined;
    });
  }

  /** Tells the group all that it does not know, and gives up what is known of partitions that go. */
  async #commitAll(): Promise<void> {
    for (let tries = 0; ; ) {
      const owed = [...this.#durable].filter(
        ([id, offset]) => this.#told.get(id) !== offset && this.#feeds.all.has(id),
      );
      if (owed.length === 0) break;
      try {
        const offsets = owed.map(([id, offset]) => ({ ...ofSplitId(id), offset }));
        await commitOffsets(this.#client, this.#o.group, offsets, this.#self());
        for (const [id, offset] of owed) this.#told.set(id, offset);
        tries = 0;
      } catch (error) {
        if (this.#closed.signal.aborted || this.#isFatal(error)) return;
        if (!apiCodes(error).some((code) => PASSING.includes(code)))
          this.#outage.failed(this, ++tries, reasonOf(error));
        await wait(this.#context, AGAIN_MS, this.#closed.signal);
      }
    }
    this.#outage.passed(this);
    this.#release();
  }

  #isFatal(error: unknown): boolean {
    const found = permanent(error, this.#client.address);
    if (found !== undefined) this.#context.fail(found);
    return found !== undefined;
  }

  #release(): void {
    for (const { id, position, released } of [...this.#feeds.all.values()]) {
      if (released && this.#told.get(id) === position) this.#giveUp(id);
    }
    if (!this.#owing || [...this.#feeds.all.values()].some(({ released }) => released)) return;
    this.#owing = false;
    this.#again?.();
  }

  /** Leaves the group behind the commit of the last checkpoint. */
  async close(): Promise<void> {
    await Promise.race([this.#committing, wait(this.#context, this.#o.timeout, this.#closed.signal)]);
    this.#closed.abort();
    await this.#committing;
    await this.#member.close();
    await this.#starting;
  }
}
