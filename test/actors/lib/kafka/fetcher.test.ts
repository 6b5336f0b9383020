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

test('a partition that its broker cannot read holds up no other, is asked for now and then, and goes on', async () => {
  const time = clock();
  const logs: string[] = [];
  const feeds = new Map([0, 1].map((n) => [`t/${n}`, new PartitionFeed('t', n, 0, Number.POSITIVE_INFINITY)]));
  const context = {
    ...{ now: time.now, after: time.after, wake() {}, parallelism: 1, subtask: 0 },
    fail: (error: unknown) => logs.push(`fail ${error}`),
    log: (level: string, text: string) => logs.push(`${level} ${text}`),
  } as unknown as SourceContext;
  const options = {
    ...{ topics: ['t'], brokers: ['k:1'], fetch: 1000, discover: 1e6, readCommitted: false, lost: 'fail' },
  } as unknown as ReaderOptions;
  const fetcher = new Fetcher(context, options, feeds, () => {});
  let [asked, wholeAt] = [0, Number.POSITIVE_INFINITY];
  const [bad, good] = [...feeds.values()] as [PartitionFeed, PartitionFeed];
  vi.spyOn(fetcher.client, 'topics').mockImplementation(async () => [{ name: 't', leaders: [0, 0] }]);
  vi.spyOn(fetcher.client, 'node').mockImplementation(async () => ({}) as never);
  vi.spyOn(fetcher.client, 'send').mockImplementation(async (_, __, ___, body: Buffer) => {
    time.at += 10;
    const highWatermark = 1_000_000;
    const of = (feed: PartitionFeed, error: number) => {
      const records = error === 0 ? batchAt(feed.fetchAt) : Buffer.alloc(0);
      return { topic: 't', partition: feed.partition, error, highWatermark, first: 0, aborted: [], records };
    };
    // The first request is for both; one for a single partition is shorter.
    whole ??= body.length;
    const both = body.length === whole;
    if (both) asked++;
    const partitions = both ? [of(bad, time.at < wholeAt ? STORAGE_ERROR : 0), of(good, 0)] : [of(good, 0)];
    return { error: 0, partitions } as never;
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
    for (let turn = 0; turn < 100_000 && !until(); turn++) {
      await new Promise((resolve) => setImmediate(resolve));
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
