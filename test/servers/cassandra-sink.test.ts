import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Client } from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { running, weir } from '../nexmark/cli.ts';
import { freshFolder } from '../support/folder.ts';
import { CA, CLIENT } from '../support/tls.ts';
import { allRows, clientOf, untilAnswers } from './support/cassandra.ts';
import { runStream, toEnd } from './support/runs.ts';
import { Server, withServers, withServersInFull } from './support/server.ts';

const PORT = 19042;
const settings = { CASSANDRA_PORT: PORT, CASSANDRA_STORAGE_PORT: 17000, WEIR_INSTANCE: 'test-cassandra' };
const TIMEOUT_MS = 300_000;
const folder = freshFolder();

/** A run of the sink over generated records, in the test's own folder. */
function run(
  { fields, count, rate, sink, time }: { fields: object; count: number; rate?: number; sink: object; time?: object },
  more: string[] = [],
) {
  const generate = { count, fields, ...(rate && { rate }) };
  const to = { cassandra: { contactPoints: `127.0.0.1:${PORT}`, ...sink } };
  folder.write(
    't.yaml',
    JSON.stringify({ name: 't', checkpoint: { every: '500ms' }, streams: { s: { source: { generate }, time, to } } }),
  );
  return weir(['run', 't.yaml', '--threads', '1', ...more], folder.path);
}

const ID = '"00000000-0000-4000-8000-" + slice("000000000000" + text(n), -12)';
const DATA = {
  keyspace: 'flink',
  table: 'data',
  create: true,
  types: { id: 'uuid', value: 'text' },
  primaryKey: 'id',
};

withServers(['cassandra'], 'cassandra sink', () => {
  const server = new Server('cassandra', settings);
  let client: Client;
  beforeAll(async () => {
    await server.wipe();
    await server.start();
    client = await clientOf(PORT);
  });
  afterAll(async () => {
    await client?.shutdown();
    await server.wipe();
  });

  test('creates keyspace and table, and what is written again takes the place of itself', async () => {
    for (let times = 0; times < 2; times++) {
      const one = run({ fields: { id: ID, value: '"v" + text(n)' }, count: 2000, sink: DATA }, ['--fresh']);
      const { code, stderr } = await one.ended;
      expect(code, stderr).toBe(0);
    }
    const rows = await allRows(client, 'SELECT id, value FROM flink.data');
    const found = rows.map(({ id, value }) => [String(id), value]).sort();
    const expected = Array.from({ length: 2000 }, (_, n) => [
      `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
      `v${n}`,
    ]);
    expect(found).toEqual(expected);
  });

  test('topologies/kafka-to-cassandra.yaml fills flink.data, here from records of another source', async () => {
    await client.execute('DROP KEYSPACE IF EXISTS flink');
    const file = new URL('../../topologies/kafka-to-cassandra.yaml', import.meta.url);
    const topology = parse(readFileSync(file, 'utf8'));
    const fields = { line: '"line " + text(n)', partition: 'n % 4', offset: 'floor(n / 4)' };
    topology.streams.records.source = { generate: { count: 1000, fields } };
    folder.write('t.yaml', JSON.stringify(topology));
    const { code, stderr } = await weir(['run', 't.yaml', '--set', `cassandra=127.0.0.1:${PORT}`], folder.path).ended;
    expect(code, stderr).toBe(0);
    const rows = await allRows(client, 'SELECT id, value FROM flink.data');
    const found = rows.map(({ id, value }) => `${id} ${value}`).sort();
    const digits = (n: number, width: number) => String(n).padStart(width, '0');
    const expected = Array.from({ length: 1000 }, (_, n) => {
      return `${digits(n % 4, 8)}-0000-8000-8000-${digits(Math.floor(n / 4), 12)} line ${n}`;
    });
    expect(found).toEqual(expected.sort());
  });

  test('values of every type arrive as they were, and one that does not fit is a dead letter', async () => {
    await client.execute('CREATE TYPE flink.address (street text, number int)');
    await client.execute(`CREATE TABLE flink.kinds (id int PRIMARY KEY, a ascii, b bigint, c blob, d boolean, e date, f decimal,
      g double, h float, i inet, j smallint, k time, l timestamp, m timeuuid, n tinyint, o uuid, p varint, q duration,
      r frozen<list<int>>, s set<text>, t map<int, text>, u tuple<int, text>, v flink.address, w vector<float, 2>)`);
    const values: Record<string, string> = {
      id: 'n',
      a: '"plain"',
      b: '"9223372036854775807"',
      c: '"0xcafe"',
      d: 'true',
      e: '"2026-11-23"',
      f: '"12.50"',
      g: '0.1',
      h: '0.5',
      i: '"127.0.0.1"',
      j: '-32768',
      k: '"08:30:00.5"',
      l: '1700000000123',
      m: '"5b6962dd-3f90-11ee-8001-4b2c7fe63fbd"',
      n: '127',
      o: '"5b6962dd-3f90-41ee-8001-4b2c7fe63fbd"',
      p: '"-123456789012345678901234567890"',
      q: '"1h30m"',
      r: '[3, 1, 2]',
      s: '["x", "y"]',
      t: '{ "7": "seven" }',
      u: '[1, "one"]',
      v: '{ street: "Long", number: 5 }',
      w: '[1, 2.5]',
    };
    // The second record has one column that does not fit; each of them in turn, in one run.
    const wrong: Record<string, string> = {
      b: '"9223372036854775808"',
      n: '128',
      o: '"no uuid"',
      l: '"yesterday"',
      r: '["x"]',
    };
    const names = Object.keys(wrong);
    const fields = Object.fromEntries(
      Object.entries(values).map(([name, value]) => {
        const at = names.indexOf(name);
        return [name, at < 0 ? value : `n == ${at + 1} ? ${wrong[name]} : ${value}`];
      }),
    );
    const count = names.length + 1;
    const { code, stdout, stderr } = await run({ fields, count, sink: { keyspace: 'flink', table: 'kinds' } }).ended;
    expect(code, stderr).toBe(0);
    expect(stdout + stderr).toContain(`${names.length} dead letters`);
    const [row = {}, ...others] = await allRows(client, 'SELECT * FROM flink.kinds');
    expect(others).toEqual([]);
    const plain = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]));
    expect(plain).toMatchObject({
      id: '0',
      a: 'plain',
      b: '9223372036854775807',
      d: 'true',
      e: '2026-11-23',
      f: '12.50',
    });
    expect(plain).toMatchObject({
      g: '0.1',
      h: '0.5',
      i: '127.0.0.1',
      j: '-32768',
      k: '08:30:00.5',
      n: '127',
      q: '1h30m',
    });
    expect(plain).toMatchObject({
      m: '5b6962dd-3f90-11ee-8001-4b2c7fe63fbd',
      o: '5b6962dd-3f90-41ee-8001-4b2c7fe63fbd',
    });
    expect(plain).toMatchObject({ p: '-123456789012345678901234567890', r: '3,1,2', s: 'x,y', u: '(1,one)' });
    expect((row.c as Buffer).toString('hex')).toBe('cafe');
    expect((row.l as Date).getTime()).toBe(1_700_000_000_123);
    expect(row.t).toEqual({ 7: 'seven' });
    expect({ ...(row.v as object) }).toEqual({ street: 'Long', number: 5 });
    expect([...(row.w as Float32Array)]).toEqual([1, 2.5]);
  });

  test('a list that is not frozen is refused, also before a start; one that is made is frozen', async () => {
    await client.execute('CREATE TABLE flink.lists (id int PRIMARY KEY, items list<int>)');
    const refused = /has a list items that is not frozen.*WEIR_CASSANDRA_TABLE/;
    const table = { keyspace: 'flink', table: 'lists' };
    const fields = { id: 'n', items: '[n, n]' };
    const { code, stderr } = await run({ fields, count: 1, sink: table }, ['--fresh']).ended;
    expect(code).not.toBe(0);
    expect(stderr).toMatch(refused);
    const check = await weir(['check', 't.yaml', '--connect'], folder.path).ended;
    expect(check.stdout + check.stderr).toMatch(refused);
    // What is not written needs not be frozen.
    const without = await run({ fields, count: 1, sink: { ...table, columns: { id: 'id' } } }, ['--fresh']).ended;
    expect(without.code, without.stderr).toBe(0);
    const create = { create: true, types: { id: 'int', items: 'list<int>' }, primaryKey: 'id' };
    for (let times = 0; times < 2; times++) {
      const made = await run({ fields, count: 2, sink: { keyspace: 'flink', table: 'made', ...create } }, ['--fresh'])
        .ended;
      expect(made.code, made.stderr).toBe(0);
    }
    const rows = await allRows(client, 'SELECT id, items FROM flink.made');
    expect(rows.sort((a, b) => Number(a.id) - Number(b.id))).toEqual([
      { id: 0, items: [0, 0] },
      { id: 1, items: [1, 1] },
    ]);
  });

  test('of rows of one key and one event time each cell keeps the greater value, and items are joined', async () => {
    await client.execute(
      'CREATE TABLE flink.ties (id int PRIMARY KEY, a int, b int, gone int, items set<int>, whole frozen<set<int>>)',
    );
    const fields = {
      id: '0',
      a: 'n',
      b: '1 - n',
      gone: 'n == 0 ? null : n',
      items: '[n]',
      whole: '[n]',
      t: '1700000000000',
    };
    const columns = { id: 'id', a: 'a', b: 'b', gone: 'gone', items: 'items', whole: 'whole' };
    const sink = { keyspace: 'flink', table: 'ties', columns, wins: 'latest' };
    const { code, stderr } = await run({ fields, count: 2, sink, time: { at: 't' } }, ['--fresh']).ended;
    expect(code, stderr).toBe(0);
    expect(await allRows(client, 'SELECT a, b, gone, items, whole FROM flink.ties')).toEqual([
      { a: 1, b: 1, gone: null, items: [0, 1], whole: [1] },
    ]);
  });

  test('a column that is dropped while it runs ends the run, which names it', { timeout: TIMEOUT_MS }, async () => {
    await client.execute('CREATE TABLE flink.altered (id int PRIMARY KEY, value text, other text)');
    const fields = { id: 'n', value: '"v"', other: '"o"' };
    const columns = { id: 'id', value: 'value', other: 'other' };
    const one = run({ fields, count: 1e9, rate: 500, sink: { keyspace: 'flink', table: 'altered', columns } }, [
      '--fresh',
    ]);
    await running(one.child);
    const written = async () => (await client.execute('SELECT id FROM flink.altered LIMIT 1')).rowLength > 0;
    while (one.child.exitCode === null && !(await written())) await new Promise((resolve) => setTimeout(resolve, 50));
    await client.execute('ALTER TABLE flink.altered DROP other');
    const { code, stderr } = await one.ended;
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/has no column other, but id, value.*WEIR_CASSANDRA_TABLE/);
    expect(stderr).not.toContain('no node can be reached');
  });

  test.each([
    ['last', 100],
    ['last', 7], // Several times in one batch.
    ['latest', 7],
  ])(
    'rows of one partition go in batches; of a key that comes again wins the %s, among %d; they live as long as is said',
    async (wins, keys) => {
      const count = 3000;
      const table = `parts_${wins}_${keys}`;
      await client.execute(`CREATE TABLE flink.${table} (part int, at int, value int, PRIMARY KEY (part, at))`);
      // The node takes the larger value of two that are of one time; here the one to stay is smaller, and times go back and forth.
      const time = (n: number) => (n * 7919) % count;
      const rows = Array.from({ length: count }, (_, n) => ({
        key: `${n % 3} ${Math.floor(n / 3) % keys}`,
        value: count - n,
        time: time(n),
      }));
      const expected = new Map<string, (typeof rows)[number]>();
      for (const row of rows) {
        const before = expected.get(row.key);
        if (wins === 'last' || before === undefined || row.time > before.time) expected.set(row.key, row);
      }
      const fields = {
        part: 'n % 3',
        at: `floor(n / 3) % ${keys}`,
        value: `${count} - n`,
        t: `n * 7919 % ${count} + 1700000000000`,
      };
      const columns = { part: 'part', at: 'at', value: 'value' };
      const sink = { keyspace: 'flink', table, columns, ttl: '1h', wins };
      const { code, stderr } = await run({ fields, count, sink, time: { at: 't', outOfOrder: '1m' } }, ['--fresh'])
        .ended;
      expect(code, stderr).toBe(0);
      const found = await allRows(client, `SELECT part, at, value, ttl(value) AS ttl FROM flink.${table}`);
      expect(Object.fromEntries(found.map(({ part, at, value }) => [`${part} ${at}`, value]))).toEqual(
        Object.fromEntries([...expected].map(([key, { value }]) => [key, value])),
      );
      for (const { ttl } of found) expect(ttl).toBeGreaterThan(3000);
    },
  );

  test('no such table, no such column and a refused connection are told, and what to do', async () => {
    const fields = { id: ID, value: '"v"' };
    const told = async (sink: object) => {
      const { code, stderr } = await run({ fields, count: 1, sink }, ['--fresh']).ended;
      expect(code).not.toBe(0);
      return stderr;
    };
    expect(await told({ keyspace: 'flink', table: 'none' })).toMatch(
      /cassandra 127.0.0.1:19042 has no table flink.none: create it.*WEIR_CASSANDRA_TABLE/,
    );
    const columns = { id: 'id', other: 'value' };
    expect(await told({ keyspace: 'flink', table: 'data', columns })).toMatch(/has no column other, but id, value/);
    const away = { keyspace: 'flink', table: 'data', contactPoints: '127.0.0.1:19043' };
    expect(await told(away)).toMatch(/no node can be reached.*ECONNREFUSED/);
    const elsewhere = { keyspace: 'flink', table: 'data', localDataCenter: 'mars' };
    expect(await told(elsewhere)).toMatch(/data centers: \[datacenter1\].*WEIR_CASSANDRA_CONNECT/s);
    expect(await told({ keyspace: 'flink', table: 'data', tls: {} })).toMatch(/WEIR_CASSANDRA_TLS/);
  });
});

withServersInFull(['cassandra'], 'cassandra sink under failures', () => {
  const server = new Server('cassandra', { ...settings, CASSANDRA_AUTH: 1, CASSANDRA_TLS: dirname(CA) });
  const login = { credentials: { username: 'cassandra', password: 'cassandra' } };
  const user = { user: 'cassandra', password: 'cassandra' };
  beforeAll(async () => {
    await server.wipe();
    await server.start();
    await untilAnswers(PORT, login);
  });
  afterAll(() => server.wipe());

  test('a wrong password ends the run, and is not told', { timeout: TIMEOUT_MS }, async () => {
    const sink = { ...DATA, user: 'cassandra', password: 'not-this-one' };
    const { code, stderr } = await run({ fields: { id: ID, value: '"v"' }, count: 1, sink }).ended;
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/does not let us in.*WEIR_CASSANDRA_LOGIN/);
    expect(stderr).not.toContain('not-this-one');
  });

  test('rows go and come over TLS, and who is not trusted is told so', { timeout: TIMEOUT_MS }, async () => {
    const tls = { ca: CA, ...CLIENT };
    const fields = { id: ID, value: '"v" + text(n)' };
    const sink = { ...DATA, keyspace: 'private', ...user };
    const { code, stderr } = await run({ fields, count: 500, sink: { ...sink, tls } }, ['--fresh']).ended;
    expect(code, stderr).toBe(0);
    const cassandra = { contactPoints: `127.0.0.1:${PORT}`, keyspace: 'private', table: 'data', ...user, tls };
    await toEnd(runStream(folder, { source: { cassandra }, to: { file: 'back.ndjson' } }, { fresh: true }));
    const values = folder.rows('back.ndjson').map(({ value }) => value);
    expect(values.sort()).toEqual(Array.from({ length: 500 }, (_, n) => `v${n}`).sort());
    const told = async (tls: object) => {
      const one = await run({ fields, count: 1, sink: { ...sink, tls } }, ['--fresh']).ended;
      expect(one.code).not.toBe(0);
      return one.stderr;
    };
    expect(await told({})).toMatch(/127\.0\.0\.1:19042.*certificate.*WEIR_CASSANDRA_TLS/);
    expect(await told({ ca: CA })).toMatch(/127\.0\.0\.1:19042.*WEIR_CASSANDRA_(TLS|CONNECT)/);
    expect(await told({ ...tls, serverName: 'another.example' })).toMatch(/another\.example.*WEIR_CASSANDRA_TLS/);
    expect(await told({ ...tls, ca: 'nowhere.pem' })).toMatch(/nowhere\.pem cannot be read .WEIR_OPTION/);
  });

  test('a server that is stopped for 20 s, and Weir killed: nothing is lost', { timeout: TIMEOUT_MS }, async () => {
    const count = 60_000;
    const work = { fields: { id: ID, value: '"v" + text(n)' }, count, rate: 1500, sink: { ...DATA, ...user } };
    const first = run(work);
    await running(first.child);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    await server.start();
    await untilAnswers(PORT, login);
    first.child.kill('SIGKILL');
    const { signal, stderr: told } = await first.ended;
    expect(signal).toBe('SIGKILL');
    expect(told).not.toContain('MaxListenersExceededWarning');
    const { code, stderr } = await run(work).ended;
    expect(code, stderr).toBe(0);
    const client = await clientOf(PORT, login);
    const rows = await allRows(client, 'SELECT id, value FROM flink.data');
    await client.shutdown();
    expect(new Set(rows.map(({ value }) => value))).toEqual(new Set(Array.from({ length: count }, (_, n) => `v${n}`)));
    expect(rows.length).toBe(count);
  });
});
