import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { hdfsFiles } from '../../actors/lib/hdfs/hdfs-files.ts';
import { WebHdfs } from '../../actors/lib/hdfs/web-hdfs.ts';
import { running } from '../nexmark/cli.ts';
import { freshFolder } from '../support/folder.ts';
import { clientOf } from './support/cassandra.ts';
import { Kafka } from './support/kafka.ts';
import { runStream } from './support/runs.ts';
import { Server, withServersInFull } from './support/server.ts';

const folder = freshFolder();
/** Records of 1 kB are made as fast as they are taken: what piled up would be gigabytes. */
const SLOW_MS = 20_000;
const GENERATE = { fields: { id: 'n', text: `'${'x'.repeat(1000)}'` } };
/** What a run may need: the runtime, its threads, and buffers that are bounded. */
const MOST_MIB = 700;

/**
 * Runs from a generator to a sink whose server is ten times too slow for a while, then stops. Gives what the run says it wrote, and
 * the most memory that it held.
 */
async function slowly(to: object, slowed: () => Promise<() => void>): Promise<{ written: number; mib: number }> {
  const { child, ended } = runStream(folder, { source: { generate: GENERATE }, to }, { fresh: true });
  await running(child);
  const end = await slowed();
  await sleep(SLOW_MS);
  end();
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  child.kill('SIGINT');
  return { written: await writtenBy(ended), mib: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024 };
}

/** How many records a run that was stopped says it wrote. */
async function writtenBy(ended: ReturnType<typeof runStream>['ended']): Promise<number> {
  const { code, stderr } = await ended;
  expect(code, stderr).toBe(0);
  expect(stderr).toContain(' 0 restarts');
  const out = /records in, ([\d,]+) out/.exec(stderr)?.[1] as string;
  return Number(out.replaceAll(',', ''));
}

function judge(what: string, { written, mib }: { written: number; mib: number }): void {
  process.stdout.write(`\n${what}, ten times too slow: ${written} records, at most ${Math.round(mib)} MiB\n`);
  expect(written).toBeGreaterThan(0);
  expect(mib).toBeLessThan(MOST_MIB);
}

withServersInFull(['kafka'], 'kafka ten times too slow', () => {
  const kafka = new Kafka();
  afterAll(() => kafka.end());

  test('sources pause, memory is bounded, nothing is lost', async () => {
    await kafka.start();
    await kafka.create('slow', 2);
    const to = { kafka: { topic: 'slow', brokers: [kafka.address] } };
    const result = await slowly(to, () => kafka.slowed());
    judge('kafka', result);
    expect((await kafka.read('slow')).length).toBe(result.written);
  }, 300_000);
});

withServersInFull(['cassandra'], 'cassandra ten times too slow', () => {
  const port = 19052;
  const server = new Server('cassandra', {
    CASSANDRA_PORT: port,
    CASSANDRA_STORAGE_PORT: 17010,
    WEIR_INSTANCE: 'test-slow',
  });
  afterAll(() => server.wipe());

  test('sources pause, memory is bounded, nothing is lost', async () => {
    await server.start();
    const client = await clientOf(port);
    await client.execute("CREATE KEYSPACE s WITH REPLICATION = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    await client.execute('CREATE TABLE s.slow (id int PRIMARY KEY, text text)');
    const to = { cassandra: { contactPoints: `127.0.0.1:${port}`, keyspace: 's', table: 'slow' } };
    const result = await slowly(to, () => server.slowed());
    judge('cassandra', result);
    let rows = 0;
    for await (const _ of await client.execute('SELECT id FROM s.slow', [], { prepare: true, fetchSize: 5000 })) rows++;
    expect(rows).toBe(result.written);
    await client.shutdown();
  }, 300_000);
});

withServersInFull(['hdfs'], 'hdfs ten times too slow', () => {
  const nameNode = 'http://127.0.0.1:19880';
  const server = new Server('hdfs', {
    HDFS_PORT: 19010,
    HDFS_HTTP_PORT: 19880,
    HDFS_DATANODE_PORT: 19876,
    HDFS_DATANODE_HTTP_PORT: 19874,
    HDFS_DATANODE_IPC_PORT: 19877,
    WEIR_INSTANCE: 'test-slow',
  });
  afterAll(() => server.wipe());

  test('sources pause, memory is bounded, nothing is lost', async () => {
    await server.start();
    const to = { hdfs: { path: '/slow/', nameNode, user: 'weir', maxPending: '512MiB' } };
    const result = await slowly(to, () => server.slowed());
    judge('hdfs', result);
    // What a stop did not wait for, since it would have taken longer than it may, the next run puts there.
    const { child, ended } = runStream(folder, { source: { generate: GENERATE }, to });
    await running(child);
    child.kill('SIGINT');
    const written = result.written + (await writtenBy(ended));
    const hdfs = new WebHdfs({ nameNode, user: 'weir', token: undefined, timeout: 30_000, retryFor: 30_000 }, () => {});
    let bytes = 0;
    for (const { size } of await hdfsFiles(hdfs).find('/slow/')) bytes += size;
    // Each record has 1,000 letters and a number of its own; the count tells how long the numbers are.
    let digits = 0;
    for (let n = 0; n < written; n++) digits += String(n).length;
    expect(bytes).toBe(digits + written * ('{"id":,"text":""}\n'.length + 1000));
  }, 300_000);
});
