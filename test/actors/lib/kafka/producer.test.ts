import { beforeEach, expect, test } from 'vitest';
import { KafkaCluster, ProducerRig } from '../../support/kafka-cluster.ts';

const AWAY = 'warn Kafka at k:1: ECONNREFUSED; it is tried again';
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
