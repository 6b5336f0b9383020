import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { storedRows } from '../../../actors/lib/lake/stored-rows.ts';
import lookup from '../../../actors/operators/lookup.ts';
import type { Key } from '../../../src/stage/row.ts';
import { MemoryDisk, OperatorDriver } from '../../../src/testkit/index.ts';
import { tries } from '../../support/thorough.ts';
import { type GivenRow, writeTable } from '../support/lake-table.ts';

const OPTIONS = { lake: 't', path: 'lake', key: 'k', select: { n: 'n', row: 'found.row' } };

const driverOn = (disk: MemoryDisk, more: object = {}) => new OperatorDriver(lookup, { ...OPTIONS, ...more }, { disk });

/** What a store that answers only when a test says so has been asked. */
class HeldDisk extends MemoryDisk {
  readonly reads: (() => void)[] = [];

  override async openKv(path: string) {
    const kv = await super.openKv(path);
    const reads = this.reads;
    return {
      ...kv,
      async *entries(range: Parameters<typeof kv.entries>[0]) {
        await new Promise<void>((resolve) => reads.push(resolve));
        yield* kv.entries(range);
      },
    };
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a table of the lake', () => {
  const keys = fc.constantFrom<Key>(1, -2.5, 0, 'a', 'a!b', 'a b', '', 'é', '1', true, false);
  const times = fc.integer({ min: -5, max: 5 });

  test('gives the row that a look through all of them gives, as of the record or the latest', async () => {
    const stored = fc.array(fc.record({ key: keys, time: times }), { maxLength: 40 });
    const asked = fc.array(fc.record({ key: fc.option(keys), time: times }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(stored, asked, fc.boolean(), fc.boolean(), async (list, questions, asOf, ordered) => {
        const disk = new MemoryDisk();
        const rows: GivenRow[] = list.map((place, row) => ({ ...place, row: { row } }));
        await writeTable(disk, 't', rows);
        await writeTable(disk, 't.', [{ key: 'a', time: 0, row: { row: 'of another table' } }]);
        const version = asOf ? {} : { version: 'latest' };
        const driver = driverOn(disk, { ...version, ordered, concurrency: 3 });
        for (const [n, { key, time }] of questions.entries()) driver.push({ n, k: key }, { time });
        await driver.answered();
        await driver.close();
        const right = questions.map(({ key, time }, n) => {
          let best: GivenRow | undefined;
          for (const one of rows) {
            if (one.key !== key || (asOf && one.time > time)) continue;
            if (best === undefined || one.time >= best.time) best = one;
          }
          return { n, row: best?.row.row ?? null };
        });
        const out = driver.take();
        expect(ordered ? out : out.sort((a, b) => Number(a.n) - Number(b.n))).toEqual(right);
      }),
      { numRuns: tries(150) },
    );
  });

  test('is asked for several values as its sink keeps them, and for none of which one is null', async () => {
    const disk = new MemoryDisk();
    await writeTable(disk, 't', [{ key: '["a",1]', time: 0, row: { row: 7 } }]);
    const driver = driverOn(disk, { key: ['k', 'l'] });
    for (const l of [1, 2, null]) driver.push({ n: l, k: 'a', l }, { time: 0 });
    await driver.answered();
    expect(driver.take()).toEqual([1, 2, null].map((l) => ({ n: l, row: l === 1 ? 7 : null })));
    await driver.close();
  });

  test('that is not there has nothing, until its sink commits: through one opener', async () => {
    const disk = new MemoryDisk();
    const driver = driverOn(disk, { required: true });
    await driver.push({ n: 1, k: 'a' }, { time: 9 }).answered();
    expect(driver.sides).toEqual([{ name: 'unmatched', row: { n: 1, k: 'a' } }]);
    expect(driver.logs).toEqual([expect.stringMatching(/there is no table t in lake yet/)]);
    // The operator has it open: the sink shares that, under another spelling of the path.
    await writeTable(disk, 't', [{ key: 'a', time: 5, row: { row: 1 } }], './lake/');
    await driver.push({ n: 2, k: 'a' }, { time: 9 }).answered();
    expect(driver.take()).toEqual([{ n: 2, row: 1 }]);
    await driver.close();
    // Nobody has it open any more.
    await (await disk.openKv('lake')).close();
  });

  test('that somebody else has open is WEIR_LOCKED', async () => {
    const disk = new MemoryDisk();
    await disk.openKv('lake');
    const driver = driverOn(disk).push({ n: 1, k: 'a' }, { time: 0 });
    await expect(driver.answered()).rejects.toMatchObject({ code: 'WEIR_LOCKED' });
  });

  test('is asked again for every record, unless answers are kept', async () => {
    const disk = new MemoryDisk();
    await writeTable(disk, 't', [{ key: 'a', time: 0, row: { row: 1 } }]);
    const fresh = driverOn(disk, { version: 'latest' });
    const kept = driverOn(disk, { version: 'latest', cache: { for: '1m' } });
    const seen = async (driver: OperatorDriver) => (await driver.push({ n: 0, k: 'a' }).answered()).take()[0]?.row;
    expect([await seen(fresh), await seen(kept)]).toEqual([1, 1]);
    await writeTable(disk, 't', [{ key: 'a', time: 1, row: { row: 2 } }]);
    expect([await seen(fresh), await seen(kept)]).toEqual([2, 1]);
    kept.clock.advance(60_000);
    expect(await seen(kept)).toBe(2);
    await fresh.close();
    await kept.close();
  });

  test('is asked as many questions at the same time as allowed, and the same one once', async () => {
    const disk = new HeldDisk();
    const driver = driverOn(disk, { concurrency: 3 });
    // The first question opens the lake, and reads whether the table is there by keys alone.
    for (let n = 0; n < 8; n++) driver.push({ n, k: n >> 1 }, { time: 0 });
    expect(driver.busy).toBe(true);
    const done = driver.answered();
    let most = 0;
    let reads = 0;
    while (driver.out.length < 8) {
      await turn();
      most = Math.max(most, disk.reads.length);
      if (disk.reads.length > 0) {
        disk.reads.pop()?.();
        reads++;
      }
    }
    await done;
    // Three records under way ask two questions: two of them the same.
    expect(most).toBeLessThanOrEqual(3);
    expect(reads).toBeLessThan(8);
    expect(driver.take().map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await driver.close();
  });

  test('that does not answer in time makes a dead letter, or null', async () => {
    const disk = new HeldDisk();
    const dead = driverOn(disk, { timeout: '2s' }).push({ n: 1, k: 'a' }, { time: 0 });
    const nulls = driverOn(disk, { timeout: '2s', onFailure: 'null' }).push({ n: 1, k: 'a' }, { time: 0 });
    while (disk.reads.length < 2) await turn();
    for (const driver of [dead, nulls]) {
      driver.clock.advance(2000);
      await driver.answered();
    }
    expect(dead.dead).toMatchObject([{ code: 'WEIR_LOOKUP_LAKE', input: { n: 1, k: 'a' } }]);
    expect(nulls.take()).toEqual([{ n: 1, row: null }]);
    for (const read of disk.reads) read();
    for (const driver of [dead, nulls]) await driver.close();
  });

  test('can be filled by hand with what its sink would have written', async () => {
    const rows: GivenRow[] = [
      { key: 'a', time: 1, row: { row: 1 } },
      { key: 2, time: 3, row: { row: 2 } },
    ];
    const disk = new MemoryDisk();
    const kv = await disk.openKv('lake');
    await kv.batch(storedRows('t', rows), { sync: true });
    await kv.close();
    const driver = driverOn(disk);
    for (const { key, time } of rows) driver.push({ n: key, k: key }, { time });
    await driver.answered();
    expect(driver.take()).toEqual(rows.map(({ key, row }) => ({ n: key, row: row.row })));
    await driver.close();
  });
});

test.each([
  [
    'two things to ask',
    { lake: 't', key: 'k', file: 'a.csv' },
    /give one of rows, file, url, lake and cassandra, not file and lake/,
  ],
  ['no key', { lake: 't' }, /lake needs `key`/],
  ['a match', { lake: 't', key: 'k', on: 'k == l' }, /`on` goes with rows or file, not with lake/],
  ['a key for a file', { file: 'a.csv', on: 'k', key: 'k' }, /`key` goes with lake or cassandra, not with file/],
  ['a version of a file', { file: 'a.csv', on: 'k', version: 'latest' }, /`version` goes with lake/],
  ['a folder for rows', { rows: [], on: 'k', path: 'lake' }, /`path` goes with lake, not with rows/],
  ['reloading', { lake: 't', key: 'k', reload: '1s' }, /`reload` goes with file/],
  ['no name of a table', { lake: 'a/b', key: 'k' }, /'a\/b' is no name of a table/],
])('%s is refused', (_, options, message) => {
  const refused = expect.objectContaining({ code: 'WEIR_OPTION', message: expect.stringMatching(message) });
  expect(() => new OperatorDriver(lookup, options)).toThrow(refused);
});
