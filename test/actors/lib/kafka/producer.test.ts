import { beforeEach, expect, test } from 'vitest';
import { KafkaCluster, ProducerRig } from '../../support/kafka-cluster.ts';

const AWAY = 'warn Kafka at k:1: ECONNREFUSED; it is tried again';
/** In-sync replicas are missing. */
const NOT_ENOUGH_REPLICAS = 19;
const BACK = 'info Kafka at k:1 answers again';

let cluster: KafkaCluster;
beforeEach(() => {
  cluster = new KafkaCluster();
  cluster.topics.set('t', [1, 1]);
});

test('an outage that records meet is told to be over, and the next one begins anew', async () => {
  const rig = await ProducerRig.of(cluster);
  for (const times of [1, 2]) {
    cluster.away = 'ECONNREFUSED';
    rig.write('t', 0, `v${times}`);
    await rig.until(() => rig.logs.length === 2 * times - 1);
    cluster.away = undefined;
    await rig.until(() => rig.logs.length === 2 * times);
    rig.at += 3_600_000;
  }
  expect(rig.logs).toEqual([AWAY, BACK, AWAY, BACK]);
  expect(cluster.written.get('t/0')).toEqual(['v1', 'v2']);
});

test.each([
  ['as they come', undefined],
  ['in a transaction', 'x'],
])('a partition that is gone ends the run, which a restart may mend, and says which one: %s', async (_, id) => {
  const rig = await ProducerRig.of(cluster, {}, id);
  for (const partition of [0, 1]) rig.write('t', partition, 'a');
  await rig.producer.flush(rig.session);
  rig.session.prepared();
  cluster.topics.set('t', [1]);
  for (const partition of [0, 1]) rig.write('t', partition, 'b');
  await rig.until(() => rig.failures.length > 0);
  const what = 'Kafka at k:1 has no partition 1 of topic t any more';
  expect(rig.failures).toMatchObject([
    { code: 'WEIR_KAFKA_TOPIC', message: expect.stringContaining(what), data: undefined },
  ]);
});

test('a partition that is away for a moment, or that nobody tells of, is waited for', async () => {
  const rig = await ProducerRig.of(cluster);
  const topics = cluster.topics.get('t')!;
  cluster.topics.delete('t');
  rig.write('t', 1, 'a');
  const offers = () => cluster.offers;
  await rig.until(() => offers() >= 4);
  cluster.away = 'ECONNREFUSED';
  await rig.until(() => rig.at > 600_000);
  expect(rig.failures).toEqual([]);
  cluster.away = undefined;
  cluster.topics.set('t', topics);
  await rig.until(() => cluster.written.has('t/1'));
  expect(rig.failures).toEqual([]);
});

test('what a broker answers for a partition is told with its name', async () => {
  const rig = await ProducerRig.of(cluster);
  cluster.refuse = () => NOT_ENOUGH_REPLICAS;
  rig.write('t', 1, 'a');
  await rig.until(() => rig.logs.length > 0);
  cluster.refuse = () => 0;
  await rig.until(() => cluster.written.has('t/1'));
  expect(rig.logs[0]).toBe('warn Kafka at k:1: t/1: Kafka answers with code 19; it is tried again');
});
