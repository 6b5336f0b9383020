import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import topN from '../../../actors/operators/top-n.ts';
import tumbling from '../../../actors/operators/tumbling.ts';
import { OperatorRig } from '../support/operator-rig.ts';

const records = fc.array(fc.record({ x: fc.integer({ min: 0, max: 5 }), time: fc.integer({ min: 0, max: 3 }) }), {
  maxLength: 25,
});
const cut = fc.record({
  n: fc.integer({ min: 1, max: 4 }),
  ties: fc.constantFrom('all', 'none'),
  order: fc.constantFrom('desc', 'asc'),
});

/** Sorts everything, then cuts. */
function best<T extends { x: number; time: number; order: number }>(
  list: readonly T[],
  { n, ties, order }: { n: number; ties: string; order: string },
): T[] {
  const sign = order === 'desc' ? -1 : 1;
  const sorted = [...list].sort((a, b) => sign * (a.x - b.x) || a.time - b.time || a.order - b.order);
  const last = sorted[n - 1];
  return sorted.filter(({ x }, i) => i < n || (ties === 'all' && x === last?.x));
}

test('the best of each event time are those that sorting gives, in any order of arrival and over restores', () => {
  fc.assert(
    fc.property(records, cut, fc.nat(24), (list, options, at) => {
      let rig = new OperatorRig(topN, { by: 'x', ...options });
      const given = list.map((record, order) => ({ ...record, order }));
      for (const [i, { x, time, order }] of given.entries()) {
        // Times come mixed, orders from the last to the first.
        rig.push({ x, time, order: 100 - order }, time, null, 100 - order);
        if (i === at) rig = new OperatorRig(topN, { by: 'x', ...options }, { from: rig.save() });
      }
      rig.watermark(Number.POSITIVE_INFINITY);
      const rows = given.map(({ order, ...rest }) => ({ ...rest, order: 100 - order }));
      const expected = [0, 1, 2, 3].flatMap((time) =>
        best(
          rows.filter((row) => row.time === time),
          options,
        ),
      );
      expect(rig.take()).toEqual(expected);
    }),
  );
});

test('the same within a window', () => {
  fc.assert(
    fc.property(records, cut, (list, options) => {
      const rig = new OperatorRig(tumbling, { size: '10ms', top: { by: 'x', ...options } });
      const given = list.map((record, order) => ({ ...record, order: 100 - order }));
      for (const row of given) rig.push(row, row.time, null, row.order);
      rig.watermark(9);
      expect(rig.take()).toEqual(best(given, options));
    }),
  );
});

describe('top-n', () => {
  test('a group closes with the watermark, and its records keep time, order and key', () => {
    const rig = new OperatorRig(topN, { by: 'x' });
    rig.push({ x: 1 }, 9, 'a', 5).push({ x: 2 }, 9, 'b', 6);
    rig.watermark(8);
    expect(rig.out).toEqual([]);
    rig.watermark(9);
    expect(rig.out).toEqual([{ row: { x: 2 }, time: 9, order: 6, key: 'b' }]);
    rig.push({ x: 7 }, 9);
    expect(rig.late).toEqual([{ row: { x: 7 }, windowEnd: 10 }]);
  });

  test('what cannot be ranked has no place', () => {
    const rig = new OperatorRig(topN, { by: 'x', n: 10 });
    for (const x of [null, undefined, Number.NaN, [1], {}, 1, 'b', 'a', true]) rig.push({ x });
    rig.watermark(0);
    expect(rig.take().map(({ x }) => x)).toEqual([1, 'b', 'a', true]);
  });

  test('rank numbers the places', () => {
    const rig = new OperatorRig(topN, { by: 'x', n: 2, rank: 'place' });
    for (const x of [5, 9, 7]) rig.push({ x });
    rig.watermark(0);
    expect(rig.take()).toEqual([
      { x: 9, place: 1 },
      { x: 7, place: 2 },
    ]);
  });

  test('groups close in portions', () => {
    const rig = new OperatorRig(topN, { by: 'x', per: 'g' });
    for (let g = 0; g < 2500; g++) rig.push({ x: 1, g }, 5);
    expect(rig.watermark(5)).toBeGreaterThan(2);
    expect(rig.out.length).toBe(2500);
  });

  test('windowStart adds the bounds of the window to ranked records', () => {
    const rig = new OperatorRig(tumbling, { size: '10ms', top: { by: 'x', windowStart: true } });
    rig.push({ x: 1 }, 12);
    rig.watermark(19);
    expect(rig.out).toEqual([{ row: { x: 1, windowStart: 10, windowEnd: 20 }, time: 19, order: 0, key: null }]);
  });
});
