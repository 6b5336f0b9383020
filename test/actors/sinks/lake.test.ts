import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { openLake } from '../../../actors/lib/lake/open.ts';
import { keyOf, keyText, numberOf, numberText } from '../../../actors/lib/lake/order-text.ts';
import { scan, tables } from '../../../actors/lib/lake/read.ts';
import { realDisk } from '../../../src/host/disk.ts';
import type { Key } from '../../../src/stage/row.ts';
import type { Disk } from '../../../src/world/disk.ts';
import { tries } from '../../support/thorough.ts';
import { all, lakeOf as of } from '../support/lake-table.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { committerOf, crashMatrix, type Epochs, type Given, SinkRig, SinkRun } from '../support/sink-rig.ts';

const idsOf = async (disk: Disk, range = {}, table = 't') =>
  (await all(scan(disk, 'lake', table, range))).map(({ row }) => row.id);

describe('the order of keys', () => {
  const bytewise = (a: string, b: string) => Math.sign(Buffer.from(a).compare(Buffer.from(b)));

  test('numbers as text are ordered like numbers, and come back', () => {
    const number = fc.oneof(fc.double({ noNaN: true }), fc.integer(), fc.maxSafeInteger());
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(bytewise(numberText(a), numberText(b))).toBe(a === b ? 0 : a < b ? -1 : 1);
        expect(numberOf(numberText(a))).toBe(a + 0);
      }),
      { numRuns: tries(400) },
    );
  });

  test('texts of any characters are ordered by code point, also before a separator, and come back', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('a', '!', '"', ' ', '\0') }),
    );
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(bytewise(`${keyText(a)}!z`, `${keyText(b)}!a`)).toBe(a === b ? 1 : bytewise(a, b));
        expect(keyText(a)).not.toContain('!');
        expect(keyOf(keyText(a))).toBe(a);
      }),
      { numRuns: tries(400) },
    );
  });

  test('null, booleans, numbers, texts', () => {
    const keys: Key[] = [null, false, true, -1, 0, 10, 'a', 'b'];
    const texts = keys.map(keyText);
    expect([...texts].sort(bytewise)).toEqual(texts);
    expect(texts.map(keyOf)).toEqual(keys);
  });
});

describe('reading', () => {
  const keys = fc.constantFrom<Key>(null, 1, -2.5, 'a', 'a!b', 'a b', '', true);
  const row = fc.record({ key: keys, time: fc.integer({ min: -10, max: 10 }) });
  const range = fc.record(
    {
      from: fc.integer({ min: -10, max: 10 }),
      to: fc.integer({ min: -10, max: 10 }),
      key: keys,
      limit: fc.integer({ min: 1, max: 5 }),
      reverse: fc.boolean(),
    },
    { requiredKeys: [] },
  );

  test('gives what sorting and filtering all rows gives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 30 }),
        fc.array(range, { minLength: 1, maxLength: 5 }),
        async (rows, ranges) => {
          const disk = new MemoryDisk();
          const given: Given[] = rows.map(({ key, time }, order) => ({ row: { id: order }, key, time, order }));
          const other: Given = { row: { id: -1 }, time: 0 };
          await new SinkRun(disk, of(), [[given]]).toEnd();
          await new SinkRun(disk, of({ table: 't-2' }), [[[other]]]).toEnd();
          await new SinkRun(disk, of({ table: 's' }), [[[other]]]).toEnd();
          const text = ({ key }: { key: Key }) => Buffer.from(keyText(key));
          const sorted = rows
            .map(({ key, time }, id) => ({ key, time, id }))
            .sort((a, b) => text(a).compare(text(b)) || a.time - b.time || a.id - b.id);
          for (const one of ranges) {
            const { from = -99, to = 99, limit = 99, reverse } = one;
            let expected = sorted.filter(
              ({ key, time }) => time >= from && time < to && (!('key' in one) || key === one.key),
            );
            if (reverse) expected = expected.reverse();
            expect(await idsOf(disk, one)).toEqual(expected.slice(0, limit).map(({ id }) => id));
          }
          expect(await all(tables(disk, 'lake'))).toEqual(rows.length > 0 ? ['s', 't', 't-2'] : ['s', 't-2']);
        },
      ),
      { numRuns: tries(60) },
    );
  });

  test('gives key, time and the row as it was', async () => {
    const disk = new MemoryDisk();
    const row = { text: 'é', n: 1.5, list: [1, { a: null }], big: 2n ** 60n };
    await new SinkRun(disk, of({ key: 'text', time: 'n * 2' }), [[[{ row }]]]).toEnd();
    expect(await all(scan(disk, 'lake', 't'))).toEqual([{ key: 'é', time: 3, row }]);
  });
});

const EPOCHS: Epochs = [0, 1, 2].map((epoch) =>
  [0, 1].map((subtask) =>
    Array.from({ length: epoch === 1 ? 0 : 3 }, (_, i) => ({
      row: { id: epoch * 100 + subtask * 10 + i, pad: epoch === 2 ? 'x'.repeat(40_000) : '' },
      time: i,
      order: epoch * 10 + i,
    })),
  ),
);

test('each row is there once, whichever step the process crashes at', async () => {
  const runs = await crashMatrix(
    of(),
    EPOCHS,
    () => new MemoryDisk(),
    (disk) => idsOf(disk),
    async (found, _, where) => {
      const ids = (await found) as number[];
      expect(
        [...ids].sort((a, b) => a - b),
        where,
      ).toEqual([0, 1, 2, 10, 11, 12, 200, 201, 202, 210, 211, 212]);
    },
  );
  expect(runs).toBeGreaterThan(50);
});

describe('what is a row', () => {
  const run = async (disk: MemoryDisk, subtasks: readonly (readonly Given[])[]) => {
    await new SinkRun(disk, of(), [subtasks]).toEnd();
    return idsOf(disk);
  };

  test('a run that is repeated on the same input changes nothing', async () => {
    const disk = new MemoryDisk();
    const given: Given[] = [{ row: { id: 1 }, time: 5, order: 7 }];
    await run(disk, [given]);
    expect(await run(disk, [given])).toEqual([1]);
  });

  test('records of one time and order that differ are rows of their own, in whichever subtask', async () => {
    const at = { time: 5, order: 7 };
    const ids = await run(new MemoryDisk(), [[{ row: { id: 1 }, ...at }], [{ row: { id: 2 }, ...at }]]);
    expect(ids.sort()).toEqual([1, 2]);
  });

  test('so are equal ones that one record has become', async () => {
    const one: Given = { row: { id: 1 }, time: 5, order: 7 };
    expect(await run(new MemoryDisk(), [[one, one, one]])).toEqual([1, 1, 1]);
  });

  test.each([null, 'text', Number.NaN, Number.POSITIVE_INFINITY, 1e300, -8.64e15 - 1])(
    'without a time (%s) it is a dead letter',
    (t) => {
      const rig = new SinkRig(of({ time: 't' }), new MemoryDisk());
      rig.push({ row: { t } });
      expect(rig.dead.map(({ code }) => code)).toEqual(['WEIR_LAKE_TIME']);
    },
  );

  test.each(['a!b', '', 'a b', '../x'])('%j is no name of a table', (table) => {
    expect(() => new SinkRig(of({ table }), new MemoryDisk())).toThrow(/no name of a table/);
  });
});

test('rows past their retention go, of every key, the others stay', async () => {
  const disk = new MemoryDisk();
  const epochs: Epochs = Array.from({ length: 10 }, (_, epoch) => [
    ['a', 'b', 'c'].map((key, i) => ({ row: { id: epoch }, key, time: epoch * 100, order: epoch * 10 + i })),
  ]);
  await new SinkRun(disk, of({ retention: '250ms' }), epochs).toEnd();
  expect(await idsOf(disk)).toEqual([7, 8, 9, 7, 8, 9, 7, 8, 9]);
  await new SinkRun(disk, of({ table: 'other' }), [[[{ row: { id: 1 }, time: 0 }]]]).toEnd();
  expect(await idsOf(disk, {}, 'other')).toEqual([1]);
});

test('many old rows go in portions, over several commits', async () => {
  const disk = new MemoryDisk();
  const old = Array.from({ length: 25_000 }, (_, i) => ({ row: { id: i }, key: i % 7, time: i % 100, order: i }));
  const later = (n: number): Given[] => [{ row: { id: -n }, time: 10_000 + n, order: 30_000 + n }];
  const run = new SinkRun(disk, of({ retention: '1s' }), [[old], [later(1)], [later(2)], [later(3)], [later(4)]]);
  const sizes: number[] = [];
  run.onCommit = () => sizes.push(disk.stores.get('lake')?.map.size ?? 0);
  await run.toEnd();
  expect(sizes[0]).toBe(25_000);
  expect(sizes[1]).toBeGreaterThan(12_000);
  expect(sizes.at(-1)).toBe(4);
});

test('a row of a time that is yet to come makes no other too old', async () => {
  const disk = new MemoryDisk();
  // The clock of the rig shows 1,000,000 ms.
  const rows = (n: number): Given[] => [{ row: { id: n }, time: 999_000 + n, order: n }];
  const future: Given[] = [{ row: { id: 9 }, time: 4e12, order: 9 }];
  const run = new SinkRun(disk, of({ retention: '10s' }), [[rows(1)], [future], [rows(2)], [rows(3)]]);
  await run.toEnd();
  expect(disk.stores.get('lake')?.map.size).toBe(4);
});

describe('one store for all', () => {
  const folder = mkdtemp(join(tmpdir(), 'weir-lake-'));
  afterAll(async () => rm(await folder, { recursive: true }));

  test('two sinks and a reader share it, and the last one closes it', async () => {
    const disk = new MemoryDisk();
    const [a, b] = [committerOf(of(), disk), committerOf(of({ table: 'u' }), disk)];
    const prepare = async (table: string) => {
      const rig = new SinkRig(of({ table }), disk, 0, table);
      return rig.push({ row: { id: table } }).writer.prepare?.(1);
    };
    await Promise.all([a.commit(1, [await prepare('t')], undefined), b.commit(1, [await prepare('u')], undefined)]);
    expect(await all(tables(disk, 'lake'))).toEqual(['t', 'u']);
    expect([...disk.openStores]).toEqual(['lake']);
    await a.close?.();
    expect([...disk.openStores]).toEqual(['lake']);
    await b.close?.();
    await b.close?.();
    expect([...disk.openStores]).toEqual([]);
  });

  test('it can be opened again at once, and an opening that failed can be tried again', async () => {
    const disk = new MemoryDisk();
    disk.openStores.add('lake');
    await expect(openLake(disk, 'lake')).rejects.toThrow('locked');
    disk.openStores.clear();
    const first = await openLake(disk, 'lake');
    const closing = first.close();
    const second = await openLake(disk, 'lake');
    await closing;
    await second.close();
    expect(disk.openStores.size).toBe(0);
  });

  test('on a real LevelDB rows come back in order after it was closed', async () => {
    const path = join(await folder, 'lake');
    const setup = of({ path });
    const rig = new SinkRig(setup, realDisk);
    for (const time of [30, 10, 20]) rig.push({ row: { id: time }, time, order: time });
    const committer = committerOf(setup, realDisk);
    await committer.commit(1, [await rig.writer.prepare?.(1)], undefined);
    await committer.close?.();
    const ids = async (range = {}) => (await all(scan(realDisk, path, 't', range))).map(({ row }) => row.id);
    expect(await ids()).toEqual([10, 20, 30]);
    expect(await ids({ from: 15, reverse: true })).toEqual([30, 20]);
    expect(await all(tables(realDisk, path))).toEqual(['t']);
  });
});
