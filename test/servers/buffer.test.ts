import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { freshFolder } from '../support/folder.ts';
import { allRows, clientOf, untilAnswers } from './support/cassandra.ts';
import { Kafka, logged, RUNNING } from './support/kafka.ts';
import { runStream } from './support/runs.ts';
import { Server, withServersInFull } from './support/server.ts';

const folder = freshFolder();
const COUNT = 20_000;
/** Records go on coming while the server is away, and behind it. */
const RATE = 500;
const AWAY_MS = 20_000;
const IDS = Array.from({ length: COUNT }, (_, id) => id);

/** Runs from a generator through a buffer to a sink whose server goes away meanwhile. Gives what the run said. */
async function through(
  to: object,
  server: { has(count: number): Promise<void>; stop(): Promise<unknown>; again(): Promise<unknown> },
) {
  const source = { generate: { count: COUNT, rate: RATE, fields: { id: 'n' } } };
  const { child, ended } = runStream(folder, { source, to: { ...to, buffer: {} } }, { fresh: true });
  await logged(child, RUNNING);
  await server.has(RATE);
  const told = logged(child, /records wait in the buffer/);
  await server.stop();
  await sleep(AWAY_MS);
  await told;
  const isBack = logged(child, /the other side takes records again/);
  await server.again();
  await isBack;
  const { code, stderr } = await ended;
  expect(code, stderr).toBe(0);
  // Checkpoints went on, and nothing began anew.
  expect(stderr).toContain(' 0 restarts');
  expect(stderr).toContain('(finished)');
}

withServersInFull(['kafka'], 'a buffer before kafka', () => {
  const kafka = new Kafka({ port: 19_292 });
  afterAll(() => kafka.end());

  test('a broker that is away for 20 s has all records in the end', async () => {
    await kafka.start();
    await kafka.create('buffered');
    await through(
      { kafka: { topic: 'buffered', brokers: [kafka.address], delivery: 'at-least-once' } },
      {
        has: async (count) => void (await kafka.read('buffered', count)),
        stop: () => kafka.stop(),
        again: () => kafka.again(),
      },
    );
    const ids = (await kafka.read('buffered')).map((line) => JSON.parse(line).id as number);
    expect([...new Set(ids)].sort((a, b) => a - b)).toEqual(IDS);
    process.stdout.write(`\nkafka: ${ids.length - COUNT} of ${COUNT} twice\n`);
  }, 300_000);
});

withServersInFull(['cassandra'], 'a buffer before cassandra', () => {
  const port = 19_062;
  const server = new Server('cassandra', {
    CASSANDRA_PORT: port,
    CASSANDRA_STORAGE_PORT: 17_020,
    WEIR_INSTANCE: 'test-buffer',
  });
  afterAll(() => server.wipe());

  test('a node that is away for 20 s has all rows in the end', async () => {
    await server.start();
    await untilAnswers(port);
    const client = await clientOf(port);
    await client.execute("CREATE KEYSPACE s WITH REPLICATION = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    await client.execute('CREATE TABLE s.buffered (id int PRIMARY KEY)');
    const rows = async (by = client) => (await allRows(by, 'SELECT id FROM s.buffered')).map(({ id }) => id as number);
    await through(
      { cassandra: { contactPoints: `127.0.0.1:${port}`, keyspace: 's', table: 'buffered' } },
      {
        async has(count) {
          while ((await rows()).length < count) await sleep(100);
        },
        stop: () => server.stop(),
        async again() {
          await server.start();
          await untilAnswers(port);
        },
      },
    );
    // The first one may not know yet that the node is back.
    const other = await clientOf(port);
    expect((await rows(other)).sort((a, b) => a - b)).toEqual(IDS);
    await Promise.all([client.shutdown(), other.shutdown()]);
  }, 300_000);
});
