import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import csv from '../../../actors/codecs/csv.ts';
import json from '../../../actors/codecs/json.ts';
import lines from '../../../actors/codecs/lines.ts';
import file from '../../../actors/sources/file.ts';
import { Driver, type RunOptions, splitsOf } from './driver.ts';

let folder: string;
let made = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-gzip-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(content: Buffer, name = `${made++}.gz`): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function read(path: string, run: RunOptions = { codec: lines }) {
  const driver = new Driver(file, { path }, run);
  await driver.open(await splitsOf(file, { path }, run));
  await driver.run();
  await driver.reader.close!();
  return driver;
}

/** What zlib itself can tell of the first bytes of a file. */
const prefixOf = (packed: Buffer) => gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
const wholeLines = (text: string) => text.split('\n').slice(0, -1);
const texts = (driver: Driver) => driver.rows.map(({ line }) => line);

const content = Array.from({ length: 40_000 }, (_, i) => `line ${(i * 7919) % 40_009} of many`).join('\n');
const packed = gzipSync(`${content}\n`);
const small = gzipSync('one\ntwo\n');

describe('a compressed file that is not sound ends as one dead letter', () => {
  test.each([1, 10, 11, 100, packed.length >> 1, packed.length - 8, packed.length - 1])(
    'cut behind %i bytes: what whole lines there are come first',
    async (length) => {
      const cut = packed.subarray(0, length);
      const path = await write(cut);
      const driver = await read(path);
      const text = length < 10 ? '' : prefixOf(cut);
      expect(texts(driver)).toEqual(wholeLines(text));
      const rest = text.slice(text.lastIndexOf('\n') + 1);
      const what = length === 1 ? '0 of 1: it is not in gzip format' : `${length} of ${length}: it ends too early`;
      const reason = `${path} at byte ${what}; nothing behind this is read`;
      expect(driver.dead).toEqual([{ split: '0', input: rest, reason, order: text.length - rest.length }]);
    },
  );

  test('a corrupt block', async () => {
    // Stored blocks stand in the file as they are: the second one begins behind the first one's bytes.
    const stored = gzipSync(content, { level: 0 });
    const block = 10 + 5 + stored.readUInt16LE(11);
    const bad = Buffer.from(stored);
    bad[block] = 0x07;
    const path = await write(bad);
    const driver = await read(path);
    const text = content.slice(0, stored.readUInt16LE(11));
    expect(texts(driver)).toEqual(wholeLines(text));
    expect(driver.dead.map(({ reason }) => reason)).toEqual([
      `${path} at byte ${block} of ${bad.length}: it is corrupt (invalid block type); nothing behind this is read`,
    ]);
  });

  test('a wrong checksum', async () => {
    const bad = Buffer.from(packed);
    bad[bad.length - 6]! ^= 1;
    const driver = await read(await write(bad));
    expect(texts(driver)).toEqual(content.split('\n'));
    expect(driver.dead.map(({ reason, input }) => [/corrupt \(incorrect data check\)/.test(reason), input])).toEqual([
      [true, ''],
    ]);
  });

  test.each([
    ['no gzip at all', Buffer.from('one\ntwo\n'), [], 0],
    ['one byte too many', Buffer.concat([small, Buffer.from('x')]), ['one', 'two'], small.length],
    ['garbage behind', Buffer.concat([small, Buffer.from('xyz')]), ['one', 'two'], small.length],
    ['zeros and garbage behind', Buffer.concat([small, Buffer.alloc(9), small]), ['one', 'two'], small.length + 9],
    ['a last line without its end', Buffer.concat([gzipSync('one\ntwo'), Buffer.from('xyz')]), ['one', 'two'], 27],
  ])('%s', async (_, bytes, expected, offset) => {
    const path = await write(bytes);
    const driver = await read(path);
    expect(texts(driver)).toEqual(expected);
    const what = offset === 0 ? 'it is not in gzip format' : 'what follows is no part of the gzip data';
    const reason = `${path} at byte ${offset} of ${bytes.length}: ${what}; nothing behind this is read`;
    expect(driver.dead.map((letter) => letter.reason)).toEqual([reason]);
  });

  test('of a document, and of a table whose header is cut', async () => {
    const document = gzipSync(JSON.stringify(Array.from({ length: 9000 }, (_, i) => ({ i }))));
    const table = gzipSync('id,name\n1,a\n');
    for (const [codec, bytes] of [
      [json, document.subarray(0, -20)],
      [csv, table.subarray(0, 14)],
    ] as const) {
      const driver = await read(await write(bytes), { codec });
      expect(driver.rows).toEqual([]);
      expect(driver.dead.length).toBe(1);
    }
  });
});

test('zeros behind, and several members, are read as before', async () => {
  expect(texts(await read(await write(Buffer.concat([small, Buffer.alloc(20_000)]))))).toEqual(['one', 'two']);
  const driver = await read(await write(Buffer.concat([small, gzipSync(''), small, packed])));
  expect(texts(driver)).toEqual(['one', 'two', 'one', 'two', ...content.split('\n')]);
  expect(driver.dead).toEqual([]);
});

test.each([1, 2])('from any checkpoint, with %i subtasks, records and letters come once', async (parallelism) => {
  const inFolder = `many${parallelism}-`;
  await write(packed.subarray(0, packed.length >> 1), `${inFolder}a.gz`);
  await write(Buffer.from('no gzip'), `${inFolder}b.gz`);
  await write(packed, `${inFolder}c.gz`);
  const path = join(folder, `${inFolder}*`);
  const cut = wholeLines(prefixOf(packed.subarray(0, packed.length >> 1)));
  const all = [...cut, ...content.split('\n')].sort();
  const run = { codec: lines, parallelism };
  const splits = await splitsOf(file, { path }, run);
  for (const stopAfter of [0, 5000, cut.length - 1, cut.length, cut.length + 1, 70_000]) {
    const drivers: Driver[] = [];
    let positions: Record<string, unknown> = {};
    for (const limit of [stopAfter, Number.POSITIVE_INFINITY]) {
      const before = positions;
      for (let subtask = 0; subtask < parallelism; subtask++) {
        const driver = new Driver(file, { path }, { ...run, subtask });
        await driver.open(
          splits.filter((_, i) => i % parallelism === subtask),
          before,
        );
        await driver.run(() => driver.emitted.length >= limit);
        positions = { ...positions, ...structuredClone(driver.reader.positions()) };
        await driver.reader.close!();
        drivers.push(driver);
      }
    }
    expect(drivers.flatMap(texts).sort()).toEqual(all);
    expect(drivers.flatMap(({ dead }) => dead.map(({ reason }) => reason.split(' ')[0])).sort()).toEqual([
      join(folder, `${inFolder}a.gz`),
      join(folder, `${inFolder}b.gz`),
    ]);
  }
});
