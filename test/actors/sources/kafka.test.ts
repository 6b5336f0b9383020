import {
  createRecordsBatch,
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
import { fetchedOf } from '../../../actors/lib/kafka/fetch.ts';
import { murmur2, partitionOfKey } from '../../../actors/lib/kafka/murmur2.ts';
import { startOf } from '../../../actors/lib/kafka/offsets.ts';
import { PartitionFeed } from '../../../actors/lib/kafka/partition-feed.ts';
import { producedOf } from '../../../actors/lib/kafka/produce.ts';
import { batchesOf, RecordCursor } from '../../../actors/lib/kafka/record-batch.ts';
import { subtaskOf } from '../../../actors/lib/kafka/splits.ts';

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
        const [batch] = batchesOf(seal(all), crc32c);
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
  return { topic: 't', partition: 0, error: 0, first: 0, aborted, records: Buffer.concat(batches) };
}

function valuesOf(feed: PartitionFeed): string[] {
  const values: string[] = [];
  const none = { pack: (all: Buffer) => all, unpack: (all: Buffer) => all };
  feed.give(1000, [none], ({ value }) => values.push(String(value)) > 0);
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

test('a batch that was damaged is told, one that is cut off is asked for again', () => {
  const [whole, next] = written([0, 1]) as [Buffer, Buffer];
  const damaged = Buffer.from(whole);
  damaged[damaged.length - 2]! ^= 1;
  expect(() => batchesOf(damaged, crc32c)).toThrow(/checksum/);
  expect(batchesOf(Buffer.concat([whole, next.subarray(0, 30)]), crc32c)).toHaveLength(1);
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
        (b: Buffer) => batchesOf(b, () => (b.length > 20 ? b.readUInt32BE(17) : 0)),
        fetchedOf,
        producedOf,
      ]) {
        try {
          const found = decode(any);
          for (const batch of decode.length === 1 && Array.isArray(found) ? found : []) {
            if ('records' in batch) new RecordCursor(batch as never, (batch as { records: Buffer }).records).next();
          }
        } catch (error) {
          expect((error as Error).name).toMatch(/^(?:WeirError|RangeError)$/);
        }
      }
    }),
    { numRuns: 5000 },
  );
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
    feed.give(1000, [none], take);
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
