import type { Client } from 'cassandra-driver';
import { afterAll, beforeAll, expect, test } from 'vitest';
import cassandra from '../../actors/sources/cassandra.ts';
import { Driver, splitsOf } from '../actors/sources/driver.ts';
import { freshFolder } from '../support/folder.ts';
import { clientOf } from './support/cassandra.ts';
import { failing, runStream, toEnd } from './support/runs.ts';
import { Server, withServers } from './support/server.ts';

const PORT = 19042;
const folder = freshFolder();
const contactPoints = `127.0.0.1:${PORT}`;

withServers(['cassandra'], 'cassandra source and lookup', () => {
  const server = new Server('cassandra', {
    CASSANDRA_PORT: PORT,
    CASSANDRA_STORAGE_PORT: 17000,
    WEIR_INSTANCE: 'test-cassandra',
  });
  let client: Client;
  const expected = Array.from({ length: 3000 }, (_, n) => ({ part: n % 700, at: n, value: `v${n}` }));
  beforeAll(async () => {
    await server.wipe();
    await server.start();
    client = await clientOf(PORT);
    await client.execute("CREATE KEYSPACE ks WITH REPLICATION = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    await client.execute('CREATE TABLE ks.rows (part int, at int, value text, PRIMARY KEY (part, at))');
    const query = 'INSERT INTO ks.rows (part, at, value) VALUES (?, ?, ?)';
    for (let from = 0; from < expected.length; from += 200) {
      const some = expected.slice(from, from + 200);
      await Promise.all(some.map((row) => client.execute(query, [row.part, row.at, row.value], { prepare: true })));
    }
  });
  afterAll(async () => {
    await client?.shutdown();
    await server.wipe();
  });

  const byAt = (rows: readonly any[]) => [...rows].sort((a, b) => a.at - b.at);

  test('every row comes once, on one thread and on two', async () => {
    for (const threads of [1, 2]) {
      const source = { cassandra: { contactPoints, keyspace: 'ks', table: 'rows', page: 100 } };
      await toEnd(runStream(folder, { source, to: { file: 'out.ndjson' } }, { threads, fresh: true }));
      expect(byAt(folder.rows('out.ndjson'))).toEqual(expected);
    }
  });

  test('reading goes on behind any row, in the middle of a partition too', async () => {
    const options = { contactPoints, keyspace: 'ks', table: 'rows', page: 64, columns: ['at', 'part', 'value'] };
    const splits = await splitsOf(cassandra, options);
    const whole = await new Driver(cassandra, options, { realTimers: true }).open(splits);
    await whole.run();
    await whole.reader.close?.();
    const all = whole.emitted.map(({ split, order, row }) => ({ split, order, row }));
    expect(byAt(whole.rows)).toEqual(expected);
    for (const stop of [1, 777, 1501, 2999]) {
      const first = await new Driver(cassandra, options, { realTimers: true }).open(splits);
      await first.run(() => first.emitted.length >= stop);
      const positions = structuredClone(first.reader.positions());
      await first.reader.close?.();
      const second = await new Driver(cassandra, options, { realTimers: true }).open(splits, positions);
      await second.run();
      await second.reader.close?.();
      const both = [...first.emitted, ...second.emitted].map(({ split, order, row }) => ({ split, order, row }));
      expect(both).toEqual(all);
    }
  });

  test('a lookup finds the row of a key, or nothing; what does not fit the key is a dead letter', async () => {
    folder.writeRows('in.ndjson', [
      { p: 5, a: 705 },
      { p: 5, a: 1 },
      { p: null, a: 1 },
      { p: 'x', a: 1 },
    ]);
    const lookup = {
      cassandra: { contactPoints, keyspace: 'ks', table: 'rows', columns: 'value' },
      key: { part: 'p', at: 'a' },
    };
    const stream = { source: { file: 'in.ndjson' }, do: [{ lookup }], to: { file: 'out.ndjson' } };
    expect(await toEnd(runStream(folder, stream))).toContain('1 dead letters');
    expect(folder.rows('out.ndjson')).toEqual([
      { p: 5, a: 705, found: { value: 'v705' } },
      { p: 5, a: 1, found: null },
      { p: null, a: 1, found: null },
    ]);
  });

  test('more tombstones than the node reads over end the run, which tells of them', async () => {
    await client.execute('CREATE TABLE ks.graves (part int, at int, PRIMARY KEY (part, at))');
    for (let from = 0; from < 101_000; from += 1000) {
      const of = (n: number) => ({ query: 'DELETE FROM ks.graves WHERE part = 1 AND at = ?', params: [from + n] });
      await client.batch(
        Array.from({ length: 1000 }, (_, n) => of(n)),
        { prepare: true, logged: false },
      );
    }
    const source = { cassandra: { contactPoints, keyspace: 'ks', table: 'graves', retryFor: '1s' } };
    const told = await failing(runStream(folder, { source, to: { file: 'out.ndjson' } }, { fresh: true }));
    expect(told).toMatch(/log says why.*tombstones.*WEIR_CASSANDRA_READ/);
  });

  test('no such table, no such column and a key that finds no row by itself are told', async () => {
    const to = { file: 'out.ndjson' };
    const none = { source: { cassandra: { contactPoints, keyspace: 'ks', table: 'none' } }, to };
    expect(await failing(runStream(folder, none))).toMatch(/no table ks.none.*WEIR_CASSANDRA_TABLE/);
    const lookup = { cassandra: { contactPoints, keyspace: 'ks', table: 'rows' }, key: { nothing: 'n' } };
    const generate = { count: 1, fields: { n: 'n' } };
    const asked = runStream(folder, { source: { generate }, do: [{ lookup }], to }, { fresh: true });
    expect(await failing(asked)).toMatch(/no column nothing.*WEIR_CASSANDRA_TABLE/);
    const part = { source: { generate }, do: [{ lookup: { ...lookup, key: { at: 'n' } } }], to };
    expect(await failing(runStream(folder, part, { fresh: true }))).toMatch(
      /cannot be asked without part.*WEIR_CASSANDRA_TABLE/,
    );
    await client.execute('CREATE TABLE ks.found (id int PRIMARY KEY, at int, other int)');
    await client.execute('CREATE INDEX found_at ON ks.found (at)');
    await client.execute('INSERT INTO ks.found (id, at, other) VALUES (7, 0, 5)');
    const found = { cassandra: { contactPoints, keyspace: 'ks', table: 'found', columns: 'id' } };
    const byIndex = { source: { generate }, do: [{ lookup: { ...found, key: { at: 'n' } } }], to };
    await toEnd(runStream(folder, byIndex, { fresh: true }));
    expect(folder.rows('out.ndjson')).toEqual([{ n: 0, found: { id: 7 } }]);
    const filtered = { source: { generate }, do: [{ lookup: { ...found, key: { at: 'n', other: 'n' } } }], to };
    expect(await failing(runStream(folder, filtered, { fresh: true }))).toMatch(
      /ALLOW FILTERING.*WEIR_CASSANDRA_TABLE/,
    );
  });
});
