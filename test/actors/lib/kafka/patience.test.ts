import { expect, test } from 'vitest';
import { persist } from '../../../../actors/lib/delivery/persist.ts';
import { KafkaClient } from '../../../../actors/lib/kafka/client.ts';
import { patienceOf } from '../../../../actors/lib/kafka/patience.ts';
import { world as host } from '../delivery/world.ts';

const AWAY = 'warn Kafka at k:1: ECONNREFUSED; it is tried again';
const BACK = 'info Kafka at k:1 answers again';

test('a broker that is silent is told of when the first try ends', async () => {
  const world = host();
  const client = new KafkaClient({ brokers: ['k:1'], timeout: 1000, sasl: undefined, tls: undefined });
  let tries = 0;
  await persist(patienceOf(client, world, new AbortController().signal), async () => {
    if (tries++ > 0) return;
    world.at += 10_000;
    throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  });
  expect(world.lines).toEqual([AWAY, BACK]);
});

test('a task that is tried for an hour tells of it about sixty times', async () => {
  const world = host();
  const client = new KafkaClient({ brokers: ['k:1'], timeout: 1000, sasl: undefined, tls: undefined });
  const patience = patienceOf(client, world, new AbortController().signal);
  await persist(patience, async () => {
    if (world.at < 3_600_000) throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  });
  expect(world.lines[0]).toBe(AWAY);
  expect(world.lines.at(-1)).toBe(BACK);
  expect(world.lines.length).toBeGreaterThan(50);
  expect(world.lines.length).toBeLessThan(63);
});

test('a pause ends at once when it is closed', async () => {
  const closing = new AbortController();
  const world = { ...host(), after: () => () => {} };
  const client = new KafkaClient({ brokers: ['k:1'], timeout: 1000, sasl: undefined, tls: undefined });
  const patience = patienceOf(client, world, closing.signal);
  const pauses = [patience.pause(2 ** 30), patience.pause(2 ** 30)];
  closing.abort();
  await Promise.all(pauses);
  expect(patience.closed()).toBe(true);
});
