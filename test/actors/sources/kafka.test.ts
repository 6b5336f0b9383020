import {
  createRecordsBatch,
  fetchV12,
  crc32c as libraryCrc32c,
  murmur2 as libraryMurmur2,
  Reader,
  readRecordsBatches,
} from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BatchBuilder, type NewRecord } from '../../../actors/lib/kafka/batch-builder.ts';
import { parseBroker } from '../../../actors/lib/kafka/client.ts';
import { COMPRESSIONS, compressors } from '../../../actors/lib/kafka/compression.ts';
import { permanent } from '../../../actors/lib/kafka/errors.ts';
import { fetchedOf, fetchRequest } from '../../../actors/lib/kafka/fetch.ts';
import { murmur2, partitionOfKey } from '../../../actors/lib/kafka/murmur2.ts';
import { startOf } from '../../../actors/lib/kafka/offsets.ts';
import { PartitionFeed } from '../../../actors/lib/kafka/partition-feed.ts';
import { producedOf } from '../../../actors/lib/kafka/produce.ts';
import { batchesOf, RecordCursor } from '../../../actors/lib/kafka/record-batch.ts';
import { subtaskOf } from '../../../actors/lib/kafka/splits.ts';
import { UnpackedRoom } from '../../../actors/lib/kafka/unpacked-room.ts';

const crc32c = libraryCrc32c as (bytes: Buffer) => number;
const WRITER = { producer: 77n, epoch: 3, sequence: 12, transactional: true };

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const records = fc.array(
  fc.record({
    key: fc.option(bytes(20)),
    value: fc.option(bytes(300)),
    headers: fc.array(
      fc.tuple(
        fc.string().map((text) => Buffer.from(text)),
        fc.option(bytes(20)),
      ),
      { maxLength: 3 },
    ),
    time: fc.integer({ min: 0, max: 2 ** 45 }),
  }),
  { minLength: 1, maxLength: 40 },
);

describe.each(COMPRESSIONS)('batches, %s', async (compression) => {
  const packers = await compressors();
  const number = COMPRESSIONS.indexOf(compression);
  const seal = (all: readonly NewRecord[], packer = number) => {
    const builder = new BatchBuilder();
    for (const record of all) builder.add(record);
    return builder.seal(WRITER, packer, packers[packer]!, crc32c);
  };

  // The library reads zstd where Node does.
  const packer = compression === 'zstd' ? 0 : number;
  test(`the client library reads what is written: ${COMPRESSIONS[packer]}`, () => {
    fc.assert(
      fc.property(records, (all) => {
        const [batch] = readRecordsBatches(Reader.from(seal(all, packer)));
        expect(batch).toMatchObject({ producerId: 77n, producerEpoch: 3, firstSequence: 12, attributes: packer | 16 });
        const read = batch!.records.map(({ key, value, headers, timestampDelta }) => ({
          key,
          value,
          headers,
          time: Number(batch!.firstTimestamp + timestampDelta),
        }));
        expect(read).toEqual(all);
      }),
      { numRuns: 50 },
    );
  });

  test('what is written is read again', () => {
    fc.assert(
      fc.property(records, (all) => {
        const [batch] = batchesOf(seal(all), crc32c, 0, 1000).batches;
        const cursor = RecordCursor.of(batch!, packers);
        const read = all.map((_, offset) => {
          const { key, value, headers, time, offset: at } = cursor.next();
          expect(at).toBe(offset);
          return { key, value, headers: headers.map(([name, content]) => [Buffer.from(name), content]), time };
        });
        expect(read).toEqual(all);
        expect(cursor.done).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

/** Batches as the client library writes them, of one record each: their values are their offsets. */
function written(offsets: readonly number[], more: { producerId?: bigint; transactionalId?: string } = {}): Buffer[] {
  return offsets.map((offset) => {
    const message = { topic: 't', value: Buffer.from(String(offset)), timestamp: 5n };
    const options = {
      compression: 'none' as const,
      producerEpoch: 0,
      partitionLeaderEpoch: 0,
      sequences: undefined as never,
      producerId: -1n,
    };
    const batch = Buffer.from(createRecordsBatch([message], { ...options, ...more }).buffer);
    batch.writeBigInt64BE(BigInt(offset));
    return batch;
  });
}

/** The mark that ends a transaction. */
function marker(offset: number, producerId: bigint, kind: 'abort' | 'commit'): Buffer {
  const builder = new BatchBuilder();
  builder.add({ key: Buffer.from([0, 0, 0, kind === 'abort' ? 0 : 1]), value: null, headers: [], time: 5 });
  const none = { pack: (all: Buffer) => all, unpack: (all: Buffer) => all };
  const batch = builder.seal({ ...WRITER, producer: producerId }, 0, none, crc32c);
  batch.writeBigInt64BE(BigInt(offset));
  batch.writeInt16BE(16 | 32, 21);
  batch.writeUInt32BE(crc32c(batch.subarray(21)) >>> 0, 17);
  return batch;
}

function fetched(batches: readonly Buffer[], aborted: { producer: bigint; first: number }[] = []) {
  return {
    topic: 't',
    partition: 0,
    error: 0,
    highWatermark: 1000,
    first: 0,
    aborted,
    records: Buffer.concat(batches),
  };
}

function valuesOf(feed: PartitionFeed): string[] {
  const values: string[] = [];
  const none = { pack: (all: Buffer) => all, unpack: (all: Buffer) => all };
  for (let more = true; more; more = feed.hasRecords && !feed.isDone) {
    feed.give(
      1000,
      [none],
      ({ value }) => values.push(String(value)) > 0,
      ({ first, last, what }) => values.push(`${first} to ${last}: ${what}`),
    );
  }
  return values;
}

test('of transactions that were taken back nothing is given, and the position goes on behind them', () => {
  const of = (producerId: bigint) => ({ producerId, transactionalId: 'x' });
  const batches = [
    ...written([0]),
    ...written([1], of(1n)),
    ...written([2], of(2n)),
    marker(3, 1n, 'abort'),
    ...written([4], of(1n)),
    marker(5, 2n, 'commit'),
    marker(6, 1n, 'commit'),
  ];
  const feed = new PartitionFeed('t', 0, 0, Number.POSITIVE_INFINITY);
  feed.add(fetched(batches, [{ producer: 1n, first: 1 }]), true, crc32c);
  expect(valuesOf(feed)).toEqual(['0', '2', '4']);
  expect(feed.position).toBe(7);
  const all = new PartitionFeed('t', 0, 0, Number.POSITIVE_INFINITY);
  all.add(fetched(batches, [{ producer: 1n, first: 1 }]), false, crc32c);
  expect(valuesOf(all)).toEqual(['0', '1', '2', '4']);
});

test('reading begins in the middle of a batch, ends at the end that was set, and goes over gaps', () => {
  const builder = new BatchBuilder();
  for (let i = 0; i < 10; i++) builder.add({ key: null, value: Buffer.from(String(i)), headers: [], time: 1 });
  const none = { pack: (all: Buffer) => all, unpack: (all: Buffer) => all };
  const ten = builder.seal(WRITER, 0, none, crc32c);
  const feed = new PartitionFeed('t', 0, 4, 30);
  feed.add(fetched([ten, ...written([20, 40])]), true, crc32c);
  expect(valuesOf(feed)).toEqual(['4', '5', '6', '7', '8', '9', '20']);
  expect(feed.isDone).toBe(true);
});

test('a batch that is cut off is asked for again', () => {
  const [whole, next] = written([0, 1]) as [Buffer, Buffer];
  const feed = new PartitionFeed('t', 0, 0, Number.POSITIVE_INFINITY);
  expect(feed.add(fetched([whole, next.subarray(0, 30)]), true, crc32c)).toBe(true);
  expect(feed.fetchAt).toBe(1);
  feed.add(fetched([next]), true, crc32c);
  expect(valuesOf(feed)).toEqual(['0', '1']);
});

/** What a broker whose log is made of these batches gives from an offset on: never a batch that is cut off. */
function log(batches: readonly { last: number; bytes: Buffer }[], most = 1000) {
  return (from: number, aborted: { producer: bigint; first: number }[] = []) => {
    const first = batches.findIndex(({ last }) => last >= from);
    return fetched(first < 0 ? [] : batches.slice(first, first + most).map(({ bytes }) => bytes), aborted);
  };
}

/** Asks as often as it may take for all to be read: each answer must bring it further, or be the second of its kind. */
function readAll(feed: PartitionFeed, broker: (from: number) => ReturnType<typeof fetched>, end: number): string[] {
  const values: string[] = [];
  for (let asked = 0; feed.position < end; asked++) {
    if (asked > 2 * end) throw new Error(`it stays at ${feed.fetchAt}`);
    feed.add(broker(feed.fetchAt), true, crc32c);
    values.push(...valuesOf(feed));
  }
  return values;
}

const NONE = { pack: (all: Buffer) => all, unpack: (all: Buffer) => all };

/** A batch of records whose values are their offsets. */
function batchOf(first: number, last: number, damage: (bytes: Buffer) => void = () => {}) {
  const builder = new BatchBuilder();
  for (let i = first; i <= last; i++) builder.add({ key: null, value: Buffer.from(String(i)), headers: [], time: 1 });
  const bytes = Buffer.from(builder.seal({ ...WRITER, transactional: false }, 0, NONE, crc32c));
  bytes.writeBigInt64BE(BigInt(first));
  damage(bytes);
  return { last, bytes };
}

const texts = (...offsets: number[]) => offsets.map(String);

describe('a jump while records are at hand is made behind them, also when nothing comes after it', () => {
  const atHand = (end: number, ...batches: { bytes: Buffer }[]) => {
    const feed = new PartitionFeed('t', 0, 0, end);
    feed.add(fetched(batches.map(({ bytes }) => bytes)), true, crc32c);
    return feed;
  };
  const give = (feed: PartitionFeed, most: number, takes = (_: string) => true) => {
    const given: string[] = [];
    feed.give(
      most,
      [NONE],
      ({ value }) => takes(String(value)) && given.push(String(value)) > 0,
      ({ first, last }) => given.push(`${first} to ${last}`),
    );
    return given;
  };

  test('to the end: it is done', () => {
    const feed = atHand(10, batchOf(0, 4));
    feed.jump(10);
    expect(give(feed, 3)).toEqual(texts(0, 1, 2));
    expect(feed.position).toBe(3);
    feed.fold();
    expect(give(feed, 2)).toEqual(texts(3, 4));
    feed.add(fetched([]), true, crc32c);
    expect(feed).toMatchObject({ position: 10, isDone: true, hasRecords: false });
  });

  test('on and back: the records there are given', () => {
    for (const to of [2, 8]) {
      const feed = atHand(20, batchOf(0, 4));
      feed.jump(to);
      expect(give(feed, 100)).toEqual(texts(0, 1, 2, 3, 4));
      expect(feed.position).toBe(to);
      feed.add(fetched([batchOf(to, 9).bytes]), true, crc32c);
      expect(give(feed, 100)).toEqual(texts(...Array.from({ length: 10 - to }, (_, i) => to + i)));
    }
  });

  test('a record that is not taken at once is given again before it', () => {
    const feed = atHand(10, batchOf(0, 1));
    feed.jump(10);
    expect(give(feed, 100, (value) => value !== '1')).toEqual(['0']);
    expect(feed.position).toBe(1);
    expect(give(feed, 100)).toEqual(['1']);
    expect(feed.isDone).toBe(true);
  });

  test('damage before it is told of first', () => {
    const damaged = batchOf(0, 4, (bytes) => void (bytes[bytes.length - 2]! ^= 1));
    const feed = atHand(10, damaged);
    feed.add(fetched([damaged.bytes]), true, crc32c);
    feed.jump(10);
    expect(give(feed, 100)).toEqual(['0 to 4']);
    expect(feed.isDone).toBe(true);
  });

  test('what was read to its end stays so', () => {
    const feed = atHand(5, batchOf(0, 4));
    feed.jump(2);
    expect(give(feed, 100)).toEqual(texts(0, 1, 2, 3, 4));
    feed.jump(2);
    expect(feed).toMatchObject({ position: 5, isDone: true });
  });
});

describe('a batch that cannot be trusted is one dead letter, and reading goes on behind it', () => {
  const checksum = (bytes: Buffer) => void (bytes[bytes.length - 2]! ^= 1);
  const damages: [string, (bytes: Buffer) => void, RegExp][] = [
    ['a wrong checksum', checksum, /^10 to 19: the checksum/],
    ['a wrong checksum and an end beyond all', (b) => b.writeInt32BE(2 ** 30, 23), /^10 to 19: the checksum/],
    ['a wrong checksum and an end too early', (b) => b.writeInt32BE(3, 23), /^10 to 19: the checksum/],
    ['a length beyond what there is', (b) => b.writeInt32BE(2 ** 30, 8), /^10 to 19: their batch claims to be longer/],
    ['a negative length', (b) => b.writeInt32BE(-13, 8), /^10 to 19: .* shorter than its own head/],
    ['no length', (b) => b.writeInt32BE(0, 8), /^10 to 19: .* shorter than its own head/],
    ['a place behind all records', (b) => b.writeInt32BE(7, 0), /^10 to 19: .* were not asked for/],
    ['a place that was before', (b) => b.writeInt32BE(-1, 0), /^10 to 19: .* were not asked for/],
    ['another format', (b) => void (b[16] = 9), /^10 to 19: .* format that is not known/],
  ];

  test.each(damages)('%s', (_, damage, what) => {
    for (const most of [1, 2, 9]) {
      const broker = log([batchOf(0, 9), batchOf(10, 19, damage), batchOf(20, 22)], most);
      const feed = new PartitionFeed('t', 0, 7, Number.POSITIVE_INFINITY);
      const read = readAll(feed, broker, 23);
      expect(read).toEqual([...texts(7, 8, 9), expect.stringMatching(what), ...texts(20, 21, 22)]);
      expect(feed.position).toBe(23);
    }
  });

  test.each(damages)('at the end of what is read, and of the partition: %s', (_, damage) => {
    for (const end of [15, 20]) {
      const broker = log([batchOf(0, 9), batchOf(10, 19, damage)]);
      const feed = new PartitionFeed('t', 0, 0, end);
      expect(readAll(feed, broker, end)).toHaveLength(11);
      expect(feed.isDone).toBe(true);
      expect(feed.position).toBe(end);
    }
  });

  test('one that arrives whole the second time was damaged on its way', () => {
    let asked = 0;
    const broken = log([batchOf(0, 9, checksum)]);
    const sound = log([batchOf(0, 9)]);
    const feed = new PartitionFeed('t', 0, 0, Number.POSITIVE_INFINITY);
    expect(readAll(feed, (from) => (asked++ === 0 ? broken : sound)(from), 10)).toEqual(texts(...Array(10).keys()));
  });

  test('several in a row are told of together, and reading begins within one', () => {
    const broker = log([batchOf(0, 4, checksum), batchOf(5, 9, checksum), batchOf(10, 10)]);
    const feed = new PartitionFeed('t', 0, 2, Number.POSITIVE_INFINITY);
    expect(readAll(feed, broker, 11)).toEqual([expect.stringMatching(/^2 to 9: /), '10']);
  });

  test('what a transaction was, whose end was damaged, holds back nothing that comes later', () => {
    const of = { producerId: 1n, transactionalId: 'x' };
    const mark = marker(3, 1n, 'abort');
    checksum(mark);
    const all = [...written([1, 2], of), mark, ...written([4], of), marker(5, 1n, 'commit')];
    const broker = log(all.map((bytes, i) => ({ last: i + 1, bytes })));
    // A broker names what was taken back from the offset on that it is asked for.
    const answer = (from: number) => (broker(from).records.length > 0 && from <= 3 ? [{ producer: 1n, first: 1 }] : []);
    const feed = new PartitionFeed('t', 0, 1, Number.POSITIVE_INFINITY);
    const read = readAll(feed, (from) => broker(from, answer(from)), 6);
    expect(read).toEqual([expect.stringMatching(/^3 to 3: the checksum/), '4']);
  });

  test('records before Kafka 0.11, by what a broker gives at once', () => {
    const old = (offset: number) => {
      const bytes = Buffer.alloc(40);
      bytes.writeBigInt64BE(BigInt(offset));
      bytes.writeInt32BE(28, 8);
      bytes[16] = 1;
      return { last: offset, bytes };
    };
    const broker = log([...Array.from({ length: 500 }, (_, i) => old(i)), batchOf(500, 500)], 100);
    const asked: number[] = [];
    const feed = new PartitionFeed('t', 0, 0, Number.POSITIVE_INFINITY);
    const counted = (from: number) => {
      asked.push(from);
      return broker(from);
    };
    const read = readAll(feed, counted, 501);
    expect(read).toEqual([expect.stringMatching(/^0 to 499: .* before Kafka 0\.11/), '500']);
    expect(asked.length).toBeLessThan(10);
  });
});

describe('of a batch whose records are not what it says, those before the damage are given', () => {
  const resealed = (change: (bytes: Buffer) => void) => (bytes: Buffer) => {
    change(bytes);
    bytes.writeUInt32BE(crc32c(bytes.subarray(21)) >>> 0, 17);
  };
  const offsets = (last: number) => Array.from({ length: last + 1 }, (_, i) => String(i));
  /** Each record of this batch is 8 bytes: length, attributes, time, offset, key, length of the value, value, headers. */
  const SIZE = 8;
  test.each<[string, (bytes: Buffer) => void, number]>([
    ['one that is longer than the batch', (b) => void (b[61 + 4 * SIZE] = 100), 3],
    ['one that is shorter than its parts', (b) => void (b[61 + 4 * SIZE] = 4), 3],
    ['one that goes back', (b) => void (b[61 + 4 * SIZE + 3] = 2), 3],
    ['one of another batch', (b) => void (b[61 + 4 * SIZE + 3] = 60), 3],
    ['a value that has no end', (b) => void (b[61 + 5 * SIZE + 5] = 120), 4],
  ])('%s', (_, change, last) => {
    const broker = log([batchOf(0, 9, resealed(change)), batchOf(10, 10)]);
    const feed = new PartitionFeed('t', 0, 0, Number.POSITIVE_INFINITY);
    const rest = expect.stringMatching(new RegExp(`^${Math.min(9, last + 1)} to 9: `));
    expect(readAll(feed, broker, 11)).toEqual([...offsets(last), rest, '10']);
  });

  test('fewer than it says: what is missing is told; what its offsets have no room for is not missing', () => {
    const cut = batchOf(0, 9).bytes.subarray(0, 61 + 7 * SIZE);
    resealed((b) => b.writeInt32BE(b.length - 12, 8))(cut);
    const greedy = batchOf(
      10,
      19,
      resealed((b) => b.writeInt32BE(12, 57)),
    );
    const feed = new PartitionFeed('t', 0, 0, Number.POSITIVE_INFINITY);
    const read = readAll(feed, log([{ last: 9, bytes: cut }, greedy]), 20);
    expect(read).toEqual([...offsets(6), expect.stringMatching(/^7 to 9: /), ...offsets(19).slice(10)]);
  });

  test('one that is packed in a way that is not known', () => {
    const broker = log([
      batchOf(
        0,
        9,
        resealed((b) => b.writeInt16BE(6, 21)),
      ),
      batchOf(10, 10),
    ]);
    const feed = new PartitionFeed('t', 0, 0, Number.POSITIVE_INFINITY);
    expect(readAll(feed, broker, 11)).toEqual([expect.stringMatching(/^0 to 9: .* not known: 6/), '10']);
  });
});

test('any bytes are batches, or an error that says why not: never anything else', () => {
  const [good] = written([0]) as [Buffer];
  const damaged = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => {
    const bad = Buffer.from(good);
    bad[at] = byte;
    return bad;
  });
  fc.assert(
    fc.property(fc.oneof(bytes(200), damaged), (any) => {
      for (const decode of [
        (b: Buffer) => batchesOf(b, () => (b.length > 20 ? b.readUInt32BE(17) : 0), 0, 1000),
        fetchedOf,
        producedOf,
      ]) {
        try {
          const found = decode(any);
          for (const batch of 'batches' in found ? found.batches : []) new RecordCursor(batch, batch.records).next();
        } catch (error) {
          expect((error as Error).name).toMatch(/^(?:WeirError|RangeError)$/);
        }
      }
    }),
    { numRuns: 5000 },
  );
});

test('what partitions hold unpacked is bounded, and each gives all its records once, also where some stand still for a while', async () => {
  const packers = await compressors();
  const MOST = 20_000;
  const packed = (first: number, last: number) => {
    const builder = new BatchBuilder();
    const value = (i: number) => Buffer.from(String(i).padStart(100, '0'));
    for (let i = first; i <= last; i++) builder.add({ key: null, value: value(i), headers: [], time: 1 });
    const bytes = Buffer.from(builder.seal({ ...WRITER, transactional: false }, 1, packers[1]!, crc32c));
    bytes.writeBigInt64BE(BigInt(first));
    return bytes;
  };
  fc.assert(
    fc.property(fc.array(fc.nat(2 ** 12 - 1), { minLength: 1, maxLength: 200 }), (rounds) => {
      const room = new UnpackedRoom(MOST);
      const feeds = Array.from({ length: 12 }, (_, i) => new PartitionFeed('t', i, 0, 200));
      const given = feeds.map((): number[] => []);
      for (const feed of feeds) feed.add(fetched([packed(0, 99), packed(100, 199)]), true, crc32c);
      for (let round = 0; given.some((all) => all.length < 200); round++) {
        // Bits say who stands still; in the end nobody does.
        const standing = rounds[round] ?? 0;
        const stands = (feed: PartitionFeed) => ((standing >> feed.partition) & 1) === 1;
        room.begin(feeds, stands);
        let some = standing === 2 ** 12 - 1;
        for (const feed of feeds) {
          if (stands(feed) || feed.isDone || !room.admits(feed)) continue;
          const before = feed.unpacked;
          const to = ({ offset }: { offset: number }) => given[feed.partition]!.push(offset) > 0;
          some = feed.give(30, packers, to, () => {}) > 0 || some;
          room.settle(feed, before);
          expect(feeds.reduce((sum, each) => sum + each.unpacked, 0)).toBeLessThan(MOST + 12_000);
        }
        if (!some && feeds.some((feed) => !stands(feed) && !feed.isDone))
          throw new Error(`it stands still in ${round}`);
      }
      expect(given).toEqual(feeds.map(() => Array.from({ length: 200 }, (_, i) => i)));
    }),
    { numRuns: 30 },
  );
});

test('partitions are asked for in their order, as the client library writes it', () => {
  const wishes = [
    { topic: 'a', partition: 3, offset: 5 },
    { topic: 'a', partition: 1, offset: 2 ** 40 },
    { topic: 'b', partition: 0, offset: 0 },
    { topic: 'a', partition: 2, offset: 7 },
  ];
  const of = ({ partition, offset }: { partition: number; offset: number }) => ({
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(offset),
    lastFetchedEpoch: -1,
    partitionMaxBytes: 1000,
  });
  const [first, second, third, last] = wishes.map(of) as [never, never, never, never];
  const topics = [
    { topicId: 'a', partitions: [first, second] },
    { topicId: 'b', partitions: [third] },
    { topicId: 'a', partitions: [last] },
  ];
  const expected = fetchV12.createRequest(500, 1, 8000, 1, 0, -1, topics, [], '');
  const request = fetchRequest(wishes, { maxWaitMs: 500, partitionBytes: 1000, readCommitted: true });
  expect(request.toString('hex')).toBe(expected.buffer.toString('hex'));
});

test('keys hash as they do with Kafka’s clients', () => {
  // Of Apache Kafka's own UtilsTest.
  expect(murmur2(Buffer.from('21'))).toBe(-973932308);
  expect(murmur2(Buffer.from('a-little-bit-long-string'))).toBe(-985981536);
  fc.assert(
    fc.property(bytes(40), (key) => {
      expect(murmur2(key)).toBe(libraryMurmur2(key));
    }),
  );
  expect(partitionOfKey(Buffer.from('21'), 7)).toBe((-973932308 & 0x7fffffff) % 7);
});

test('each partition is read by one subtask, and those of a topic by as many as there are', () => {
  for (const parallelism of [1, 2, 3, 8]) {
    const owners = Array.from({ length: 8 }, (_, i) => subtaskOf(`clicks/${i}`, parallelism, { share: false }));
    expect(new Set(owners).size).toBe(parallelism);
    expect(Math.max(...owners)).toBeLessThan(parallelism);
  }
});

test('a start is a word or a time', () => {
  expect(startOf('earliest')).toBe('earliest');
  expect(startOf('2026-01-31T06:00:00Z')).toBe(Date.UTC(2026, 0, 31, 6));
  expect(() => startOf('soon')).toThrow(/neither earliest, latest nor committed/);
});

test('errors that stay are told from those that pass, without secrets', () => {
  const login = Object.assign(new Error('SASL authentication failed.'), { code: 'PLT_KFK_AUTHENTICATION' });
  expect(permanent(new Error('Connection failed', { cause: login }), 'k:1')).toMatchObject({ code: 'WEIR_KAFKA_AUTH' });
  const tls = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  expect(permanent(new Error('x', { cause: tls }), 'k:1')?.message).toContain('no TLS with Kafka at k:1');
  expect(permanent(Object.assign(new Error('x'), { apiCode: 29 }), 'k:1')).toMatchObject({ code: 'WEIR_KAFKA_DENIED' });
  expect(permanent(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'k:1')).toBeUndefined();
});

test('a record that is not taken yet is given again, and the position stays before it', () => {
  const feed = new PartitionFeed('t', 0, 0, Number.POSITIVE_INFINITY);
  feed.add(fetched(written([0, 1, 2])), true, crc32c);
  const none = { pack: (all: Buffer) => all, unpack: (all: Buffer) => all };
  const given: number[] = [];
  let refused = 0;
  const take = ({ offset }: { offset: number }) => {
    if (offset > 0 && refused++ % 2 === 0) return false;
    given.push(offset);
    return true;
  };
  const places: number[] = [];
  for (let i = 0; i < 4; i++) {
    feed.give(1000, [none], take, () => {});
    places.push(feed.position);
  }
  expect(given).toEqual([0, 1, 2]);
  expect(places).toEqual([1, 2, 3, 3]);
  expect(feed.hasRecords).toBe(false);
});

test('a jump, forwards or back, comes behind what is at hand', () => {
  for (const to of [500, 0]) {
    const feed = new PartitionFeed('t', 0, 100, Number.POSITIVE_INFINITY);
    feed.add(fetched(written([100, 101])), true, crc32c);
    feed.jump(to);
    feed.add(fetched(written([to, to + 1])), true, crc32c);
    expect(valuesOf(feed)).toEqual(['100', '101', String(to), String(to + 1)]);
    expect(feed.position).toBe(to + 2);
  }
});

test('a broker with a login in its address is refused without telling it', () => {
  expect(() => parseBroker('user:hunter2@127.0.0.1:9092')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
  );
});
