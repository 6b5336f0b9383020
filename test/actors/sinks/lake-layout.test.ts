import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { latestRow } from '../../../actors/lib/lake/latest.ts';
import { layoutOf } from '../../../actors/lib/lake/layout.ts';
import { openLake } from '../../../actors/lib/lake/open.ts';
import { keyText } from '../../../actors/lib/lake/order-text.ts';
import { scan, tables } from '../../../actors/lib/lake/read.ts';
import { unpackRow } from '../../../actors/lib/lake/row-frames.ts';
import { storedRows } from '../../../actors/lib/lake/stored-rows.ts';
import { realDisk } from '../../../src/host/disk.ts';
import type { Key } from '../../../src/stage/row.ts';
import type { Disk } from '../../../src/world/disk.ts';
import { freshFolder } from '../../support/folder.ts';
import { tries } from '../../support/thorough.ts';
import { all, lakeOf as of } from '../support/lake-table.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { committerOf, crashMatrix, type Epochs, type Given, SinkRig, SinkRun } from '../support/sink-rig.ts';

const folder = freshFolder();

const idsOf = async (disk: Disk, range = {}, path = 'lake') =>
  (await all(scan(disk, path, 't', range))).map(({ row }) => row.id as number);

/** What is kept of a row by the model: a plain list is filtered and sorted. */
interface Modelled {
  id: number;
  key: Key;
  time: number;
  user: unknown;
}

const DAY = 10;

/** Ways to cut a table, and what tells their partitions apart; the partition of hashes is not foretold. */
const CUTS: { partition: object | undefined; part?: (row: Modelled) => Key }[] = [
  { partition: undefined },
  { partition: { hash: 3 } },
  { partition: { by: 'user', hash: 4 } },
  { partition: { range: `${DAY}ms` }, part: ({ time }) => Math.floor(time / DAY) * DAY },
  {
    partition: { by: 'user', range: `${DAY}ms` },
    part: ({ user }) => (typeof user === 'number' ? Math.floor(user / DAY) * DAY : null),
  },
  {
    partition: { by: 'user', bounds: [0, 12] },
    part: ({ user }) =>
      typeof user === 'number' ? (user >= 12 ? 12 : user >= 0 ? 0 : null) : typeof user === 'string' ? 12 : null,
  },
];

const KEYS = fc.constantFrom<Key>(null, 1, -2.5, 'a', 'a!b', 'ab', '', true);
const TIMES = fc.integer({ min: -25, max: 25 });
const ROWS = fc.array(
  fc.record({ key: KEYS, time: TIMES, user: fc.oneof(TIMES, fc.constantFrom(null, 'x!y', 'ann')) }),
  { maxLength: 40 },
);

const given = (rows: readonly Omit<Modelled, 'id'>[]): Given[] =>
  rows.map(({ key, time, user }, order) => ({ row: { id: order, user }, key, time, order }));

describe.each(CUTS)('a table with partition $partition', ({ partition, part }) => {
  const setup = of({ ...(partition ? { partition } : {}), timeOrder: true });
  const range = fc.record(
    { from: TIMES, to: TIMES, key: KEYS, limit: fc.integer({ min: 0, max: 6 }), reverse: fc.boolean() },
    { requiredKeys: [] },
  );

  test('gives what filtering and sorting a list gives, by time, by key and by partition', async () => {
    await fc.assert(
      fc.asyncProperty(ROWS, fc.array(range, { minLength: 1, maxLength: 4 }), async (rows, ranges) => {
        const disk = new MemoryDisk();
        await new SinkRun(disk, setup, [[given(rows)]]).toEnd();
        await new SinkRun(disk, of({ table: 't-2', timeOrder: true }), [[[{ row: { id: -1 } }]]]).toEnd();
        const model: Modelled[] = rows.map((row, id) => ({ ...row, id }));
        expect(await all(tables(disk, 'lake'))).toEqual(rows.length > 0 ? ['t', 't-2'] : ['t-2']);
        for (const one of ranges) {
          const { from = -99, to = 99, limit = 99, reverse = false } = one;
          const expected = model
            .filter(({ key, time }) => time >= from && time < to && (!('key' in one) || key === one.key))
            .sort((a, b) => a.time - b.time || a.id - b.id)
            .map(({ id }) => id);
          if (reverse) expected.reverse();
          expect(await idsOf(disk, { ...one, timeOrder: true })).toEqual(expected.slice(0, limit));
          const byKey = await all(scan(disk, 'lake', 't', one));
          expect(byKey.length).toBe(Math.min(limit, expected.length));
          if (!('limit' in one))
            expect(byKey.map(({ row }) => row.id as number).sort((a, b) => a - b)).toEqual(
              expected.sort((a, b) => a - b),
            );
        }
        const found = await all(scan(disk, 'lake', 't'));
        if (part) for (const { row, partition } of found) expect(partition).toEqual(part(model[row.id as number]!));
        for (const wanted of new Set(found.map(({ partition }) => partition))) {
          if (wanted === undefined) continue;
          const own = found.filter(({ partition }) => partition === wanted).map(({ row }) => row.id);
          expect(await idsOf(disk, { partition: wanted })).toEqual(own);
          expect((await idsOf(disk, { partition: wanted, timeOrder: true })).sort()).toEqual(
            [...(own as number[])].sort(),
          );
        }
      }),
      { numRuns: tries(40) },
    );
  });

  test('gives the latest row of a key, as of a time', async () => {
    const asked = fc.record({ key: KEYS, until: fc.option(TIMES, { nil: undefined }) });
    await fc.assert(
      fc.asyncProperty(ROWS, fc.array(asked, { minLength: 1, maxLength: 6 }), async (rows, questions) => {
        const disk = new MemoryDisk();
        await new SinkRun(disk, setup, [[given(rows)]]).toEnd();
        const { kv, close } = await openLake(disk, 'lake');
        const layout = await layoutOf(kv, 't');
        for (const { key, until = 99 } of questions) {
          const known = rows
            .map((row, id) => ({ ...row, id }))
            .filter((row) => row.key === key && row.time <= until)
            .sort((a, b) => a.time - b.time || a.id - b.id);
          const found = await latestRow(kv, 't', keyText(key), until, layout);
          expect(found && unpackRow(found).id).toBe(known.at(-1)?.id);
        }
        await close();
      }),
      { numRuns: tries(40) },
    );
  });

  test('loses rows past their retention, and what the index says of them', async () => {
    const epochs = (rows: Given[]): Epochs => Array.from({ length: 8 }, (_, i) => [rows.slice(i * 6, i * 6 + 6)]);
    await fc.assert(
      fc.asyncProperty(ROWS, async (rows) => {
        const disk = new MemoryDisk();
        const last: Given = { row: { id: 1000 }, time: 40, order: 1000 };
        const after = Array.from({ length: 20 }, () => [[]] as Given[][]);
        await new SinkRun(disk, { ...setup, options: { ...setup.options, retention: '30ms' } }, [
          ...epochs(given(rows)),
          [[last]],
          ...after,
        ]).toEnd();
        const step = partition !== undefined && 'range' in partition && !('by' in partition) ? DAY : 0;
        const kept = rows.flatMap(({ time }, id) =>
          (step > 0 ? (Math.floor(time / step) + 1) * step > 10 : time >= 10) ? [id] : [],
        );
        expect((await idsOf(disk)).sort((a, b) => a - b)).toEqual([...kept, 1000]);
        expect((await idsOf(disk, { timeOrder: true })).sort((a, b) => a - b)).toEqual([...kept, 1000]);
        const entries = [...disk.stores.get('lake')!.map.keys()].filter((key) => key.startsWith('!i!'));
        expect(entries.length).toBe(kept.length + 1);
      }),
      { numRuns: tries(30) },
    );
  });

  test('holds each row once, and its entry, whichever step the process crashes at', async () => {
    const epochs: Epochs = [0, 1, 2].map((epoch) =>
      [0, 1].map((subtask) =>
        Array.from({ length: 3 }, (_, i) => ({
          row: { id: epoch * 100 + subtask * 10 + i, user: i * 7 },
          time: epoch * 30 + i * 9,
          order: epoch * 10 + i,
          key: i,
        })),
      ),
    );
    const look = async (disk: Disk) => [
      (await idsOf(disk)).sort((a, b) => a - b),
      (await idsOf(disk, { timeOrder: true })).sort((a, b) => a - b),
    ];
    const runs = await crashMatrix(
      { ...setup, options: { ...setup.options, retention: '35ms' } },
      epochs,
      () => new MemoryDisk(),
      look,
      (found, _, where) => {
        const [rows, entries] = found as [number[], number[]];
        expect(entries, where).toEqual(rows);
        expect(new Set(rows).size, where).toBe(rows.length);
        // Those that are not too old at the end; older ones go with a later checkpoint.
        const young = epochs
          .flat(2)
          .filter(({ time = 0 }) => time >= 78 - 35)
          .map(({ row }) => row.id);
        expect(rows, where).toEqual(expect.arrayContaining(young));
      },
    );
    expect(runs).toBeGreaterThan(50);
  });
});

describe('a table that is there', () => {
  const write = async (disk: Disk, options: object, path = 'lake', time = 0) => {
    const setup = of({ path, ...options });
    const prepared = await new SinkRig(setup, disk).push({ row: { id: time }, time, order: time }).writer.prepare?.(1);
    const committer = committerOf(setup, disk);
    try {
      await committer.commit(1, [prepared], undefined);
    } finally {
      await committer.close?.();
    }
  };

  test('of the version before is read, and added to', async () => {
    const disk = new MemoryDisk();
    const { kv, close } = await openLake(disk, 'lake');
    await kv.batch(storedRows('t', [{ key: null, time: 1, row: { id: 1 } }]));
    await close();
    await write(disk, {}, 'lake', 2);
    expect(await idsOf(disk)).toEqual([1, 2]);
    expect([...disk.stores.get('lake')!.map.keys()].every((key) => key.startsWith('t!'))).toBe(true);
  });

  test.each([{ timeOrder: true }, { partition: { hash: 2 } }, { partition: { range: '1d' } }])(
    'does not become one with %j, nor back',
    async (options) => {
      const disk = new MemoryDisk();
      await write(disk, {});
      await expect(write(disk, options)).rejects.toMatchObject({ code: 'WEIR_LAKE_LAYOUT', data: { permanent: true } });
      const other = new MemoryDisk();
      await write(other, options);
      await expect(write(other, {})).rejects.toMatchObject({ code: 'WEIR_LAKE_LAYOUT' });
      expect(await idsOf(other)).toEqual([0]);
    },
  );

  test('refuses rows that were prepared before its options changed', async () => {
    const disk = new MemoryDisk();
    const prepared = await new SinkRig(of(), disk).push({ row: { id: 1 } }).writer.prepare?.(1);
    const committer = committerOf(of({ timeOrder: true }), disk);
    await expect(committer.commit(1, [prepared], undefined)).rejects.toMatchObject({ code: 'WEIR_LAKE_LAYOUT' });
    await committer.close?.();
  });

  test('on a real LevelDB loses whole partitions, and room', async () => {
    const path = folder.at('lake');
    const setup = of({ path, partition: { range: '100ms' }, timeOrder: true, retention: '300ms' });
    const committer = committerOf(setup, realDisk);
    let base: unknown;
    for (let epoch = 0; epoch < 10; epoch++) {
      const rig = new SinkRig(setup, realDisk);
      for (let i = 0; i < 100; i++)
        rig.push({ row: { id: epoch * 100 + i }, time: epoch * 100 + i, order: i, key: i % 7 });
      base = await committer.commit(epoch, [await rig.writer.prepare?.(epoch)], base);
    }
    await committer.close?.();
    const ids = await idsOf(realDisk, { timeOrder: true }, path);
    // Rows of 600 to 699 are not all too old at 999; those before are.
    expect(ids).toEqual(Array.from({ length: 400 }, (_, i) => 600 + i));
    expect((await idsOf(realDisk, {}, path)).sort((a, b) => a - b)).toEqual(ids);
  });
});

test.each([
  [{}, /one of hash, range and bounds/],
  [{ hash: 2, range: '1d' }, /one of hash, range and bounds/],
  [{ bounds: [] }, /list of numbers/],
  [{ bounds: [1, 'a'] }, /list of numbers/],
  [{ bounds: [2, 1] }, /1 does not come after/],
])('partition %j is refused', (partition, message) => {
  expect(() => new SinkRig(of({ partition }), new MemoryDisk())).toThrow(message);
});
