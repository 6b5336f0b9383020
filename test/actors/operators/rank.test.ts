import fc from 'fast-check';
import { expect, test } from 'vitest';
import rank from '../../../actors/operators/rank.ts';
import { OperatorDriver } from '../../../src/testkit/index.ts';

const keyed = { keyNames: ['id'] };
const given = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b'),
    time: fc.nat(9),
    v: fc.oneof(fc.nat(5), fc.constant(null)),
    pause: fc.boolean(),
  }),
  { maxLength: 40 },
);

/** What a table holds that takes each row by its key; a retraction must take back the very row that is there. */
function tableOf(driver: OperatorDriver): Record<string, unknown> {
  const table = new Map<unknown, unknown>();
  for (const { row, key, retract } of driver.out) {
    if (retract) {
      expect(table.get(key)).toEqual(row);
      table.delete(key);
    } else table.set(key, row);
  }
  return Object.fromEntries(table) as Record<string, unknown>;
}

test.each([
  ['time', 'desc'],
  ['time', 'asc'],
  ['order', 'desc'],
] as const)('a table holds the best records of each key: ties by %s, %s', (ties, order) => {
  fc.assert(
    fc.property(given, fc.nat(40), fc.boolean(), (records, barrier, retractions) => {
      const options = { by: 'v', n: 3, as: 'place', ties, order };
      const drive = { ...keyed, retractions };
      let driver = new OperatorDriver(rank, options, drive);
      records.forEach(({ key, time, v, pause }, n) => {
        if (n === barrier) {
          const { out } = driver;
          const from = driver.snapshot();
          driver = new OperatorDriver(rank, options, { ...drive, from });
          driver.out.push(...out);
        }
        driver.push({ key, time, v, n }, { key, time, order: n });
        if (pause) driver.pause();
      });
      driver.end();
      const expected = ['a', 'b'].flatMap((key) =>
        records
          .map((record, n) => ({ ...record, n }))
          .filter((record) => record.key === key && record.v !== null)
          .sort((a, b) => {
            const better = ((b.v as number) - (a.v as number)) * (order === 'desc' ? 1 : -1);
            return better || (ties === 'time' ? a.time - b.time : 0) || a.n - b.n;
          })
          .slice(0, 3)
          .map(({ time, v, n }, i) => [`["${key}",${i + 1}]`, { key, time, v, n, place: i + 1 }]),
      );
      expect(tableOf(driver)).toEqual(Object.fromEntries(expected));
    }),
  );
});

test('a record without a place changes nothing, and marks no state', () => {
  const driver = new OperatorDriver(rank, { by: 'v' }, keyed);
  driver.push({ v: 5 }, { key: 'a' }).push({ v: 4 }, { key: 'a' }).pause();
  driver.push({ v: 1 }, { key: 'a' }).pause();
  expect(driver.take()).toEqual([{ v: 5 }]);
});

test('several places without a name for them are refused', () => {
  expect(() => new OperatorDriver(rank, { by: 'v', n: 2 }, keyed)).toThrow('more than one place needs `as`');
});
