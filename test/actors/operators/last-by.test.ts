import fc from 'fast-check';
import { expect, test } from 'vitest';
import lastBy from '../../../actors/operators/last-by.ts';
import { OperatorDriver } from '../../../src/testkit/index.ts';

const keyed = { keyNames: ['id'] };
const given = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    time: fc.integer({ min: 0, max: 9 }),
    v: fc.integer({ min: 0, max: 3 }),
    end: fc.boolean(),
  }),
  { maxLength: 40 },
);

/** What a table holds that takes each row by its key and drops what is retracted. */
function tableOf(driver: OperatorDriver): object {
  const table = new Map<unknown, unknown>();
  for (const { row, key, retract } of driver.out) {
    if (retract) {
      expect(table.get(key)).toEqual(row);
      table.delete(key);
    } else table.set(key, row);
  }
  return Object.fromEntries(table);
}

test.each([{}, { by: 'v' }])('after each batch a table holds the last record of each key: %o', (options) => {
  fc.assert(
    fc.property(given, fc.nat(40), (records, barrier) => {
      let driver = new OperatorDriver(lastBy, options, { ...keyed, retractions: true });
      const best = new Map<string, { time: number; v: number; n: number }>();
      for (const [n, { key, time, v, end }] of records.entries()) {
        if (n === barrier) {
          const { out } = driver;
          driver = new OperatorDriver(lastBy, options, { ...keyed, retractions: true, from: driver.snapshot() });
          driver.out.push(...out);
        }
        driver.push({ key, time, v, n }, { time, key, order: n });
        const one = { key, time, v, n };
        const rank = ({ time, v }: typeof one) => ('by' in options ? v * 100 + time : time);
        const known = best.get(key) as typeof one | undefined;
        if (known === undefined || rank(one) >= rank(known)) best.set(key, one);
        if (!end) continue;
        driver.pause();
        expect(tableOf(driver)).toEqual(Object.fromEntries(best));
      }
    }),
  );
});

test('a key that has been silent for its ttl is taken back once, in portions, and not at the end of the input', () => {
  const driver = new OperatorDriver(lastBy, { ttl: '10s' }, keyed);
  for (let key = 0; key < 2500; key++) driver.push({ key }, { time: 0, key });
  driver.push({ key: 7, more: true }, { time: 5000, key: 7 }).pause();
  driver.take();
  driver.watermark(9999);
  expect(driver.take()).toEqual([]);
  expect(driver.watermark(10_000)).toBe(3);
  const rows = driver.take();
  expect(rows).toHaveLength(2499);
  expect(rows[0]).toEqual({ key: 0, $retract: true });
  expect(driver.keyedSize).toBe(1);
  driver.end();
  expect(driver.take()).toEqual([]);
});

test('what has no greatest value is passed over, and kinds have an order', () => {
  const driver = new OperatorDriver(lastBy, { by: 'v' }, keyed);
  for (const v of [null, [1], true, 'text', 3, Number.NaN, {}]) driver.push({ v }, { key: 'a' }).pause();
  expect(driver.take()).toEqual([{ v: true }, { v: 'text' }, { v: 3 }]);
});
