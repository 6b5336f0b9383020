import { appendFile, copyFile, mkdir, mkdtemp, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import csv from '../../../actors/codecs/csv.ts';
import json from '../../../actors/codecs/json.ts';
import lines from '../../../actors/codecs/lines.ts';
import tail from '../../../actors/sources/tail.ts';
import type { CodecDefinition } from '../../../src/stage/index.ts';
import { Driver } from './driver.ts';

let root: string;
let folder: string;
let made = 0;
let now = 1000;
const open: Driver[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'weir-tail-'));
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  folder = join(root, String(made++));
  await mkdir(folder);
});
afterEach(async () => {
  for (const driver of open.splice(0)) await driver.reader.close!();
});

/** A tail that looks for changes by real watching and timers. */
async function start(
  options: object,
  { position, codec = lines }: { position?: unknown; codec?: CodecDefinition<any> } = {},
) {
  const driver = new Driver(
    tail,
    { path: join(folder, 'log'), every: '20ms', ...options },
    { codec, now: () => now, realTimers: true },
  );
  open.push(driver);
  await driver.open([{ id: '0' }], position === undefined ? {} : { 0: structuredClone(position) });
  const texts = () => driver.rows.map(({ line }) => line);
  const until = async (...expected: string[]) => {
    await driver.run(() => driver.emitted.length >= expected.length);
    expect(texts()).toEqual(expected);
  };
  return { driver, until };
}

const log = (name = 'log') => join(folder, name);

test('gives out records as they come, whole', async () => {
  await writeFile(log(), 'old\nhalf');
  const { driver, until } = await start({});
  await appendFile(log(), ' a line\nsecond\nthi');
  await until('half a line', 'second');
  await appendFile(log(), 'rd\n');
  await until('half a line', 'second', 'third');
  expect(driver.emitted.map(({ order }) => order)).toEqual([0, 12, 19]);
});

test('begins at the beginning when asked to, and with a file that is not there yet', async () => {
  await writeFile(log(), 'old\n');
  const { until } = await start({ from: 'beginning' });
  await until('old');
  const second = await start({ path: log('later') });
  await writeFile(log('later'), 'first\n');
  await second.until('first');
});

test('reads a renamed file to its end and the new one from its beginning', async () => {
  await writeFile(log(), '');
  const { driver, until } = await start({});
  await appendFile(log(), 'one\n');
  await until('one');
  await appendFile(log(), 'two\n');
  await rename(log(), log('log.1'));
  await appendFile(log('log.1'), 'three\n');
  await until('one', 'two', 'three');
  await writeFile(log(), 'four\n');
  await until('one', 'two', 'three', 'four');
  await appendFile(log('log.1'), 'late, without an end');
  now += 10_000;
  await driver.run(() => driver.emitted.length === 5);
  expect(driver.rows.at(-1)).toEqual({ line: 'late, without an end' });
  expect((driver.reader.positions()[0] as any).files.map(({ path }: { path: string }) => path)).toEqual([log()]);
});

test('a file that is renamed within the glob is not read again', async () => {
  await writeFile(log('a.log'), 'one\n');
  const { until } = await start({ path: log('*.log'), from: 'beginning' });
  await until('one');
  await rename(log('a.log'), log('b.log'));
  await writeFile(log('a.log'), 'two\n');
  await until('one', 'two');
  await appendFile(log('b.log'), 'three\n');
  await until('one', 'two', 'three');
});

test('a file that was copied and cut is read from its beginning, even if it is longer than before', async () => {
  await writeFile(log(), 'one\ntwo\n');
  const { until } = await start({ from: 'beginning' });
  await until('one', 'two');
  await copyFile(log(), log('log.1'));
  await truncate(log(), 0);
  await appendFile(log(), 'x\n');
  await until('one', 'two', 'x');
  await writeFile(log(), 'a line that is longer than all there was\n');
  await until('one', 'two', 'x', 'a line that is longer than all there was');
});

test('a deleted file is let go, its last record given out', async () => {
  await writeFile(log(), 'one\nno end');
  const { driver, until } = await start({ from: 'beginning', rotateWait: '0' });
  await until('one');
  await rm(log());
  await until('one', 'no end');
  expect(driver.reader.positions()).toEqual({ 0: { total: 10, files: [] } });
});

test('resumes behind the last record, in renamed, cut, vanished and new files', async () => {
  for (const name of ['same', 'moved', 'cut', 'gone']) await writeFile(log(name), `${name} 1\n${name} 2\n`);
  const first = await start({ path: log('*'), from: 'beginning' });
  await first.driver.run(() => first.driver.emitted.length === 8);
  const [position] = Object.values(first.driver.reader.positions());
  await appendFile(log('same'), 'same 3\n');
  await appendFile(log('moved'), 'moved 3\n');
  await rename(log('moved'), log('.moved'));
  await writeFile(log('cut'), 'cut 3\n');
  await rm(log('gone'));
  await writeFile(log('new'), 'new 1\n');
  const second = await start({ path: log('*') }, { position });
  await second.driver.run(() => second.driver.emitted.length === 4);
  expect(second.driver.rows.map(({ line }) => line).sort()).toEqual(['cut 3', 'moved 3', 'new 1', 'same 3']);
  expect(Math.min(...second.driver.emitted.map(({ order }) => order))).toBe((position as { total: number }).total);
  expect(second.driver.logs.filter((text) => /is lost/.test(text)).length).toBe(2);
});

test('files that came and went while nobody looked are told of, and found by a glob over their names', async () => {
  await writeFile(log(), 'first 1\nfirst 2\n');
  const all = await start({ path: log('log*'), from: 'beginning' });
  await all.until('first 1', 'first 2');
  const { driver } = await start({ from: 'beginning' });
  await driver.run(() => driver.emitted.length === 2);
  const [one] = Object.values(driver.reader.positions());
  const [many] = Object.values(all.driver.reader.positions());
  for (const each of open.splice(0)) await each.reader.close!();
  await writeFile(log('log.old'), 'long before\n');
  await utimes(log('log.old'), 1000, 1000);
  await rename(log(), log('log.2'));
  await writeFile(log('log.1'), 'between\n');
  await writeFile(log(), 'last\n');
  const alone = await start({}, { position: one });
  await alone.until('last');
  const told = alone.driver.logs.filter((text) => text.includes('is not read'));
  expect(told).toEqual([expect.stringContaining(`and ${log('log.1')} perhaps after it`)]);
  const glob = await start({ path: log('log*') }, { position: many });
  await glob.driver.run(() => glob.driver.emitted.length === 3);
  expect(glob.driver.rows.map(({ line }) => line).sort()).toEqual(['between', 'last', 'long before']);
  expect(glob.driver.logs.filter((text) => text.includes('is not read'))).toEqual([]);
});

test('gives every record once, wherever the writer and the reader were stopped', async () => {
  const all = Array.from({ length: 20 }, (_, i) => `line ${i}`);
  const text = `${all.join('\n')}\n`;
  const got: unknown[] = [];
  let position: unknown;
  for (let at = 0; at < text.length; at += 13) {
    await appendFile(log(), text.slice(at, at + 13));
    const whole = text.slice(0, at + 13).split('\n').length - 1;
    const { driver } = await start({ from: 'beginning' }, { position });
    await driver.run(() => got.length + driver.emitted.length >= whole);
    got.push(...driver.rows.map(({ line }) => line));
    [position] = Object.values(driver.reader.positions());
    await driver.reader.close!();
    open.pop();
  }
  expect(got).toEqual(all);
});

test('a header is shown to the reader of each file, also when it is resumed', async () => {
  const options = { path: log('*'), from: 'beginning' };
  await writeFile(log('a'), 'id,name\n1,x\n');
  await writeFile(log('b'), 'na');
  const first = await start(options, { codec: csv });
  await first.driver.run(() => first.driver.emitted.length === 1);
  await appendFile(log('b'), 'me,id\ny,2\n');
  await first.driver.run(() => first.driver.emitted.length === 2);
  const [position] = Object.values(first.driver.reader.positions());
  await appendFile(log('a'), '3,z\n');
  const second = await start(options, { codec: csv, position });
  await second.driver.run(() => second.driver.emitted.length === 1);
  expect([...first.driver.rows, ...second.driver.rows]).toEqual([
    { id: 1, name: 'x' },
    { name: 'y', id: 2 },
    { id: 3, name: 'z' },
  ]);
});

test('a record that is too long is a dead letter, and reading goes on behind it', async () => {
  await writeFile(log(), `one\n${'x'.repeat(700_000)}\ntwo\n`);
  const { driver, until } = await start({ from: 'beginning', maxRecord: '100KiB' });
  await until('one', 'two');
  expect(driver.dead.map(({ reason, order }) => [reason, order])).toEqual([
    ['a record of more than 100KiB (maxRecord)', 4],
  ]);
});

test('much at once', async () => {
  const all = Array.from({ length: 50_000 }, (_, i) => `line ${i}`);
  await writeFile(log(), `${all.join('\n')}\n`);
  const { until } = await start({ from: 'beginning' });
  await until(...all);
});

test('refuses a codec that cannot begin in the middle', async () => {
  await expect(start({}, { codec: json })).rejects.toThrow(expect.objectContaining({ code: 'WEIR_TAIL_CODEC' }));
});

const BEGINS = { codecOptions: { begins: '^\\S' } };

test('a record of several lines is given once the next one begins, or when nothing has come for a while', async () => {
  const path = join(folder, 'log');
  await writeFile(path, 'Error: a\n  at x\n');
  const options = { path, every: '20ms', from: 'beginning', recordWait: '5s' };
  const run = { codec: lines, ...BEGINS, now: () => now, realTimers: true };
  const driver = await new Driver(tail, options, run).open([{ id: '0' }]);
  open.push(driver);
  await appendFile(path, '  at y\nError: b\n');
  await driver.run(() => driver.emitted.length === 1);
  expect(driver.rows).toEqual([{ line: 'Error: a\n  at x\n  at y' }]);
  const position = structuredClone(driver.reader.positions())['0'];
  await appendFile(path, '  at z\n');
  await driver.run(() => {
    now += 5000;
    return driver.emitted.length === 2;
  });
  expect(driver.rows[1]).toMatchObject({ line: expect.stringMatching(/^Error: b/) });
  // What was held back is not lost by a restart.
  const later = await new Driver(tail, options, run).open([{ id: '0' }], { 0: position });
  open.push(later);
  await appendFile(path, 'next\n');
  await later.run(() => {
    now += 5000;
    return later.emitted.some(({ row }) => row.line === 'next');
  });
  expect(later.rows[0]).toEqual({ line: 'Error: b\n  at z' });
});
