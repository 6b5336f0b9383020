import fc from 'fast-check';
import { expect, test } from 'vitest';
import repeat from '../../../actors/operators/repeat.ts';
import { tries } from '../../support/thorough.ts';
import { OperatorRig } from '../support/operator-rig.ts';

test('each record comes once at once, and once when so many others of its key have come or none will', () => {
  const keys = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 30 });
  const property = fc.property(keys, fc.integer({ min: 1, max: 6 }), (given, after) => {
    const rig = new OperatorRig(repeat, { after, as: 'again' }, { keyNames: ['key'] });
    given.forEach((key, n) => {
      rig.push({ n }, n, key);
    });
    rig.end();
    // The same by plain lists: a key's second copy of its i-th record follows the first of its (i + after)-th.
    const expected: [number, boolean][] = [];
    const left: number[][] = [[], [], []];
    given.forEach((key, n) => {
      const list = left[key] as number[];
      expected.push([n, false]);
      list.push(n);
      if (list.length > after) expected.push([list.shift() as number, true]);
    });
    const during = expected.length;
    const out = rig.take().map(({ n, again }) => [n, again]);
    expect(out.slice(0, during)).toEqual(expected);
    const rest = out.slice(during);
    for (const list of left) {
      const mine = rest.filter(([n]) => list.includes(n as number));
      expect(mine).toEqual(list.map((n) => [n, true]));
    }
    expect(rest.length).toBe(left.flat().length);
  });
  fc.assert(property, { numRuns: tries(100) });
});

test('a second copy has the event time of the record that lets it go', () => {
  const rig = new OperatorRig(repeat, { after: 1 });
  rig.push({ n: 1 }, 10).push({ n: 2 }, 20).watermark(25);
  expect(rig.out.map(({ row, time }) => [row.n, row.repeated, time])).toEqual([
    [1, false, 10],
    [2, false, 20],
    [1, true, 20],
  ]);
});
