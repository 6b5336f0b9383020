import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDeltaTable } from '../../actors/lib/delta/log.ts';
import { FolderLock } from '../../actors/lib/hdfs/folder-lock.ts';
import { HdfsDisk, REMOTE } from '../../actors/lib/hdfs/hdfs-disk.ts';
import { WebHdfs } from '../../actors/lib/hdfs/web-hdfs.ts';
import { realDisk } from '../../src/host/disk.ts';
import { duckdb } from '../actors/support/duckdb.ts';
import { running } from '../nexmark/cli.ts';
import { freshFolder } from '../support/folder.ts';
import { failing, runStream, toEnd } from './support/runs.ts';
import { Server, withServers } from './support/server.ts';

const settings = {
  HDFS_PORT: 19970,
  HDFS_HTTP_PORT: 19920,
  HDFS_DATANODE_PORT: 19966,
  HDFS_DATANODE_HTTP_PORT: 19964,
  HDFS_DATANODE_IPC_PORT: 19967,
  WEIR_INSTANCE: 'test-hdfs-tables',
};
const hdfs = { nameNode: 'http://127.0.0.1:19920', user: 'weir' };
const folder = freshFolder();
const other = freshFolder();

withServers(['hdfs'], 'tables in hdfs', () => {
  const server = new Server('hdfs', settings);
  const shell = (...args: string[]) => server.run('org.apache.hadoop.fs.FsShell', ...args);
  const client = new WebHdfs({ ...hdfs, token: undefined, timeout: 30_000, retryFor: 30_000 }, () => {});
  const disk = new HdfsDisk(realDisk, client);
  beforeAll(async () => {
    await server.wipe();
    await server.start();
  });
  afterAll(async () => {
    client.close();
    await server.wipe();
  });

  test('a file is created where there is none, by one of many who try', async () => {
    const path = `${REMOTE}/new/0.json`;
    const texts = Array.from({ length: 8 }, (_, i) => `text ${i}`);
    const made = await Promise.all(texts.map((text) => disk.create(path, Buffer.from(text))));
    expect(made.filter((one) => one)).toHaveLength(1);
    expect(Buffer.from((await disk.read(path)) ?? []).toString()).toBe(texts[made.indexOf(true)]);
    // As after an answer that was lost.
    expect(await disk.create(path, Buffer.from(texts[made.indexOf(true)] as string))).toBe(true);
    expect(await disk.list(`${REMOTE}/new/`)).toEqual(['0.json']);
  });

  const schema = { n: 'int', day: 'text' };
  const generate = (count: number) => ({
    generate: { count, rate: 4000, fields: { n: 'n', day: '"d" + text(n % 3)' } },
  });

  test('a Delta table, written by runs that are killed, has each row once, for DuckDB too', {
    timeout: 120_000,
  }, async () => {
    const stream = { source: generate(16_000), to: { delta: { path: '/t/', hdfs, schema, partition: ['day'] } } };
    for (const ms of [700, 1000]) {
      const run = runStream(folder, stream);
      await running(run.child);
      await new Promise((resolve) => setTimeout(resolve, ms));
      run.child.kill('SIGKILL');
      expect((await run.ended).signal).toBe('SIGKILL');
    }
    await toEnd(runStream(folder, stream));
    const { files, transactions } = await readDeltaTable(disk, `${REMOTE}/t/`);
    expect(transactions.size).toBe(1);
    await shell('-copyToLocal', '/t', folder.path);
    const list = [...files.keys()].map((path) => `'${folder.at(`t/${decodeURIComponent(path)}`)}'`);
    const [found] = await duckdb(
      `SELECT count(*)::INT AS rows, count(DISTINCT n)::INT AS distinct_rows, sum(n)::BIGINT AS sum FROM read_parquet([${list}])`,
    );
    expect(found).toEqual({ rows: 16_000, distinct_rows: 16_000, sum: String((16_000 * 15_999) / 2) });
  });

  test.each([
    ['parts', {}],
    ['rolled', { roll: { size: '1GiB' } }],
  ])('Parquet files, %s, are read by DuckDB and come back', async (name, options) => {
    const path = `/${name}/`;
    const to = { parquet: { path, hdfs, schema, partition: ['day'], ...options } };
    await toEnd(runStream(folder, { source: generate(6000), to }, { fresh: true }));
    await shell('-copyToLocal', path, folder.path);
    const files = `read_parquet('${folder.at(name)}/**/*.parquet', hive_partitioning = false)`;
    const rows = await duckdb(`SELECT n::INT AS n, day FROM ${files} ORDER BY n`);
    expect(rows).toEqual(Array.from({ length: 6000 }, (_, n) => ({ n, day: `d${n % 3}` })));
    const source = { parquet: { path: `${path}**/*.parquet`, hdfs } };
    await toEnd(runStream(folder, { source, to: { file: 'out.ndjson' } }, { fresh: true }));
    expect(folder.rows('out.ndjson').sort((a, b) => a.n - b.n)).toEqual(rows);
  });

  test('a folder has one writer: others are told who it is, and take over from one that was killed', {
    timeout: 120_000,
  }, async () => {
    const to = { hdfs: { path: '/one/', ...hdfs } };
    const long = { generate: { rate: 500, fields: { n: 'n' } } };
    const first = runStream(folder, { source: long, to });
    await running(first.child);
    const second = { source: { generate: { count: 10, fields: { n: 'n' } } }, to };
    const refused = await failing(runStream(other, second));
    expect(refused).toContain(`hdfs://127.0.0.1:19920/one/ is written by process ${first.child.pid}`);
    expect(refused).toContain('WEIR_LOCKED');
    await until(async () => (await disk.list(`${REMOTE}/one/`)).includes('.weir-writer'));
    first.child.kill('SIGKILL');
    await first.ended;
    await toEnd(runStream(other, second));
    expect(await disk.list(`${REMOTE}/one/`)).toEqual([expect.stringMatching(/^part-0-\d+\.ndjson$/)]);

    const elsewhere = new FolderLock(disk, `${REMOTE}/one/`, {
      what: 'one',
      log: () => {},
      self: { host: 'elsewhere', pid: 1 },
    });
    await elsewhere.hold();
    const told = await failing(runStream(other, second, { fresh: true }));
    expect(told).toMatch(/of elsewhere writes it, and two would destroy what the other wrote.*WEIR_LOCKED/);
    await elsewhere.release();
    await toEnd(runStream(other, second, { fresh: true }));
  });

  test('a Delta table takes several writers at the same time', { timeout: 120_000 }, async () => {
    const to = { delta: { path: '/many/', hdfs, schema } };
    await Promise.all(
      [folder, other].map((each) => toEnd(runStream(each, { source: generate(6000), to }, { fresh: true }))),
    );
    const { files, transactions } = await readDeltaTable(disk, `${REMOTE}/many/`);
    expect(transactions.size).toBe(2);
    await shell('-copyToLocal', '/many', folder.path);
    const list = [...files.keys()].map((path) => `'${folder.at(`many/${path}`)}'`);
    const [found] = await duckdb(`SELECT count(*)::INT AS rows, sum(n)::INT AS sum FROM read_parquet([${list}])`);
    expect(found).toEqual({ rows: 12_000, sum: 6000 * 5999 });
  });
});

/** Looks until something is so: what comes about by another process tells nobody. */
async function until(so: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 100; look++) {
    if (await so()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('it did not come about');
}
