import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import csv from '../../../actors/codecs/csv.ts';
import json from '../../../actors/codecs/json.ts';
import lines from '../../../actors/codecs/lines.ts';
import msgpack from '../../../actors/codecs/msgpack.ts';
import ndjson from '../../../actors/codecs/ndjson.ts';
import { type Zstd, zstdLibrary } from '../../../actors/lib/packed/zstd.ts';
import file from '../../../actors/sources/file.ts';
import { freshFolder } from '../../support/folder.ts';
import { encode } from '../codecs/driver.ts';
import { Driver, type RunOptions, splitsOf } from './driver.ts';

const folder = freshFolder();
let zstd: Zstd;
let made = 0;
beforeAll(async () => {
  zstd = await zstdLibrary();
});

async function write(content: Uint8Array, ending = 'zst'): Promise<string> {
  const path = folder.at(`${made++}.${ending}`);
  await writeFile(path, content);
  return path;
}

async function opened(path: string, run: RunOptions, options: object = {}, position?: unknown) {
  const given = { path, ...options };
  const driver = new Driver(file, given, run);
  return driver.open(await splitsOf(file, given, run), position === undefined ? {} : { 0: position });
}

async function read(path: string, run: RunOptions = { codec: lines }, options: object = {}) {
  const driver = await opened(path, run, options);
  await driver.run();
  await driver.reader.close!();
  return driver;
}

const rows = Array.from({ length: 3000 }, (_, id) => ({ id, name: `user ${id % 77}`, ok: id % 3 === 0 }));
const text = (bytes: Uint8Array) => Buffer.from(bytes);

describe.each([
  ['csv', csv, { columns: { id: 'number', name: 'text', ok: 'bool' } }],
  ['ndjson', ndjson, {}],
  ['msgpack', msgpack, { framing: 'length' }],
] as const)('%s', (_, codec, codecOptions) => {
  const fill =
    codec === csv ? { header: true, delimiter: ',', quote: '"', nulls: [''], multiline: false, ragged: false } : {};
  const plain = encode(codec as typeof csv, rows, { ...fill, ...codecOptions }, ['id', 'name', 'ok']);

  test.each(['zst', 'gz'])('as .%s is read whole, and on from every place of a checkpoint', async (ending) => {
    const half = plain.length >> 1;
    const pack = (bytes: Uint8Array) => (ending === 'gz' ? gzipSync(bytes) : text(zstd.compress(bytes, 3)));
    const path = await write(Buffer.concat([pack(plain.subarray(0, half)), pack(plain.subarray(half))]), ending);
    const run = { codec: codec as typeof csv, codecOptions };
    expect((await read(path, run)).rows).toEqual(rows);
    const first = await opened(path, run);
    const places: [unknown, number][] = [];
    await first.run(() => {
      places.push([first.reader.positions()['0'], first.rows.length]);
      return false;
    });
    await first.reader.close!();
    for (const [position, count] of [places[0]!, places[places.length >> 1]!, places.at(-1)!]) {
      const second = await opened(path, run, {}, position);
      await second.run();
      expect(second.rows).toEqual(rows.slice(count));
      await second.reader.close!();
    }
  });
});

test('a document of json', async () => {
  const path = await write(zstd.compress(Buffer.from(JSON.stringify(rows)), 3));
  expect((await read(path, { codec: json })).rows).toEqual(rows);
});

describe('a file of zstd that is not sound ends as one dead letter', () => {
  const content = Array.from({ length: 40_000 }, (_, i) => `line ${(i * 7919) % 40_009} of many`);

  test('cut: whole lines of whole blocks come first', async () => {
    const packed = text(zstd.compress(Buffer.from(`${content.join('\n')}\n`), 3));
    for (const length of [1, 4, 20, packed.length >> 1, packed.length - 1]) {
      const driver = await read(await write(packed.subarray(0, length)));
      expect(driver.rows).toEqual(content.slice(0, driver.rows.length).map((line) => ({ line })));
      expect(driver.rows.length > 0).toBe(length > 20);
      expect(driver.dead.map(({ reason }) => reason.replace(/^.* of \d+: /, ''))).toEqual([
        'it ends too early; nothing behind this is read',
      ]);
    }
  });

  test('no zstd, and what follows', async () => {
    const sound = text(zstd.compress(Buffer.from('one\ntwo\n'), 3));
    for (const [bytes, expected, what] of [
      [Buffer.from('one\ntwo\n'), [], 'it is not in zstd format'],
      [Buffer.concat([sound, Buffer.from('garbage')]), ['one', 'two'], 'what follows is no part of the zstd data'],
    ] as const) {
      const path = await write(bytes);
      const driver = await read(path);
      expect(driver.rows).toEqual(expected.map((line) => ({ line })));
      const at = expected.length === 0 ? 0 : sound.length;
      const reason = `${path} at byte ${at} of ${bytes.length}: ${what}; nothing behind this is read`;
      expect(driver.dead.map((letter) => letter.reason)).toEqual([reason]);
    }
  });
});

describe('ten gigabytes of zeros', () => {
  const TEN = 10 * 2 ** 30;
  const bombs: Record<string, () => Buffer> = {
    gz: () => Buffer.concat(Array(160).fill(gzipSync(Buffer.alloc(TEN / 160), { level: 9 }))),
    // Blocks of one repeated byte, 128 KiB each, in one frame.
    zst: () =>
      Buffer.concat([
        Buffer.from('28b52ffd0058', 'hex'),
        ...Array(TEN / 131_072 - 1).fill(Buffer.from('02001000', 'hex')),
        Buffer.from('03001000', 'hex'),
      ]),
  };

  test.each(Object.keys(bombs))('as .%s are dead letters, and never in memory', async (ending) => {
    const path = await write(bombs[ending]!(), ending);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const driver = await opened(path, { codec: lines });
    await driver.run(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      return false;
    });
    await driver.reader.close!();
    expect(driver.rows).toEqual([]);
    expect(driver.dead.map(({ reason }) => reason.replace(/^.*: /, ''))).toEqual([
      'a record of more than 16MiB (maxRecord)',
      'it unpacks to more than 250 times its size (maxRatio); nothing behind this is read',
    ]);
    expect(most).toBeLessThan(160 * 2 ** 20);
  });
});
