import { expect, test } from 'vitest';
import { commitPath, readDeltaTable } from '../../../actors/lib/delta/log.ts';
import delta from '../../../actors/sinks/delta.ts';
import { realDisk } from '../../../src/host/disk.ts';
import { MemoryDisk } from '../../../src/testkit/memory-disk.ts';
import { SinkDriver } from '../../../src/testkit/sink-driver.ts';
import { freshFolder } from '../../support/folder.ts';
import { THOROUGH } from '../../support/thorough.ts';
import { duckdb, toFolder } from '../support/duckdb.ts';
import { fileOf, levels, varint } from '../support/parquet-bytes.ts';
import { strikes } from '../support/struck-sink.ts';

const folder = freshFolder();
const OPTIONS = { path: 't/', schema: { id: 'int', day: 'text', j: 'json' }, partition: ['day'] };
const rowsOf = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ id: from + i, day: `d/${(from + i) % 2}`, j: [from + i] }));

/** The rows that the log says are in the table, by DuckDB. */
async function rowsIn(disk: MemoryDisk): Promise<number[]> {
  await realDisk.remove(folder.at('t'));
  await toFolder(disk, folder.path, 't/');
  const { files } = await readDeltaTable(realDisk, folder.at('t/'));
  if (files.size === 0) return [];
  const list = [...files.keys()].map((path) => `'${folder.at(`t/${decodeURIComponent(path)}`)}'`);
  return (await duckdb(`SELECT id::INT AS id FROM read_parquet([${list}]) ORDER BY id`)).map(({ id }) => id);
}

test('each row is in the table once, whichever write the disk fails at', async () => {
  const run = {
    definition: delta,
    options: OPTIONS,
    rowsOf: (epoch: number) => rowsOf(epoch * 10, epoch * 10 + 10),
    last: 3,
  };
  const epochs = THOROUGH ? [1, 2, 3] : [1 + (process.pid % 3)];
  const steps = epochs.flatMap((epoch) => [['prepare', epoch] as const, ['commit', epoch] as const]);
  const runs = await strikes(run, steps, async (disk) => {
    const ids = await rowsIn(disk);
    const { version, transactions } = await readDeltaTable(realDisk, folder.at('t/'));
    expect([version, [...transactions.values()]]).toEqual([2, [3]]);
    return ids;
  });
  expect(runs).toBeGreaterThan(THOROUGH ? 40 : 5);
}, 60_000);

test('a second run adds to the table, and a commit of another comes in between', async () => {
  const disk = new MemoryDisk();
  for (const from of [0, 100]) {
    const driver = await SinkDriver.open(delta, OPTIONS, { disk, parallelism: 2 });
    for (const row of rowsOf(from, from + 10)) driver.write(row, {}, row.id % 2);
    await driver.prepare();
    const { version } = await readDeltaTable(disk, 't/');
    const other = `t/_delta_log/${String(version + 1).padStart(20, '0')}.json`;
    if (version >= 0) expect(await disk.create(other, Buffer.from('{"commitInfo":{}}\n'))).toBe(true);
    await driver.commit();
    await driver.commit();
    await driver.finish();
    await driver.close();
  }
  expect(await rowsIn(disk)).toEqual([...rowsOf(0, 10), ...rowsOf(100, 110)].map(({ id }) => id));
  expect((await readDeltaTable(disk, 't/')).version).toBe(2);
});

test('a table of other columns is refused, and so is one that asks for what is not known', async () => {
  const disk = new MemoryDisk();
  const run = async (schema: object) => {
    const driver = await SinkDriver.open(delta, { path: 't/', schema: schema as never }, { disk });
    driver.write({ a: 1 });
    await driver.checkpoint();
  };
  await run({ a: 'int' });
  await expect(run({ a: 'number' })).rejects.toMatchObject({ code: 'WEIR_DELTA_SCHEMA' });
  const protocol = { minReaderVersion: 3, minWriterVersion: 7, writerFeatures: ['rowTracking'], readerFeatures: [] };
  await disk.create('t/_delta_log/00000000000000000001.json', Buffer.from(JSON.stringify({ protocol })));
  await expect(run({ a: 'int' })).rejects.toMatchObject({ code: 'WEIR_DELTA_PROTOCOL' });
});

test.each([
  ['never null', { nullable: false, metadata: {} }],
  ['an invariant', { nullable: true, metadata: { 'delta.invariants': '{"expression":{"expression":"a > 3"}}' } }],
  ['made of others', { nullable: true, metadata: { 'delta.generationExpression': '1 + 1' } }],
])('a table with a column that writers are to judge is refused: %s', async (_, rule) => {
  const disk = new MemoryDisk();
  const fields = [{ name: 'a', type: 'long', ...rule }];
  const metaData = { id: 'x', schemaString: JSON.stringify({ type: 'struct', fields }), partitionColumns: [] };
  const actions = [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }, { metaData }];
  const text = actions.map((action) => JSON.stringify(action)).join('\n');
  await disk.create('t/_delta_log/00000000000000000000.json', Buffer.from(text));
  const driver = await SinkDriver.open(delta, { path: 't/', schema: { a: 'int' } as never }, { disk });
  driver.write({ a: 1 });
  await expect(driver.checkpoint()).rejects.toMatchObject({
    code: 'WEIR_DELTA_PROTOCOL',
    message: expect.stringMatching(/t\/ asks for values that are looked at, never null or by a rule, in a,/),
  });
});

test('on a real disk a file of the log never takes the place of another', async () => {
  const path = folder.at('log/0.json');
  const made = await Promise.all(Array.from({ length: 8 }, (_, i) => realDisk.create(path, Buffer.from(`${i}`))));
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(String(await realDisk.read(path))).toBe(String(made.indexOf(true)));
  expect(await realDisk.list(folder.at('log'))).toEqual(['0.json']);
});

/** A disk with a table whose log has been summed up, and where. */
async function summedUp() {
  const disk = new MemoryDisk();
  const driver = await SinkDriver.open(delta, OPTIONS, { disk });
  for (let epoch = 0; epoch < 12; epoch++) {
    for (const row of rowsOf(epoch, epoch + 1)) driver.write(row);
    await driver.prepare();
    await driver.commit();
  }
  return { disk, path: 't/_delta_log/00000000000000000010.checkpoint.parquet' };
}

test('a checkpoint of the log that is damaged, or made to fill the memory, is told', async () => {
  const { disk, path } = await summedUp();
  const sound = Buffer.from((await disk.read(path)) as Uint8Array);
  const read = async (bytes: Uint8Array) => {
    await disk.remove(path);
    await disk.create(path, bytes);
    return readDeltaTable(disk, 't/').catch((error) => error);
  };
  const told = { code: 'WEIR_DELTA_LOG', message: expect.stringContaining(path) };
  expect(await read(sound.subarray(0, sound.length - 9))).toMatchObject(told);
  expect(await read(Buffer.from('no Parquet at all'))).toMatchObject(told);
  const bomb = { name: 'txn', repetition: 'OPTIONAL', rows: 2n ** 26n, bytes: levels([...varint(2n ** 27n), 0]) };
  expect(await read(fileOf(bomb))).toMatchObject(told);
  const many = { ...bomb, rows: 2n ** 20n, bytes: levels([...varint(2n ** 21n), 0]) };
  expect(await read(fileOf(many))).toMatchObject(told);
  const step = THOROUGH ? 1 : 7;
  for (let at = process.pid % step; at < sound.length; at += step) {
    const bytes = Buffer.from(sound);
    bytes[at]! ^= 1 << (at & 7);
    const found = await read(bytes);
    // What a flipped bit makes another sound file of is read.
    if (found instanceof Error) expect(found, `byte ${at}`).toMatchObject({ code: 'WEIR_DELTA_LOG' });
  }
});

test('a checkpoint of several files counts once all of them are there', async () => {
  const { disk, path } = await summedUp();
  const whole = await readDeltaTable(disk, 't/');
  const part = (of: number) =>
    path.replace('.parquet', `.${String(of).padStart(10, '0')}.${'2'.padStart(10, '0')}.parquet`);
  await disk.create(part(1).replace('10.checkpoint', '11.checkpoint'), Buffer.from('one of two'));
  expect(await readDeltaTable(disk, 't/')).toEqual(whole);
  // Which actions are in which part, nobody says: here all of them are in both.
  for (const of of [1, 2]) await disk.create(part(of), (await disk.read(path)) as Uint8Array);
  await disk.remove(path);
  for (let version = 0; version <= 10; version++) await disk.remove(`t/${commitPath(version)}`);
  expect((await readDeltaTable(disk, 't/')).files).toEqual(whole.files);
});

test('the log is summed up every ten versions, and goes on from there', async () => {
  const disk = new MemoryDisk();
  const driver = await SinkDriver.open(delta, OPTIONS, { disk });
  for (let epoch = 0; epoch < 25; epoch++) {
    for (const row of rowsOf(epoch * 2, epoch * 2 + 2)) driver.write(row);
    await driver.prepare();
    await driver.commit();
  }
  await driver.finish();
  const plain = await readDeltaTable(disk, 't/');
  const log = 't/_delta_log/';
  const names = (await disk.list(log)).filter((name) => !name.endsWith('.json'));
  expect(names.sort()).toEqual([
    '00000000000000000010.checkpoint.parquet',
    '00000000000000000020.checkpoint.parquet',
    '_last_checkpoint',
  ]);
  expect(JSON.parse(Buffer.from((await disk.read(`${log}_last_checkpoint`)) ?? []).toString()).version).toBe(20);
  // What the commits say, without a checkpoint, is what it is measured by.
  for (const name of names) await disk.remove(`${log}${name}`);
  const whole = await readDeltaTable(disk, 't/');
  expect(plain.files).toEqual(whole.files);
  expect(plain.transactions).toEqual(whole.transactions);
  expect([plain.version, plain.schema, plain.partitionColumns]).toEqual([whole.version, whole.schema, ['day']]);
  expect(await rowsIn(disk)).toEqual(Array.from({ length: 50 }, (_, id) => id));
});
