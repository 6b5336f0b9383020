import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { deltaFiles } from '../../../actors/lib/delta/paths.ts';
import { partitionValue } from '../../../actors/lib/delta/values.ts';
import sink from '../../../actors/sinks/delta.ts';
import source from '../../../actors/sources/delta.ts';
import { SinkDriver } from '../../../src/testkit/sink-driver.ts';
import { SourceDriver } from '../../../src/testkit/source-driver.ts';
import { freshFolder } from '../../support/folder.ts';
import { tries } from '../../support/thorough.ts';
import { toFolder } from '../support/duckdb.ts';

const folder = freshFolder();
const rows = Array.from({ length: 60 }, (_, id) => ({
  id,
  day: ['2024-05-01', '2024-05-02', null][id % 3],
  load: id / 4,
}));
const DAY = { '2024-05-01': 1_714_521_600_000, '2024-05-02': 1_714_608_000_000 };
const expected = rows.map((row) => ({ ...row, day: DAY[row.day as keyof typeof DAY] ?? null }));

beforeEach(async () => {
  const schema = { id: 'int', day: 'date', load: 'number' };
  const driver = await SinkDriver.open(
    sink,
    { path: 't/', schema, partition: ['day'], rowGroup: 7 },
    { parallelism: 2 },
  );
  for (const row of rows) {
    driver.write(row, {}, row.id % 2);
    if (row.id % 20 < 19) continue;
    await driver.checkpoint();
    await driver.commit();
  }
  await toFolder(driver.disk, folder.path, 't/');
  await driver.close();
});

const table = () => folder.at('t');
/** Adds a commit to the log. */
function commit(version: number, ...actions: object[]): void {
  const path = folder.at(`t/_delta_log/${String(version).padStart(20, '0')}.json`);
  writeFileSync(path, actions.map((action) => JSON.stringify(action)).join('\n'));
}

const byId = (some: readonly { row: Record<string, unknown> }[]) =>
  some.map(({ row }) => row).sort((a, b) => Number(a.id) - Number(b.id));

async function read(options: object = {}, fields?: readonly string[]) {
  const made = { path: table(), version: undefined, hdfs: undefined, ...options };
  const splits = await source.splits!(made, { parallelism: 2, splittable: false } as never);
  const program = fields ? { program: { fields: fields.map((name) => [name]) } } : {};
  const driver = await SourceDriver.create(source, { path: table(), ...options }, program as object);
  await driver.open(splits);
  await driver.run();
  await driver.close();
  return driver;
}

test('every row of all files, with the columns of its folder, in row groups of both lanes', async () => {
  const { read: found } = await read();
  expect(byId(found)).toEqual(expected);
  expect(new Set(found.map(({ split }) => split)).size).toBe(2);
});

test('only what is wanted is read', async () => {
  expect(byId((await read({}, ['day', 'id'])).read)).toEqual(expected.map(({ id, day }) => ({ id, day })));
});

test('a column that was added is null in older files, one that left the table is not there', async () => {
  const fields = [
    { name: 'id', type: 'long', nullable: true, metadata: {} },
    { name: 'day', type: 'date', nullable: true, metadata: {} },
    { name: 'new', type: 'string', nullable: true, metadata: {} },
  ];
  const metaData = { schemaString: JSON.stringify({ type: 'struct', fields }), partitionColumns: ['day'] };
  commit(3, { metaData });
  expect(byId((await read()).read)).toEqual(expected.map(({ id, day }) => ({ id, day, new: null })));
});

test.each([
  [
    'WEIR_DELTA_PROTOCOL',
    /asks its readers for version 3 typeWidening$/,
    [{ protocol: { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['typeWidening', 'timestampNtz'] } }],
  ],
  [
    'WEIR_DELTA_PROTOCOL',
    /columns under other names/,
    [{ metaData: { schemaString: '{"fields":[]}', configuration: { 'delta.columnMapping.mode': 'name' } } }],
  ],
  ['WEIR_DELTA_PROTOCOL', /outside of the table/, [{ add: { path: 'file:/etc/passwd', size: 1 } }]],
  ['WEIR_DELTA_PROTOCOL', /outside of the table/, [{ add: { path: '/etc/passwd', size: 1 } }]],
  ['WEIR_DELTA_PROTOCOL', /outside of the table/, [{ add: { path: 'day=1/..%2F../secret.parquet', size: 1 } }]],
  ['WEIR_DELTA_LOG', /no path/, [{ add: { path: 'day=%zz/1.parquet', size: 1 } }]],
  ['WEIR_DELTA_PROTOCOL', /deletion vectors/, [{ add: { path: 'a', size: 1, deletionVector: {} } }]],
  ['WEIR_FILE_NOT_FOUND', /gone\.parquet/, [{ add: { path: 'gone.parquet', size: 1 } }]],
])('%s: %s', async (code, message, actions) => {
  commit(3, ...actions);
  await expect(read()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test('a file whose deletion vector was purged is no hindrance', async () => {
  commit(3, { add: { path: 'gone.parquet', size: 1, deletionVector: { storageType: 'u' } } });
  commit(4, { remove: { path: 'gone.parquet' } });
  expect(byId((await read()).read)).toEqual(expected);
  await expect(read({ version: 3 })).rejects.toMatchObject({ code: 'WEIR_DELTA_PROTOCOL' });
});

test('names of files are no patterns', async () => {
  commit(3, { add: { path: 'day=2024-05-01/part-*.parquet', size: 1 } });
  await expect(read()).rejects.toMatchObject({ code: 'WEIR_FILE_NOT_FOUND' });
});

test('as it was at an earlier version', async () => {
  const { read: found } = await read({ version: 1 });
  expect(byId(found)).toEqual(expected.slice(0, 40));
  await expect(read({ version: 3 })).rejects.toMatchObject({
    code: 'WEIR_DELTA_LOG',
    message: expect.stringMatching(/has no version 3/),
  });
});

const value = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('day=1/a.parquet', '{"fields":[]}', '{"fields":[{"name":"id"}]}', '{"fields":[7]}', {}, []),
);
const some = (names: readonly string[]) =>
  fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
const action = fc.oneof(
  value,
  fc.record(
    {
      add: fc.oneof(value, some(['path', 'size', 'partitionValues', 'deletionVector'])),
      remove: fc.oneof(value, some(['path'])),
      metaData: fc.oneof(value, some(['schemaString', 'partitionColumns', 'configuration'])),
      protocol: fc.oneof(value, some(['minReaderVersion', 'readerFeatures', 'writerFeatures'])),
      txn: fc.oneof(value, some(['appId', 'version'])),
    },
    { requiredKeys: [] },
  ),
);

test('whatever a log holds, it is a table or a fault of the log', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 4 }), async (actions) => {
      const text = Buffer.from(actions.map((each) => JSON.stringify(each)).join('\n'));
      const store = { list: async () => ['0'.repeat(20).concat('.json')], read: async () => text };
      const table = await deltaFiles(store, 't').catch((error) => error);
      if (table instanceof Error) expect(table).toMatchObject({ code: expect.stringMatching(/^WEIR_DELTA_/) });
      else expect(table.version).toBe(0);
    }),
    { numRuns: tries(20_000) },
  );
});

test('no table', async () => {
  await expect(read({ path: folder.at('none') })).rejects.toMatchObject({
    code: 'WEIR_FILE_NOT_FOUND',
    message: expect.stringMatching(/no Delta table at .*none: it has no _delta_log/),
  });
});

// As `datetime` of Python has them.
test.each([
  ['2024-05-01', 'date', 1_714_521_600_000],
  ['1969-12-31', 'date', -86_400_000],
  ['2024-05-01 10:00:00.123456', 'timestamp', 1_714_557_600_123.456],
  ['2024-05-01T10:00:00Z', 'timestamp', 1_714_557_600_000],
  ['2024-05-01 10:00:00', 'timestamp_ntz', 1_714_557_600_000],
  ['9007199254740993', 'long', '9007199254740993'],
  ['-3', 'short', -3],
  ['1.25', 'decimal(9,2)', 1.25],
  ['true', 'boolean', true],
  ['false', 'boolean', false],
  ['', 'string', null],
  [null, 'date', null],
  ['2', 'string', '2'],
])('%s as %s', (text, type, value) => {
  expect(partitionValue(text, type)).toBe(value);
});
