import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import delta from '../../actors/sinks/delta.ts';
import lake from '../../actors/sinks/lake.ts';
import parquet from '../../actors/sinks/parquet.ts';
import { realDisk } from '../../src/host/disk.ts';
import type { Row } from '../../src/stage/row.ts';
import { SinkDriver } from '../../src/testkit/sink-driver.ts';
import { duckdb, toFolder } from '../actors/support/duckdb.ts';
import { weir } from '../nexmark/cli.ts';
import { freshFolder } from '../support/folder.ts';

const folder = freshFolder();
const sql = (...args: string[]) => weir(['lake', 'sql', ...args], folder.path).ended;

/** Fills a table by its sink. */
async function fill(definition: any, options: Record<string, unknown>, rows: Row[], onDisk = false) {
  const driver = await SinkDriver.open(definition, options, onDisk ? { disk: realDisk as never } : {});
  for (const [i, row] of rows.entries()) driver.write(row, { time: i });
  await driver.checkpoint();
  await driver.finish();
  await driver.close();
  if (!onDisk) await toFolder(driver.disk, folder.path, String(options.path));
}

const loads = Array.from({ length: 2000 }, (_, id) => ({ id, host: id % 3, load: id / 10 }));
const hosts = [0, 1, 2].map((host) => ({ host, name: `h,${host}`, day: `2024-05-0${host + 1}` }));

test('weir lake sql joins a LevelDB table, Parquet files and a Delta table', async () => {
  await fill(lake, { table: 'loads', path: folder.at('lake'), key: 'host' }, loads, true);
  await fill(parquet, { path: 'p/', partition: ['host'] }, hosts);
  await fill(delta, { path: 'd/', schema: { host: 'int', day: 'date' }, partition: ['day'] }, hosts);
  const query = `SELECT name, days.day::VARCHAR AS day, count(*)::INT AS n, sum(load)::INT AS load FROM loads
    JOIN names USING (host) JOIN days USING (host) GROUP BY ALL ORDER BY name`;
  const expected = hosts.map(({ name, day }, host) => {
    const own = loads.filter((row) => row.host === host);
    return { name, day, n: own.length, load: Math.round(own.reduce((sum, { load }) => sum + load, 0)) };
  });
  const tables = ['--table', 'names=p/', '--table', 'days=d/'];
  const json = await sql(query, '--path', folder.at('lake'), ...tables, '--format', 'json');
  expect([json.stderr, json.code]).toEqual(['', 0]);
  expect(
    json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(expected);
  const csv = await sql(query, '--path', folder.at('lake'), ...tables, '--format', 'csv');
  const lines = expected.map(({ name, day, n, load }) => `"${name}",${day},${n},${load}\n`);
  expect(csv.stdout).toBe(`name,day,n,load\n${lines.join('')}`);
}, 60_000);

test('weir lake sql takes the columns of the folders of a Delta table from its log, also where the files hold them', async () => {
  mkdirSync(folder.at('d/_delta_log'), { recursive: true });
  await duckdb(`COPY (SELECT 1 AS id, DATE '2024-05-01' AS "Day") TO '${folder.at('d/with.parquet')}'`);
  await duckdb(`COPY (SELECT 2 AS id) TO '${folder.at('d/without.parquet')}'`);
  const fields = [
    { name: 'id', type: 'integer', nullable: true, metadata: {} },
    { name: 'day', type: 'date', nullable: true, metadata: {} },
  ];
  const schemaString = JSON.stringify({ type: 'struct', fields });
  const add = (path: string, day: string) => ({
    add: { path, partitionValues: { day }, size: 1, modificationTime: 0, dataChange: true },
  });
  folder.writeRows('d/_delta_log/00000000000000000000.json', [
    { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
    {
      metaData: {
        id: 'd',
        format: { provider: 'parquet', options: {} },
        schemaString,
        partitionColumns: ['day'],
        configuration: {},
      },
    },
    add('with.parquet', '2024-05-01'),
    add('without.parquet', '2024-05-02'),
  ]);
  const all = await sql('SELECT id, day::VARCHAR AS day FROM d ORDER BY id', '--table', 'd=d/', '--format', 'csv');
  expect([all.stdout, all.stderr]).toEqual(['id,day\n1,2024-05-01\n2,2024-05-02\n', '']);
}, 60_000);

test('weir lake sql shows a table, and says what is wrong with a query', async () => {
  const shown = await sql("SELECT 1 AS one, 'a' || chr(27) || 'b' AS text, NULL AS nothing");
  expect(shown.stdout).toBe('one  text  nothing\n───  ────  ───────\n  1  a b\n');
  const wrong = await sql('SELECT * FROM nowhere');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('DuckDB: Catalog Error: Table with name nowhere does not exist');
  expect(wrong.stderr).toContain('There is no table: ');
  expect((await sql('SELECT 1', '--format', 'xml')).stderr).toContain("--format: 'xml' is none of table, csv and json");
}, 60_000);

test('weir lake sql gives whole numbers as JSON has them, those past 2^53 as text', async () => {
  const query = `SELECT count(*) AS n, sum(i) AS s, [count(*)] AS list, 9007199254740991 AS most, -9007199254740991 AS least,
    9007199254740993 AS more, '34' AS text, NULL::BIGINT AS nothing FROM range(34) t(i)`;
  const { stdout, stderr } = await sql(query, '--format', 'json');
  const expected =
    '{"n":34,"s":561,"list":[34],"most":9007199254740991,"least":-9007199254740991,"more":"9007199254740993","text":"34","nothing":null}\n';
  expect([stdout, stderr]).toEqual([expected, '']);
}, 60_000);

test('weir lake sql says which folder of --table is not there, and which tables there are', async () => {
  await fill(lake, { table: 'loads', path: folder.at('lake'), key: 'host' }, loads.slice(0, 3), true);
  await fill(parquet, { path: 'p/', partition: ['host'] }, hosts);
  mkdirSync(folder.at('empty'));
  const absent = await sql('SELECT 1', '--table', 'x=nosuch/');
  expect([absent.code, absent.stderr]).toEqual([2, expect.stringMatching(/--table: no folder nosuch\/\n/)]);
  for (const path of ['empty/', 'nosuch.parquet', 'nosuch/*.parquet']) {
    const none = await sql('SELECT 1', '--table', `x=${path}`);
    expect([none.code, none.stderr]).toEqual([2, expect.stringMatching(/--table x=.*: No files found/)]);
    expect(none.stderr).not.toContain('CREATE VIEW');
  }
  const unknown = await sql('SELECT * FROM load', '--path', folder.at('lake'), '--table', 'names=p/');
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/The tables are names, loads\.$/m)]);
}, 60_000);
