import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import dedupe from '../../../actors/operators/dedupe.ts';
import { OperatorRig } from '../support/operator-rig.ts';

test('with `within` the work is dealt out by value, without it stays in one place', () => {
  const of = { names: ['id'], expressions: [] };
  const partition = dedupe.partition as (options: object) => unknown;
  expect(partition({ of, within: 5 })).toEqual({ by: of });
  expect(partition({ of })).toBe('all');
});

describe('the last values', () => {
  test('are the ones that a list remembers, also over restores', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 })),
        fc.nat(9),
        fc.integer({ min: 1, max: 6 }),
        (ids, cut, capacity) => {
          const list: number[] = [];
          const expected = ids.filter((id) => {
            if (list.includes(id)) return false;
            list.push(id);
            if (list.length > capacity) list.shift();
            return true;
          });
          let rig = new OperatorRig(dedupe, { of: 'id', capacity });
          const rows: unknown[] = [];
          for (const [i, id] of ids.entries()) {
            rig.push({ id });
            if (i !== cut) continue;
            rows.push(...rig.take());
            rig = new OperatorRig(dedupe, { of: 'id', capacity, from: undefined }, { from: rig.save() });
          }
          expect([...rows, ...rig.end().take()]).toEqual(expected.map((id) => ({ id })));
        },
      ),
    );
  });
});

describe('within a time', () => {
  const options = { of: 'id', within: '10ms' };

  test('values are forgotten with the watermark, in portions', () => {
    const rig = new OperatorRig(dedupe, options);
    for (let id = 0; id < 2500; id++) rig.push({ id }, 5);
    expect(rig.watermark(5)).toBeGreaterThan(2);
    expect(rig.take().length).toBe(2500);
    expect(rig.driver.keyedSize).toBeGreaterThanOrEqual(2500);
    rig.watermark(14);
    expect(rig.driver.keyedSize).toBeGreaterThanOrEqual(2500);
    expect(rig.watermark(15)).toBe(3);
    expect(rig.driver.keyedSize).toBeLessThan(200);
  });

  test('a repeat does not prolong the time, one that passes does', () => {
    const rig = new OperatorRig(dedupe, options);
    for (const time of [0, 9, 10, 15, 19, 20]) rig.push({ id: 1, time }, time);
    rig.watermark(25);
    expect(rig.take().map(({ time }) => time)).toEqual([0, 10, 20]);
    expect(rig.push({ id: 1, time: 29 }, 29).end().take()).toEqual([]);
  });

  test('a repeat of what has passed does not wait, and one that is late goes aside', () => {
    const rig = new OperatorRig(dedupe, options);
    rig.push({ id: 1 }, 5).watermark(6);
    const before = rig.driver.keyedSize;
    rig.push({ id: 1 }, 14).push({ id: 1, late: true }, 6);
    expect(rig.driver.keyedSize).toBe(before);
    expect(rig.late).toEqual([{ row: { id: 1, late: true }, windowEnd: 7 }]);
    expect(rig.end().take()).toEqual([{ id: 1 }]);
  });

  test('the time goes on after a restore', () => {
    const rig = new OperatorRig(dedupe, options);
    rig.push({ id: 1 }, 0).watermark(0);
    const after = new OperatorRig(dedupe, options, { from: rig.save() });
    after.push({ id: 1 }, 9).watermark(9);
    expect(after.take()).toEqual([]);
    expect(after.push({ id: 1 }, 10).end().take()).toEqual([{ id: 1 }]);
  });

  test('more values than the capacity are said in the log, once', () => {
    const rig = new OperatorRig(dedupe, { ...options, capacity: 2 });
    for (const id of [1, 2, 3, 4, 1]) rig.push({ id }, 0);
    expect(rig.end().take().length).toBe(5);
    expect(rig.logged.length).toBe(1);
  });
});

test('a record keeps its own key, and the first by event time stays', () => {
  const rig = new OperatorRig(dedupe, { of: 'id' }, { keyNames: ['user'] });
  rig.push({ id: 1, n: 'second' }, 7, 'ann', 1).push({ id: 1, n: 'first' }, 5, 'bob', 9).end();
  expect(rig.out).toEqual([{ row: { id: 1, n: 'first' }, time: 5, order: 9, key: 'bob' }]);
});

test('more records than it may hold back are dead letters', () => {
  const rig = new OperatorRig(dedupe, { of: 'id', held: 2 });
  for (const id of [1, 2, 3]) rig.push({ id }, id);
  expect(rig.dead).toEqual([{ row: { id: 3 }, code: 'WEIR_HELD_FULL' }]);
});
