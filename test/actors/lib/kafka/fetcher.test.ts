import { crc32c as libraryCrc32c } from '@platformatic/kafka';
import { expect, test, vi } from 'vitest';
import { BatchBuilder } from '../../../../actors/lib/kafka/batch-builder.ts';
import { Fetcher } from '../../../../actors/lib/kafka/fetcher.ts';
import { PartitionFeed } from '../../../../actors/lib/kafka/partition-feed.ts';
import type { ReaderOptions } from '../../../../actors/lib/kafka/reader.ts';
import type { SourceContext } from '../../../../src/stage/source.ts';

/** What the broker says where its disk fails it. */
const STORAGE_ERROR = 56;

function batchAt(offset: number): Buffer {
  const builder = new BatchBuilder();
  builder.add({ key: null, value: Buffer.from('v'), headers: [], time: 1 });
  const none = { pack: (all: Buffer) => all, unpack: (all: Buffer) => all };
  const writer = { producer: -1n, epoch: -1, sequence: -1, transactional: false };
  const batch = builder.seal(writer, 0, none, libraryCrc32c as (bytes: Buffer) => number);
  batch.writeBigInt64BE(BigInt(offset));
  return batch;
}

/** A clock that goes on when everybody waits. */
function clock() {
  const timers: { at: number; task: () => void }[] = [];
  const self = {
    at: 0,
    now: () => self.at,
    after(ms: number, task: () => void) {
      const timer = { at: self.at + ms, task };
      timers.push(timer);
      return () => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1));
    },
    next() {
      const [first] = timers.sort((a, b) => a.at - b.at);
      if (first === undefined) return;
      timers.shift();
      self.at = Math.max(self.at, first.at);
      first.task();
    },
  };
  return self;
}

/** A fetcher of one topic, what it has logged, and how often it has woken the source. */
function fetcherOf(feeds: Map<string, PartitionFeed>, found: (topic: string, partition: number) => void = () => {}) {
  const time = clock();
  const logs: string[] = [];
  const told = { wakes: 0 };
  const context = {
    ...{ now: time.now, after: time.after, wake: () => told.wakes++, parallelism: 1, subtask: 0 },
    fail: (error: unknown) => logs.push(`fail ${error}`),
    log: (level: string, text: string) => logs.push(`${level} ${text}`),
  } as unknown as SourceContext;
  const options = {
    ...{ topics: ['t'], brokers: ['k:1'], fetch: 1000, discover: 1e6, readCommitted: false, lost: 'earliest' },
  } as unknown as ReaderOptions;
  const fetcher = new Fetcher(context, options, feeds, found);
  vi.spyOn(fetcher.client, 'node').mockImplementation(async () => ({}) as never);
  return { fetcher, time, logs, told };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a partition that its broker cannot read holds up no other, is asked for now and then, and goes on', async () => {
  const feeds = new Map([0, 1].map((n) => [`t/${n}`, new PartitionFeed('t', n, 0, Number.POSITIVE_INFINITY)]));
  const { fetcher, time, logs } = fetcherOf(feeds);
  let [asked, wholeAt] = [0, Number.POSITIVE_INFINITY];
  const [bad, good] = [...feeds.values()] as [PartitionFeed, PartitionFeed];
  vi.spyOn(fetcher.client, 'topics').mockImplementation(async () => [{ name: 't', leaders: [0, 0] }]);
  vi.spyOn(fetcher.client, 'send').mockImplementation(async (_, __, ___, body: Buffer) => {
    time.at += 10;
    const highWatermark = 1_000_000;
    const of = (feed: PartitionFeed, error: number) => {
      const records = error === 0 ? batchAt(feed.fetchAt) : Buffer.alloc(0);
      return { topic: 't', partition: feed.partition, error, highWatermark, first: 0, aborted: [], records };
    };
    // The first request is for both; one for a single partition is shorter.
    whole ??= body.length;
    if (body.length === whole) asked++;
    // What was not asked for is not taken.
    return { error: 0, partitions: [of(bad, time.at < wholeAt ? STORAGE_ERROR : 0), of(good, 0)] } as never;
  });
  let whole: number | undefined;
  const values = { bad: 0, good: 0 };
  const compressors = await fetcher.start();
  const give = (feed: PartitionFeed) =>
    feed.give(
      1000,
      compressors,
      () => true,
      () => {},
    );
  const settle = async (until: () => boolean) => {
    for (let turns = 0; turns < 100_000 && !until(); turns++) {
      await turn();
      values.bad += give(bad);
      values.good += give(good);
      fetcher.hungry();
      time.next();
    }
  };
  await settle(() => values.good >= 300);
  expect(values).toMatchObject({ bad: 0 });
  expect(logs).toEqual([expect.stringMatching(/^warn Kafka at k:1: .*t\/0.*56.*; it is tried again$/)]);
  expect(asked).toBeGreaterThan(3);
  expect(asked).toBeLessThan(30);
  wholeAt = time.at;
  await settle(() => values.bad >= 10);
  expect(values.bad).toBeGreaterThanOrEqual(10);
  expect(logs.at(-1)).toBe('info Kafka at k:1 answers again');
  await fetcher.close();
});

test('a partition that comes in the very moment in which its broker has no other left is read', async () => {
  // The reading ends so many microtasks behind the look.
  for (let behind = 0; behind < 20; behind++) {
    const feeds = new Map([['t/0', new PartitionFeed('t', 0, 0, Number.POSITIVE_INFINITY)]]);
    const { fetcher } = fetcherOf(feeds, (topic, partition) => {
      if (partition === 1) feeds.set('t/1', new PartitionFeed(topic, partition, 0, Number.POSITIVE_INFINITY));
    });
    const nothing = { error: 0, partitions: [] } as never;
    const sends: (() => void)[] = [];
    vi.spyOn(fetcher.client, 'send').mockImplementation(() => new Promise((end) => sends.push(() => end(nothing))));
    let looks = 0;
    let look = () => {};
    vi.spyOn(fetcher.client, 'topics').mockImplementation(async () => {
      if (looks++ === 0) return [{ name: 't', leaders: [0] }];
      await new Promise<void>((end) => (look = end));
      return [{ name: 't', leaders: [0, 0] }];
    });
    await fetcher.start();
    for (let turns = 0; turns < 100 && sends.length < 1; turns++) await turn();
    fetcher.renew();
    for (let turns = 0; turns < 100 && looks < 2; turns++) await turn();
    feeds.delete('t/0');
    look();
    for (let left = behind; left > 0; left--) await undefined;
    sends[0]?.();
    for (let turns = 0; turns < 100 && sends.length < 2; turns++) await turn();
    expect(sends, `${behind} microtasks behind`).toHaveLength(2);
    feeds.clear();
    sends[1]?.();
    await fetcher.close();
  }
});

test('a partition whose records up to its end are gone is told to be done', async () => {
  const feed = new PartitionFeed('t', 0, 0, 10);
  const { fetcher, logs, told } = fetcherOf(new Map([['t/0', feed]]));
  vi.spyOn(fetcher.client, 'topics').mockImplementation(async () => [{ name: 't', leaders: [0] }]);
  const gone = {
    topic: 't',
    partition: 0,
    error: 1,
    highWatermark: -1,
    first: -1,
    aborted: [],
    records: Buffer.alloc(0),
  };
  vi.spyOn(fetcher.client, 'send').mockImplementation(async () => ({ error: 0, partitions: [gone] }) as never);
  const first = { topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 10n }] }] };
  vi.spyOn(fetcher.client, 'call').mockImplementation(async () => first as never);
  await fetcher.start();
  for (let turns = 0; turns < 100 && !feed.isDone; turns++) await turn();
  expect(feed).toMatchObject({ position: 10, isDone: true });
  expect(logs).toEqual([expect.stringMatching(/^warn partition t\/0 of Kafka has no record 0: .* is 10, where/)]);
  expect(told.wakes).toBeGreaterThan(0);
  await fetcher.close();
});
