import { expect, test } from 'vitest';
import { Outage } from '../../../../actors/lib/delivery/outage.ts';
import { persist } from '../../../../actors/lib/delivery/persist.ts';
import { KafkaClient } from '../../../../actors/lib/kafka/client.ts';
import { patienceOf } from '../../../../actors/lib/kafka/patience.ts';

/** A clock that is wherever it was put last, and a log. */
function host() {
  const lines: string[] = [];
  const self = {
    at: 0,
    lines,
    now: () => self.at,
    log: (level: string, text: string) => void lines.push(`${level} ${text}`),
    after: (ms: number, task: () => void) => {
      self.at += ms;
      queueMicrotask(task);
      return () => {};
    },
  };
  return self;
}

const AWAY = 'warn Kafka at k:1: ECONNREFUSED; it is tried again';
const later = (time: string) => AWAY.replace(';', `, for ${time} now;`);
const BACK = 'info Kafka at k:1 answers again';

test('an outage is told at its start, once a minute and at its end, however often and by whom it is met', () => {
  const world = host();
  const outage = new Outage('Kafka at k:1', world);
  const tasks = [{}, {}, {}];
  for (let second = 0; second < 150; second++) {
    world.at = second * 1000;
    for (const task of tasks) outage.failed(task, second + 1, 'ECONNREFUSED');
  }
  const told = [AWAY, later('1m'), later('2m')];
  expect(world.lines).toEqual(told);
  for (const task of tasks) outage.passed(task);
  for (const task of tasks) outage.passed(task);
  expect(world.lines).toEqual([...told, BACK]);
});

test('it is over when the last of those is answered that met it, and the next one is another', () => {
  const world = host();
  const outage = new Outage('Kafka at k:1', world);
  const [one, other] = [{}, {}];
  outage.failed(one, 10, 'ECONNREFUSED');
  outage.failed(other, 10, 'ECONNREFUSED');
  outage.passed(one);
  expect(world.lines).toEqual([AWAY]);
  outage.passed(other);
  outage.failed(one, 10, 'ECONNREFUSED');
  outage.passed(one);
  expect(world.lines).toEqual([AWAY, BACK]);
  world.at += 60_000;
  outage.failed(one, 10, 'ECONNREFUSED');
  expect(world.lines).toEqual([AWAY, BACK, AWAY]);
});

test('what passes within a moment is not told of', () => {
  const world = host();
  const outage = new Outage('Kafka at k:1', world);
  for (let tries = 1; tries <= 3; tries++) outage.failed(outage, tries, 'ECONNREFUSED');
  outage.passed(outage);
  expect(world.lines).toEqual([]);
});

test('what fails after three seconds or more is told of at once, and what fails soon when it has gone on for so long', () => {
  const world = host();
  const outage = new Outage('Kafka at k:1', world);
  world.at = 3000;
  outage.failed(outage, 1, 'ECONNREFUSED', 0);
  expect(world.lines).toEqual([AWAY]);
  outage.passed(outage);
  world.at = 100_000;
  outage.failed(outage, 1, 'ECONNREFUSED', 99_000);
  expect(world.lines).toEqual([AWAY, BACK]);
  world.at = 102_000;
  outage.failed(outage, 2, 'ECONNREFUSED', 101_999);
  expect(world.lines).toEqual([AWAY, BACK, AWAY]);
});

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
