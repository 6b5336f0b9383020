import type { SourceContext } from '#stage';
import { Outage } from '../delivery/outage.ts';
import { Backoff } from './backoff.ts';
import { KafkaClient } from './client.ts';
import { type Compressor, compressors } from './compression.ts';
import { answered, CODE, fault, permanent, reasonOf } from './errors.ts';
import { answerBytes, FETCH, type Fetched, fetchedOf, fetchRequest } from './fetch.ts';
import { kafkaLibrary } from './library.ts';
import { listOffsets } from './offsets.ts';
import type { PartitionFeed } from './partition-feed.ts';
import type { ReaderOptions } from './reader.ts';
import { topicsOf } from './splits.ts';

/** A broker with nothing new answers after this, ms; soon when partitions that are full now may want more meanwhile. */
const WAIT_MS = 500;
const SHORT_WAIT_MS = 20;
/** Without a broker that leads what is wanted, who leads is asked again after this, ms. */
const LEADERLESS_MS = 300;

/** Besides what is asked for an answer has its heads and a batch, which is never cut; a broker takes none of 100 MiB, unless it is told to. */
const BATCH_BYTES = 128 * 2 ** 20;

/**
 * Keeps the feeds of a subtask filled: one request under way to each broker that leads some of them, ahead of what is read by
 * `fetch` bytes a partition. What is lost on the way is asked for again, with growing pauses, while the topology runs on.
 */
export class Fetcher {
  readonly client: KafkaClient;
  readonly #context: SourceContext;
  readonly #o: ReaderOptions;
  readonly #feeds: ReadonlyMap<string, PartitionFeed>;
  readonly #found: (topic: string, partition: number) => void;
  readonly #outage: Outage;
  readonly #loops = new Map<number, Promise<void>>();
  readonly #waiting = new Set<() => void>();
  /** Partitions that the broker could not read, and when each is asked for again. */
  readonly #resting = new WeakMap<PartitionFeed, { readonly backoff: Backoff; until: number }>();
  #crc32c: (bytes: Buffer) => number = () => 0;
  #looking: Promise<void> = Promise.resolve();
  #stale = true;
  #answers = 0;
  #lookAt = 0;
  #closed = false;

  constructor(
    context: SourceContext,
    options: ReaderOptions,
    feeds: ReadonlyMap<string, PartitionFeed>,
    found: (topic: string, partition: number) => void,
  ) {
    this.#context = context;
    this.#o = options;
    this.#feeds = feeds;
    this.#found = found;
    const mostBytes = answerBytes(options.fetch) + BATCH_BYTES;
    this.client = new KafkaClient(options, `weir-${options.group ?? 'source'}`, mostBytes);
    this.#outage = new Outage(`Kafka at ${this.client.address}`, context);
  }

  async start(): Promise<readonly Compressor[]> {
    this.#crc32c = (await kafkaLibrary()).crc32c as (bytes: Buffer) => number;
    const made = await compressors();
    this.#looking = this.#look();
    return made;
  }

  /** Something was read, or somebody is to look: those that wait look again. */
  hungry(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** There are new partitions to read: who leads them is asked. */
  renew(): void {
    this.#stale = true;
    this.hungry();
  }

  /** Waits for so long, or until something changes. */
  #pause(ms: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#context.after(ms, () => end());
      const end = () => {
        cancel();
        this.#waiting.delete(end);
        resolve();
      };
      this.#waiting.add(end);
    });
  }

  /** Waits for so long whatever happens. */
  async #rest(ms: number): Promise<void> {
    const until = this.#context.now() + ms;
    while (!this.#closed && this.#context.now() < until) await this.#pause(Math.max(1, until - this.#context.now()));
  }

  /** Finds out who leads what, and which partitions are new, every so often and when an answer says that it has changed. */
  async #look(): Promise<void> {
    const backoff = new Backoff();
    while (!this.#closed) {
      const began = this.#context.now();
      try {
        const topics = await topicsOf(this.client, this.#o);
        for (const { name, leaders } of topics) {
          for (const partition of leaders.keys()) this.#found(name, partition);
        }
        const leaderOf = new Map(
          topics.flatMap(({ name, leaders }) => leaders.map((leader, i) => [`${name}/${i}`, leader])),
        );
        for (const feed of this.#feeds.values()) feed.leader = leaderOf.get(feed.id) ?? -1;
        const leaders = new Set([...this.#feeds.values()].map(({ leader }) => leader));
        for (const leader of leaders) if (leader >= 0) this.#follow(leader);
        this.#stale = leaders.has(-1);
        backoff.reset();
        this.#outage.passed(backoff);
      } catch (error) {
        if (this.#closed) return;
        if (this.#isFatal(error)) return;
        const pause = backoff.next();
        this.#outage.failed(backoff, backoff.tries, reasonOf(error), began);
        await this.#rest(pause);
        continue;
      }
      this.#lookAt = this.#context.now() + this.#o.discover;
      if (this.#stale) await this.#rest(LEADERLESS_MS);
      while (!this.#closed && !this.#stale && this.#context.now() < this.#lookAt) {
        await this.#pause(Math.max(1, this.#lookAt - this.#context.now()));
      }
    }
  }

  #isFatal(error: unknown): boolean {
    const found = permanent(error, this.client.address);
    // A topic that is gone while it is read may be made again.
    if (found === undefined || found.code === 'WEIR_KAFKA_TOPIC') return false;
    this.#context.fail(found);
    return true;
  }

  #follow(node: number): void {
    if (this.#loops.has(node)) return;
    // It is known before it runs, since it may be over at once.
    const loop = Promise.resolve().then(() => this.#read(node));
    this.#loops.set(node, loop);
  }

  /** Reads from one broker as long as it leads something. */
  async #read(node: number): Promise<void> {
    const backoff = new Backoff();
    for (;;) {
      const led = [...this.#feeds.values()].filter(({ leader, isDone }) => leader === node && !isDone);
      if (this.#closed || led.length === 0) {
        // At once: a look that came between the end and a later word of it would leave what is new unread.
        this.#loops.delete(node);
        return this.#outage.passed(backoff);
      }
      const wanting = led.filter((feed) => this.#wants(feed));
      if (wanting.length === 0) {
        await this.#pause(WAIT_MS);
        continue;
      }
      // An answer has room for a few of them; by a fixed order the last ones would come when the first have nothing more.
      wanting.sort((a, b) => a.served - b.served);
      const began = this.#context.now();
      try {
        const request = fetchRequest(
          wanting.map(({ topic, partition, fetchAt }) => ({ topic, partition, offset: fetchAt })),
          {
            maxWaitMs: wanting.length < led.length ? SHORT_WAIT_MS : WAIT_MS,
            partitionBytes: this.#o.fetch,
            readCommitted: this.#o.readCommitted,
          },
        );
        const connection = await this.client.node(node);
        const { error, partitions } = await this.client.send(connection, FETCH.key, FETCH.version, request, fetchedOf);
        if (error !== 0) throw Object.assign(new Error(`Kafka answers with code ${error}`), { apiCode: error });
        backoff.reset();
        this.#outage.passed(backoff);
        await this.#takeAll(partitions, new Map(wanting.map((feed) => [feed.id, feed])));
      } catch (error) {
        if (this.#closed || this.#isFatal(error)) return;
        const pause = backoff.next();
        this.#outage.failed(backoff, backoff.tries, reasonOf(error), began);
        this.#stale = true;
        await this.#rest(pause);
      }
    }
  }

  async #takeAll(partitions: readonly Fetched[], asked: ReadonlyMap<string, PartitionFeed>): Promise<void> {
    let some = false;
    this.#answers++;
    for (const each of partitions) {
      const feed = asked.get(`${each.topic}/${each.partition}`);
      // Meanwhile it may have gone to another process, and have come back at another place.
      if (feed === undefined || this.#feeds.get(feed.id) !== feed) continue;
      if (each.records.length > 0) feed.served = this.#answers;
      if (each.error === 0) {
        some = feed.add(each, this.#o.readCommitted, this.#crc32c) || some;
        this.#wakes(feed);
      } else if (each.error === CODE.OFFSET_OUT_OF_RANGE) await this.#outOfRange(feed);
      else this.#rests(feed, each.error);
    }
    if (some) this.#context.wake();
  }

  #wants(feed: PartitionFeed): boolean {
    if (feed.held || feed.released || feed.waiting >= this.#o.fetch) return false;
    return this.#context.now() >= (this.#resting.get(feed)?.until ?? 0);
  }

  /** One that cannot be read, for now or for good, does not hold up the others of its broker. */
  #rests(feed: PartitionFeed, code: number): void {
    const error = answered(feed.id, code);
    if (this.#isFatal(error)) {
      this.#closed = true;
      return;
    }
    const { backoff } = this.#resting.get(feed) ?? { backoff: new Backoff() };
    this.#resting.set(feed, { backoff, until: this.#context.now() + backoff.next() });
    this.#outage.failed(feed, backoff.tries, reasonOf(error));
    this.renew();
  }

  #wakes(feed: PartitionFeed): void {
    if (this.#resting.delete(feed)) this.#outage.passed(feed);
  }

  /** The records that come next have been deleted, or the topic is another one than it was. */
  async #outOfRange(feed: PartitionFeed): Promise<void> {
    // A list with a hole for every partition that is not asked about.
    const leaders: number[] = [];
    leaders[feed.partition] = feed.leader;
    const first =
      (await listOffsets(this.client, [{ name: feed.topic, leaders }], 'earliest', false)).get(feed.id) ?? 0;
    if (this.#closed || first === feed.fetchAt) return;
    const gap = `partition ${feed.id} of Kafka has no record ${feed.fetchAt}: the first one that is left is ${first}`;
    // A partition that is read from its very beginning has lost nothing that was promised.
    if (this.#o.lost === 'fail' && feed.position > 0) {
      this.#context.fail(fault('WEIR_KAFKA_LOST', `${gap}; \`lost: earliest\` goes on there`));
      this.#closed = true;
      return;
    }
    this.#context.log('warn', `${gap}, where reading goes on`);
    feed.jump(first);
    // It may be at its end by that, and no record comes to tell.
    this.#context.wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.hungry();
    await this.client.close();
    await Promise.allSettled([this.#looking, ...this.#loops.values()]);
  }
}
