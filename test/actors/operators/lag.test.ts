import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import diff from '../../../actors/operators/diff.ts';
import lag from '../../../actors/operators/lag.ts';
import { OperatorDriver } from '../../../src/testkit/index.ts';

const keyed = { keyNames: ['id'] };

interface Given {
  key: string;
  time: number;
  x: number;
  watermark: boolean;
}
const given = fc.array(
  fc.record<Given>({
    key: fc.constantFrom('a', 'b'),
    time: fc.integer({ min: 0, max: 20 }),
    x: fc.integer({ min: -3, max: 3 }),
    watermark: fc.boolean(),
  }),
  { maxLength: 40 },
);

/** Sorts all records of a key, then looks back in the list. */
function model(records: readonly (Given & { order: number })[], n: number, ttl: number): object[] {
  const sorted = [...records].sort((a, b) => a.time - b.time || a.order - b.order);
  return sorted.map(({ key, time, x, order }, i) => {
    const own = sorted.slice(0, i).filter((other) => other.key === key);
    const before = own[own.length - n];
    return { x, order, previous: before !== undefined && before.time + ttl > time ? before.x : null };
  });
}

test('lag gives what sorting gives, however records arrive, where watermarks come, and over restarts', () => {
  fc.assert(
    fc.property(given, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 12 }), (list, n, ttl) => {
      const options = { of: 'x', n, ttl: `${ttl}ms` };
      let driver = new OperatorDriver(lag, options, keyed);
      const records: (Given & { order: number })[] = [];
      const out: object[] = [];
      let watermark = -1;
      for (const [i, one] of list.entries()) {
        // Orders from the last to the first.
        const order = 100 - i;
        driver.push({ x: one.x, order }, { time: one.time, key: one.key, order });
        if (one.time > watermark) records.push({ ...one, order });
        if (!one.watermark) continue;
        watermark = Math.max(watermark, one.time - 3);
        driver.watermark(watermark);
        out.push(...driver.take());
        driver = new OperatorDriver(lag, options, { ...keyed, from: driver.snapshot() });
      }
      driver.end();
      out.push(...driver.take());
      expect(out).toEqual(model(records, n, ttl));
      expect(driver.keyedSize).toBe(0);
    }),
  );
});

test('a record that is as old as the time to live no longer counts, whether it has been let go or not', () => {
  for (const until of [0, 9, 10]) {
    for (const [definition, field] of [
      [lag, 'previous'],
      [diff, 'diff'],
    ] as const) {
      const driver = new OperatorDriver(definition, { of: 'x', ttl: '10ms' }, keyed);
      driver.push({ x: 1 }, { time: 0, key: 'a' }).push({ x: 1 }, { time: 0, key: 'b' }).watermark(until);
      if (until < 9) driver.push({ x: 2 }, { time: 9, key: 'a' });
      if (until < 10) driver.push({ x: 2 }, { time: 10, key: 'b' });
      driver.push({ x: 3 }, { time: 20, key: 'a' }).end();
      const nulls = driver.take().map((row) => row[field] === null);
      // Of a: the first, the one of 9 ms after it, and one 11 ms behind that. Of b: the first, and one of 10 ms after it.
      expect(nulls).toEqual(
        { 0: [true, true, false, true, true], 9: [true, true, true, true], 10: [true, true, true] }[until],
      );
    }
  }
});

test('what comes behind the watermark is late, and changes nothing', () => {
  const driver = new OperatorDriver(lag, { of: 'x' }, keyed);
  driver.push({ x: 1 }, { time: 5, key: 'a' }).watermark(5);
  driver.push({ x: 9 }, { time: 5, key: 'a' }).push({ x: 2 }, { time: 6, key: 'a' }).end();
  expect(driver.late).toEqual([{ row: { x: 9 }, windowEnd: 6 }]);
  expect(driver.take()).toEqual([
    { x: 1, previous: null },
    { x: 2, previous: 1 },
  ]);
});

test('more records than it may hold are dead letters', () => {
  const driver = new OperatorDriver(lag, { of: 'x', capacity: 2 }, keyed);
  for (const x of [1, 2, 3]) driver.push({ x }, { time: x, key: 'a' });
  expect(driver.dead).toMatchObject([{ code: 'WEIR_HELD_FULL', input: { x: 3 } }]);
  driver.watermark(2);
  driver.push({ x: 4 }, { time: 4, key: 'a' }).end();
  expect(driver.take().map(({ previous }) => previous)).toEqual([null, 1, 2]);
});

test('records go in portions, and keys past their ttl are freed in portions', () => {
  const driver = new OperatorDriver(lag, { of: 'x', ttl: '10ms' }, keyed);
  for (let key = 0; key < 2500; key++) driver.push({ x: key }, { time: 5, key });
  expect(driver.watermark(5)).toBeGreaterThan(2);
  expect(driver.out.map(({ order }) => order)).toEqual(Array.from({ length: 2500 }, (_, i) => i));
  expect(driver.keyedSize).toBeGreaterThanOrEqual(2500);
  expect(driver.watermark(15)).toBe(3);
  expect(driver.keyedSize).toBeLessThan(200);
});

describe('diff', () => {
  test('is null where there is no number, or no time between', () => {
    const driver = new OperatorDriver(diff, { of: 'x', per: '1s' }, keyed);
    const values = [1, 'text', 2, 3n, 5n, null, Number.POSITIVE_INFINITY];
    for (const [i, x] of values.entries()) driver.push({ x }, { time: i, key: 'a' });
    driver.push({ x: 1 }, { time: 6, key: 'a' }).push({ x: 2 }, { time: 6, key: 'a' }).end();
    expect(driver.take().map((row) => row.diff)).toEqual([null, null, null, 1000, 2000, null, null, null, null]);
  });

  test('of event time is the time since the record before', () => {
    const driver = new OperatorDriver(diff, { of: 'eventTime()' }, keyed);
    for (const time of [100, 40, 70]) driver.push({}, { time, key: 'a' });
    driver.end();
    expect(driver.take()).toEqual([{ diff: null }, { diff: 30 }, { diff: 30 }]);
  });

  test('of whole numbers of 64 bits loses no digit', () => {
    const driver = new OperatorDriver(diff, { of: 'x' }, keyed);
    for (const x of [2n ** 63n, 2n ** 63n + 1n]) driver.push({ x }, { time: 0, key: 'a' });
    driver.end();
    expect(driver.take().map((row) => row.diff)).toEqual([null, 1n]);
  });
});
