import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import csv from '../../../actors/codecs/csv.ts';
import json from '../../../actors/codecs/json.ts';
import lines from '../../../actors/codecs/lines.ts';
import ndjson from '../../../actors/codecs/ndjson.ts';
import file from '../../../actors/sources/file.ts';
import type { Split } from '../../../src/stage/index.ts';
import { tries } from '../../support/thorough.ts';
import { Driver, type Emitted, type RunOptions, splitsOf } from './driver.ts';

let folder: string;
let made = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A new folder with these files. */
async function write(files: Record<string, string | Buffer>): Promise<string> {
  const path = join(folder, String(made++));
  await mkdir(path);
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
  return path;
}

/** Runs all subtasks to their ends, one after the other. */
async function readAll(
  options: { path: string; chunk?: string; maxRecord?: string },
  run: RunOptions & { splits?: Split[]; positions?: Record<string, unknown> } = {},
): Promise<{ emitted: Emitted[]; drivers: Driver[] }> {
  const { parallelism = 1 } = run;
  const splits = run.splits ?? (await splitsOf(file, options, { codec: lines, ...run }));
  const drivers: Driver[] = [];
  for (let subtask = 0; subtask < parallelism; subtask++) {
    const driver = new Driver(file, options, { codec: lines, ...run, subtask, parallelism });
    await driver.open(
      splits.filter((_, i) => i % parallelism === subtask),
      run.positions,
    );
    try {
      expect(await driver.run()).toBe('end');
    } finally {
      await driver.reader.close!();
    }
    drivers.push(driver);
  }
  return { emitted: drivers.flatMap((driver) => driver.emitted), drivers };
}

const byOrder = (emitted: readonly Emitted[]) => [...emitted].sort((a, b) => a.order - b.order);

describe('chunks', () => {
  test('every line comes exactly once, in order within its lane, for any sizes, lanes and resumptions', async () => {
    const text = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\r', ''), maxLength: 12 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(40),
        async (contents, chunk, parallelism, later, stopAfter) => {
          const files = contents.map(([parts, ended, packed], i) => {
            const content = parts.join('\n') + (ended ? '\n' : '');
            return [`${i}${packed ? '.gz' : ''}`, packed ? gzipSync(content) : content, content] as const;
          });
          const path = join(await write(Object.fromEntries(files)), '*');
          const expected = files.flatMap(([, , content]) =>
            content
              .split('\n')
              .map((line) => line.replace(/\r$/, ''))
              .filter((line) => line !== ''),
          );
          const options = { path, chunk: `${chunk}B` };
          const splits = await splitsOf(file, options, { codec: lines, parallelism });

          const { emitted, drivers } = await readAll(options, { splits, parallelism });
          expect(byOrder(emitted).map(({ row }) => row.line)).toEqual(expected);
          expect(new Set(emitted.map(({ order }) => order)).size).toBe(emitted.length);
          expect(drivers.flatMap(({ ended }) => ended).sort()).toEqual(splits.map(({ id }) => id).sort());

          // Some records, positions, and the rest by other subtasks.
          const first: Emitted[] = [];
          let positions: Record<string, unknown> = {};
          for (let subtask = 0; subtask < parallelism; subtask++) {
            const driver = new Driver(file, options, { codec: lines, subtask, parallelism });
            await driver.open(splits.filter((_, i) => i % parallelism === subtask));
            await driver.run(() => driver.emitted.length >= stopAfter);
            first.push(...driver.emitted);
            positions = { ...positions, ...structuredClone(driver.reader.positions()) };
            await driver.reader.close!();
          }
          const rest = await readAll(options, { splits, positions, parallelism: later });
          expect(byOrder([...first, ...rest.emitted])).toEqual(byOrder(emitted));
          for (const { emitted: some } of [...drivers, ...rest.drivers]) {
            for (const { id } of splits) {
              const orders = some.filter(({ split }) => split === id).map(({ order }) => order);
              expect(orders).toEqual([...orders].sort((a, b) => a - b));
            }
          }
        },
      ),
      { numRuns: tries(80) },
    );
  });

  test('a subtask with several lanes reads their chunks in the order of the file', async () => {
    const path = join(await write({ a: Array.from({ length: 100 }, (_, i) => `${i}`).join('\n') }), 'a');
    const splits = await splitsOf(file, { path, chunk: '20B' }, { codec: lines, parallelism: 4 });
    expect(splits.length).toBe(4);
    const { emitted } = await readAll({ path, chunk: '20B' }, { splits, parallelism: 1 });
    expect(emitted.map(({ row }) => Number(row.line))).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test('no more lanes than chunks, and one for nothing at all', async () => {
    const path = await write({ a: 'x\n', b: '', c: 'y\n' });
    expect((await splitsOf(file, { path: join(path, '*') }, { codec: lines, parallelism: 8 })).length).toBe(2);
    expect((await splitsOf(file, { path: join(path, 'b') }, { codec: lines, parallelism: 8 })).length).toBe(1);
    expect((await readAll({ path: join(path, 'b') })).emitted).toEqual([]);
  });

  test('reads the file as it was at the first start', async () => {
    const path = join(await write({ a: 'one\ntwo\n' }), 'a');
    const splits = await splitsOf(file, { path }, { codec: lines });
    await writeFile(path, 'one\ntwo\nthree\n');
    expect((await readAll({ path }, { splits })).emitted.map(({ row }) => row.line)).toEqual(['one', 'two']);
  });
});

describe('codecs', () => {
  test('a header is shown to the reader of every chunk', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => `${i},n${i}`);
    const path = join(await write({ a: `id,name\n${rows.join('\n')}\n`, b: 'name,id\nlast,50\n' }), '*');
    for (const multiline of [false, true]) {
      const run = { codec: csv, codecOptions: { multiline }, parallelism: 3 };
      const splits = await splitsOf(file, { path, chunk: '30B' }, run);
      const { emitted } = await readAll({ path, chunk: '30B' }, { ...run, splits });
      const expected = [...Array.from({ length: 50 }, (_, i) => ({ id: i, name: `n${i}` })), { id: 50, name: 'last' }];
      expect(byOrder(emitted).map(({ row }) => row)).toEqual(expected);
    }
  });

  test('a file with a header that cannot be split is resumed behind the last record', async () => {
    const big = Array.from({ length: 60_000 }, (_, i) => `${i},"n\n${i}"`).join('\n');
    for (const name of ['a', 'a.gz']) {
      const path = join(await write({ [name]: name === 'a' ? `id,name\n${big}` : gzipSync(`id,name\n${big}`) }), name);
      const run = { codec: csv, codecOptions: { multiline: true } };
      const splits = await splitsOf(file, { path }, run);
      const first = await new Driver(file, { path }, run).open(splits);
      await first.run(() => first.emitted.length > 20_000);
      expect(first.emitted.length).toBeLessThan(60_000);
      const second = await new Driver(file, { path }, run).open(splits, first.reader.positions());
      await second.run();
      await Promise.all([first.reader.close!(), second.reader.close!()]);
      expect([...first.rows, ...second.rows].map(({ id }) => id)).toEqual(Array.from({ length: 60_000 }, (_, i) => i));
    }
  });

  test('a document is read whole', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => ({ i }));
    const path = join(await write({ a: JSON.stringify(rows), 'b.gz': gzipSync(JSON.stringify(rows)) }), '*');
    const { emitted } = await readAll({ path, chunk: '4KiB' }, { codec: json });
    expect(emitted.map(({ row }) => row)).toEqual([...rows, ...rows]);
  });
});

describe('long records', () => {
  const long = (n: number) => JSON.stringify({ text: 'x'.repeat(n) });

  test('longer than a chunk, but allowed', async () => {
    const content = `{"a":1}\n${long(300_000)}\n{"a":2}\n${long(500_000)}`;
    const path = await write({ a: content, 'b.gz': gzipSync(content) });
    for (const name of ['a', 'b.gz']) {
      for (const chunk of ['1KiB', '64KiB', '1MiB']) {
        const { emitted, drivers } = await readAll({ path: join(path, name), chunk }, { codec: ndjson });
        expect(emitted.map(({ row }) => row.a ?? String(row.text).length)).toEqual([1, 300_000, 2, 500_000]);
        expect(drivers[0]!.dead).toEqual([]);
      }
    }
  });

  test('not allowed: a dead letter, and reading goes on behind it', async () => {
    const content = `{"a":1}\n${long(300_000)}\n{"a":2}\n${long(500_000)}`;
    const path = await write({ a: content, 'b.gz': gzipSync(content) });
    for (const name of ['a', 'b.gz']) {
      for (const chunk of ['1KiB', '64KiB']) {
        const options = { path: join(path, name), chunk, maxRecord: '100KiB' };
        const { emitted, drivers } = await readAll(options, { codec: ndjson, parallelism: 1 });
        expect(emitted.map(({ row }) => row)).toEqual([{ a: 1 }, { a: 2 }]);
        expect(drivers[0]!.dead.map(({ reason, order }) => [reason, order])).toEqual([
          ['a record of more than 100KiB (maxRecord)', 8],
          ['a record of more than 100KiB (maxRecord)', 8 + 300_012 + 8],
        ]);
      }
    }
    const whole = { path: join(path, 'a'), maxRecord: '100KiB' };
    const { emitted, drivers } = await readAll(whole, { codec: json });
    expect(emitted).toEqual([]);
    expect(drivers[0]!.dead.length).toBe(1);
  });
});

describe('refused with a code', () => {
  const code = (value: string) => expect.objectContaining({ code: value });
  const splits = (path: string) => splitsOf(file, { path }, { codec: lines });

  test('what is not there', async () => {
    await expect(splits(join(folder, 'none'))).rejects.toThrow(code('WEIR_FILE_NOT_FOUND'));
    await expect(splits(join(folder, 'none-*'))).rejects.toThrow(code('WEIR_FILE_NOT_FOUND'));
    await expect(splits(join(folder, 'none'))).rejects.toThrow(join(folder, 'none'));
  });

  test('what is no file', async () => {
    await expect(splits(folder)).rejects.toThrow(code('WEIR_FILE_IS_FOLDER'));
    await expect(splits('/dev/null')).rejects.toThrow(code('WEIR_FILE_IS_STREAM'));
  });

  test('a file that is gone, shorter or another one than before', async () => {
    for (const codec of [lines, json]) {
      const path = join(await write({ a: 'one\ntwo\n' }), 'a');
      const before = await splitsOf(file, { path }, { codec });
      const run = () => readAll({ path }, { codec, splits: before });
      await writeFile(path, 'one\nTWO\n');
      await expect(run()).rejects.toThrow(code('WEIR_FILE_CHANGED'));
      await truncate(path, 4);
      await expect(run()).rejects.toThrow(/has 4 bytes, and had 8 when reading began/);
      await rm(path);
      await expect(run()).rejects.toThrow(code('WEIR_FILE_NOT_FOUND'));
    }
  });

  test('a file that is another one at its end only', async () => {
    const path = join(await write({ a: 'line\n'.repeat(2000) }), 'a');
    const before = await splitsOf(file, { path }, { codec: lines });
    await writeFile(path, `${'line\n'.repeat(1999)}LINE\n`);
    await expect(readAll({ path }, { splits: before })).rejects.toThrow(code('WEIR_FILE_CHANGED'));
  });
});
