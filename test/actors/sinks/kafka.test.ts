import { murmur2 } from '@platformatic/kafka';
import { afterEach, expect, test, vi } from 'vitest';
import { KafkaClient } from '../../../actors/lib/kafka/client.ts';
import kafka from '../../../actors/sinks/kafka.ts';
import { KafkaCluster } from '../support/kafka-cluster.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { SinkRig } from '../support/sink-rig.ts';

afterEach(() => void vi.restoreAllMocks());

const FIVE_MINUTES = 300_000;
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('partitions that come are written to within five minutes, by the key as Kafka’s own clients do', async () => {
  const cluster = new KafkaCluster(KafkaClient.prototype);
  cluster.topics.set('t', [1]);
  const options = { topic: 't', key: 'id', delivery: 'at-least-once' };
  const rig = new SinkRig({ definition: kafka, options }, new MemoryDisk());
  await rig.writer.open?.();
  const ids = Array.from({ length: 50 }, (_, n) => `key ${n}`);
  const write = async (epoch: number) => {
    for (const id of ids) rig.push({ row: { id } });
    await rig.writer.prepare?.(epoch);
  };
  const writtenTo = (partition: number) =>
    (cluster.written.get(`t/${partition}`) ?? []).map((value) => JSON.parse(value).id as string);
  await write(1);
  expect(writtenTo(0)).toEqual(ids);
  cluster.written.clear();
  // Nobody answers for once; five minutes later it is asked again.
  cluster.topics.set('t', [1, 1, 1, 1]);
  cluster.away = 'ECONNREFUSED';
  rig.time.advance(FIVE_MINUTES);
  for (let turns = 0; turns < 10; turns++) await turn();
  cluster.away = undefined;
  rig.time.advance(FIVE_MINUTES);
  for (let turns = 0; turns < 10; turns++) await turn();
  await write(2);
  for (const partition of [0, 1, 2, 3]) {
    const own = ids.filter((id) => (murmur2(Buffer.from(id)) & 0x7fffffff) % 4 === partition);
    expect(writtenTo(partition)).toEqual(own);
  }
  await rig.writer.close?.();
  expect(rig.time.waiting).toEqual([]);
  expect({ dead: rig.dead, failures: rig.failures }).toEqual({ dead: [], failures: [] });
});
