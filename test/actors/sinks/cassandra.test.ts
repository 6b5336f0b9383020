import driver from 'cassandra-driver';
import { describe, expect, test } from 'vitest';
import { type Batch, Batches } from '../../../actors/lib/cassandra/batches.ts';
import type { Cluster } from '../../../actors/lib/cassandra/cluster.ts';
import { faultOf } from '../../../actors/lib/cassandra/faults.ts';
import { readerOf } from '../../../actors/lib/cassandra/from-cql.ts';
import { isTypeText, keyColumns, primaryKeyOf, writtenColumns } from '../../../actors/lib/cassandra/table.ts';
import { type CqlType, hasOneKey, keyOf, writerOf } from '../../../actors/lib/cassandra/to-cql.ts';
import cassandra from '../../../actors/sinks/cassandra.ts';
import { checkText } from '../../../src/topology/check.ts';
import { formatIssue } from '../../../src/topology/issue.ts';
import { materializeSync } from '../../../src/topology/options.ts';

// What the cluster itself says of it is in test/servers/cassandra-sink.test.ts.

const { dataTypes: t } = driver.types;
const of = (code: number, info?: unknown, customTypeName?: string): CqlType => ({
  code,
  info,
  ...(customTypeName && { customTypeName }),
});

describe('a value and its column', () => {
  const read = readerOf(driver);
  test.each<[string, CqlType, unknown, unknown]>([
    ['a safe bigint', of(t.bigint), 2 ** 53 - 1, 2 ** 53 - 1],
    ['a long bigint', of(t.bigint), '-9223372036854775808', '-9223372036854775808'],
    ['a varint', of(t.varint), '123456789012345678901', '123456789012345678901'],
    ['a decimal', of(t.decimal), '0.10', '0.10'],
    ['a small number', of(t.decimal), 1e-7, '0.0000001'],
    ['a small number of several digits', of(t.decimal), -1.25e-9, '-0.00000000125'],
    ['a large number', of(t.decimal), -1.5e22, '-15000000000000000000000'],
    ['the largest number', of(t.decimal), Number.MAX_VALUE, `17976931348623157${'0'.repeat(292)}`],
    ['a time', of(t.timestamp), '2026-11-23T00:00:00Z', Date.UTC(2026, 10, 23)],
    ['a day', of(t.date), Date.UTC(2026, 10, 23, 5), '2026-11-23'],
    ['bytes', of(t.blob), '0x00ff', new Uint8Array([0, 255])],
    ['an address', of(t.inet), '::1', '::1'],
    ['a set', of(t.set, of(t.int)), [1, 2], [1, 2]],
    ['a map by numbers', of(t.map, [of(t.int), of(t.text)]), { 1: 'a' }, { 1: 'a' }],
    ['a map by texts', of(t.map, [of(t.text), of(t.bigint)]), { 1: 5 }, { 1: 5 }],
    ['a tuple', of(t.tuple, [of(t.int), of(t.text)]), [1, null], [1, null]],
    ['a user type', of(t.udt, { fields: [{ name: 'a', type: of(t.int) }] }), { a: 1 }, { a: 1 }],
    ['a vector', of(t.custom, [of(t.float), 2], 'vector'), [1, 0.5], [1, 0.5]],
    ['null', of(t.int), null, null],
  ])('%s is written and comes back', (_, type, value, back) => {
    expect(read(writerOf(driver, type, 'c')(value))).toEqual(back);
  });

  test.each<[string, CqlType, unknown]>([
    ['int', of(t.int), 2 ** 31],
    ['int', of(t.int), 0.5],
    ['int', of(t.int), '1'],
    ['tinyint', of(t.tinyint), -129],
    ['bigint', of(t.bigint), 2 ** 53],
    ['bigint', of(t.bigint), '9223372036854775808'],
    ['text', of(t.text), 5],
    ['ascii', of(t.ascii), 'é'],
    ['boolean', of(t.boolean), 'true'],
    ['float', of(t.float), 1e39],
    ['decimal', of(t.decimal), Number.NaN],
    ['uuid', of(t.uuid), 'not one'],
    ['timeuuid', of(t.timeuuid), '5b6962dd-3f90-41ee-8001-4b2c7fe63fbd'],
    ['inet', of(t.inet), '300.1.1.1'],
    ['blob', of(t.blob), 'cafe'],
    ['timestamp', of(t.timestamp), 'soon'],
    ['time', of(t.time), '25:00:00'],
    ['list', of(t.list, of(t.int)), [1, null]],
    ['map', of(t.map, [of(t.int), of(t.int)]), { a: 1 }],
    ['tuple', of(t.tuple, [of(t.int)]), [1, 2]],
    ['udt', of(t.udt, { fields: [{ name: 'a', type: of(t.int) }] }), { b: 1 }],
    ['vector', of(t.custom, [of(t.float), 2], 'vector'), [1]],
  ])('no %s: %#', (_, type, value) => {
    expect(() => writerOf(driver, type, 'the column')(value)).toThrow(
      expect.objectContaining({ code: 'WEIR_CASSANDRA_VALUE', message: expect.stringMatching(/^the column is /) }),
    );
  });
});

test('what does not fit is told with the name of the type', () => {
  const told = (type: CqlType, value: unknown) => {
    try {
      return writerOf(driver, type, 'v')(value);
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(told(of(t.text), { a: 1 })).toBe('v is text, which an object does not fit');
  expect(told(of(t.int), 2 ** 31)).toBe('v is int, which 2147483648 does not fit');
  expect(told(of(t.set, of(t.int)), 'x'.repeat(50))).toBe(`v is set, which "${'x'.repeat(40)}" does not fit`);
  expect(told(of(t.custom, [of(t.float), 2], 'vector'), [1])).toBe('v is vector, which a list does not fit');
});

const ROW = { query: '', params: [], stamp: 0, since: { open: 0 } };

test('batches hold one partition, as many rows as are allowed, and all rows once', () => {
  const batches = new Batches({ rows: 3, waiting: 20, linger: 50 });
  const given = Array.from({ length: 100 }, (_, n) => ({ partition: String(n % 7), n }));
  for (const { partition, n } of given)
    batches.add(partition, { ...ROW, params: [n], key: String(n), row: partition }, 0);
  batches.flush();
  const taken = [];
  for (let batch = batches.take(0); batch !== undefined; batch = batches.take(0)) {
    expect(batch.repeats).toBe(false);
    expect(batch.rows.length).toBeLessThanOrEqual(3);
    expect(new Set(batch.rows.map(({ row }) => row)).size).toBe(1);
    taken.push(...batch.rows.map(({ params, row }) => ({ partition: row, n: params[0] as number })));
  }
  expect(taken.sort((a, b) => a.n - b.n)).toEqual(given);
  expect(batches.size).toBe(0);
});

test('a batch goes out once it is full or has waited for its time; those that fill up first, but for a late one', () => {
  const batches = new Batches({ rows: 2, waiting: 20, linger: 50 });
  const add = (partition: string, now: number) => batches.add(partition, { ...ROW, key: '', row: partition }, now);
  const take = (now: number) => batches.take(now)?.rows.map(({ row }) => row);
  expect(batches.due).toBeUndefined();
  add('a', 0);
  add('b', 10);
  expect([batches.due, batches.hasFull, take(49)]).toEqual([50, false, undefined]);
  expect(take(50)).toEqual(['a']);
  expect(batches.due).toBe(60);
  for (const now of [60, 61]) add('c', now);
  expect([batches.hasFull, take(70), take(70), take(70)]).toEqual([true, ['c', 'c'], ['b'], undefined]);
  add('d', 100);
  for (const now of [590, 600]) add('e', now);
  expect([take(600), take(600), batches.size, batches.bytes]).toEqual([['d'], ['e', 'e'], 0, 0]);
});

test.each<[string, CqlType, unknown]>([
  ['a list', of(t.list, of(t.text)), Array(100).fill('x'.repeat(1000))],
  ['a set', of(t.set, of(t.text)), Array.from({ length: 100 }, (_, n) => 'x'.repeat(1000) + n)],
  ['a map', of(t.map, [of(t.text), of(t.list, of(t.text))]), { a: Array(100).fill('x'.repeat(1000)) }],
  ['bytes', of(t.blob), new Uint8Array(100_000)],
  ['a tuple', of(t.tuple, [of(t.int), of(t.text)]), [1, 'x'.repeat(100_000)]],
  ['a user type', of(t.udt, { fields: [{ name: 'a', type: of(t.text) }] }), { a: 'x'.repeat(100_000) }],
  ['a vector', of(t.custom, [of(t.text), 2], 'vector'), ['x'.repeat(50_000), 'x'.repeat(50_000)]],
])('what %s holds counts', (_, type, value) => {
  const batches = new Batches({ rows: 2, waiting: 20, linger: 50 });
  batches.add('a', { ...ROW, params: [1, writerOf(driver, type, 'c')(value)], key: '', row: null }, 0);
  expect(batches.bytes).toBeGreaterThanOrEqual(100_000);
  expect(batches.bytes).toBeLessThan(110_000);
});

test('while 16 MiB are under way no other batch goes out, though one row may be larger', () => {
  const batches = new Batches({ rows: 1, waiting: 20, linger: 50 });
  for (let n = 0; n < 40; n++) batches.add(n, { ...ROW, params: ['x'.repeat(2 ** 20)], key: '', row: n }, 0);
  batches.add('large', { ...ROW, params: ['x'.repeat(2 ** 25)], key: '', row: 'large' }, 0);
  const underWay: Batch[] = [];
  const most = () => {
    for (let batch = batches.take(0); batch !== undefined; batch = batches.take(0)) underWay.push(batch);
    return underWay.length;
  };
  expect([most(), batches.isHeld]).toEqual([16, true]);
  const seen = [];
  for (let batch = underWay.shift(); batch !== undefined; batch = underWay.shift()) {
    batches.done(batch);
    seen.push(batch.rows[0]?.row);
    expect(most()).toBeLessThanOrEqual(16);
  }
  expect(seen).toEqual([...Array(40).keys(), 'large']);
  expect(batches.isHeld).toBe(false);
});

test('a batch says whether a key may be in it twice', () => {
  const batches = new Batches({ rows: 2, waiting: 20, linger: 50 });
  for (const key of ['1', '1', '1', '2']) batches.add('a', { ...ROW, key, row: null }, 0);
  expect([batches.take(0)?.repeats, batches.take(0)?.repeats]).toEqual([true, false]);
});

test.each([
  [t.timestamp, [0, 1, 1.2], 2],
  [t.uuid, ['B7A3F1D0-0000-4000-8000-000000000001', 'b7a3f1d0-0000-4000-8000-000000000001'], 1],
  [t.text, ['a\ud800', 'a\ud801', 'a'], 2],
  [t.varint, ['1', '01', 1], 1],
  [t.bigint, ['9007199254740993', '9007199254740992', 7, '7'], 3],
  [t.date, ['2024-05-01', Date.UTC(2024, 4, 1), '2024-05-02'], 2],
])('keys that are one to the cluster are found as one: %#', (code, values, texts) => {
  const write = writerOf(driver, of(code), 'key');
  expect(hasOneKey(driver, of(code))).toBe(true);
  expect(new Set(values.map((value) => keyOf([write(value)]))).size).toBe(texts);
});

test('what may be one key and found as several is known', () => {
  for (const code of [t.decimal, t.float, t.list, t.blob, t.time]) expect(hasOneKey(driver, of(code))).toBe(false);
});

test('a primary key is one, and of columns that there are; a type is nothing but a type', () => {
  const types = { id: 'uuid', day: 'date', at: 'timestamp' };
  expect(primaryKeyOf('(id, day), at', types)).toBe('("id", "day"), "at"');
  expect(primaryKeyOf('id', types)).toBe('"id"');
  for (const wrong of ['', 'id) WITH x', 'none', '(id', 'id; DROP TABLE x']) {
    expect(() => primaryKeyOf(wrong, types)).toThrow(expect.objectContaining({ code: 'WEIR_OPTION' }));
  }
  expect(isTypeText('map<text, frozen<list<int>>>')).toBe(true);
  expect(isTypeText('text) WITH x = (1')).toBe(false);
});

test('lists that are not frozen and counters are not written', () => {
  const cluster = { driver, where: 'cassandra here' } as Cluster;
  const written = (items: CqlType, names?: string[]) => {
    const columns = new Map([['id', of(t.int)] as const, ['items', items] as const]);
    const table = { columns, partition: ['id'], clustering: [], indexed: [] };
    return writtenColumns(table, { keyspace: 'k', table: 't', columns: names && { names } }, cluster);
  };
  const list = of(t.list, of(t.int));
  expect(() => written({ ...list, options: { frozen: false } })).toThrow(/has a list items that is not frozen/);
  expect(() => written(of(t.counter))).toThrow(/counts in items/);
  expect(written({ ...list, options: { frozen: true } })).toEqual(['id', 'items']);
  expect(written({ ...of(t.set, of(t.int)), options: { frozen: false } })).toEqual(['id', 'items']);
  expect(written(list, ['id'])).toEqual(['id']);
});

test.each([
  [{ create: true }, /create needs types and primaryKey/],
  [{ primaryKey: 'id' }, /go with `create: true`/],
  [{ user: 'weir' }, /user and password go together/],
])('options that cannot work are refused: %j', (more, message) => {
  const options = materializeSync(cassandra.options, { keyspace: 'k', table: 't', ...more });
  expect(() => cassandra.refuse?.(options)).toThrow(message);
});

test.each([
  [['a', 'b'], undefined],
  [['b', 'c', 'a'], undefined],
  [['a', 'b', 'c', 'd'], undefined],
  [['other', 'indexed'], undefined],
  [['a'], /cannot be asked without b: give a, b, and as many as are known of c, d, from the first/],
  [['a', 'b', 'd'], /cannot be asked by d/],
  [['a', 'b', 'other'], /cannot be asked by other/],
  [['a', 'b', 'none'], /has no column none/],
])('a table is asked by all of its partition, and by the first columns behind it: %j', (columns, fault) => {
  const names = ['a', 'b', 'c', 'd', 'other', 'indexed'];
  const table = {
    columns: new Map(names.map((name) => [name, of(t.int)])),
    partition: ['a', 'b'],
    clustering: ['c', 'd'],
    indexed: ['indexed'],
  };
  const ask = () => keyColumns(table, { keyspace: 'k', table: 't', columns }, 'cassandra here');
  if (fault === undefined) expect(ask()).toEqual(columns);
  else
    expect(ask).toThrow(
      expect.objectContaining({ code: 'WEIR_CASSANDRA_TABLE', message: expect.stringMatching(fault) }),
    );
});

test.each([
  [{ ttl: '9000d' }, /ttl/],
  [{ consistency: 'serial' }, /consistency/],
])('what Cassandra takes of no write is refused: %j', async (more, message) => {
  const sink = JSON.stringify({ cassandra: { keyspace: 'k', table: 't', ...more } });
  const text = `{ name: t, streams: { s: { source: { generate: { count: 1, fields: { n: n } } }, to: ${sink} } } }`;
  const { issues } = await checkText(text, { file: 't.yaml', base: import.meta.url });
  expect(issues.map(formatIssue)).toEqual([expect.stringMatching(message)]);
});

test('errors of the driver say whether another try may help', () => {
  const response = (code: number, message = '') => new driver.errors.ResponseError(code, message);
  const away = new driver.errors.NoHostAvailableError({
    a: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
  });
  const told = (error: unknown) => {
    const { passing, ofRow, error: made } = faultOf(error, 'cassandra here');
    return [made.code, passing, ofRow];
  };
  const of = (error: unknown) => faultOf(new driver.errors.NoHostAvailableError({ a: error }), 'cassandra here');
  expect(told(away)).toEqual(['WEIR_CASSANDRA_CONNECT', true, false]);
  expect(told(response(0x1001))).toEqual(['WEIR_CASSANDRA_BUSY', true, false]);
  expect(told(response(0x2200, 'Mutation of 20 bytes is too large'))).toEqual(['WEIR_CASSANDRA_VALUE', false, true]);
  expect(told(response(0x2200, 'unconfigured table x'))).toEqual(['WEIR_CASSANDRA_TABLE', false, false]);
  const login = new driver.errors.NoHostAvailableError({ a: new driver.errors.AuthenticationError('no') });
  expect(told(login)).toEqual(['WEIR_CASSANDRA_LOGIN', false, false]);
  // What the only node that was asked has answered comes within the error that none is left.
  const few = of(response(0x1000, 'Not enough replicas'));
  expect([few.error.code, few.passing]).toEqual(['WEIR_CASSANDRA_BUSY', true]);
  expect(few.why).toMatch(/^Not enough replicas: check .*consistency/);
  // After a restart the statement is prepared anew, of the table as it is.
  const changed = of(response(0x2500, 'Prepared query with ID 1 not found'));
  expect([changed.error.code, changed.passing, changed.ofRow]).toEqual(['WEIR_CASSANDRA_TABLE', false, false]);
  expect(changed.error.data?.permanent).toBe(false);
  // Tried again, and then the end: every restart would fail at the same row.
  const tombstones = faultOf(response(0x1300, 'Server failure during read query'), 'cassandra here');
  expect([tombstones.error.code, tombstones.passing]).toEqual(['WEIR_CASSANDRA_READ', true]);
  expect(tombstones.error.data?.permanent).toBe(true);
  expect(tombstones.why).toMatch(/log says why.*tombstones/);
  expect(faultOf(new driver.errors.NoHostAvailableError({}), 'cassandra here').why).toMatch(
    /connections to all of them are lost/,
  );
});
