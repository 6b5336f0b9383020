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
          expect([...rows, ...rig.take()]).toEqual(expected.map((id) => ({ id })));
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
    expect(rig.driver.keyedSize).toBe(2500);
    expect(rig.watermark(14)).toBe(1);
    expect(rig.driver.keyedSize).toBe(2500);
    expect(rig.watermark(15)).toBe(3);
    expect(rig.driver.keyedSize).toBe(0);
  });

  test('a repeat does not prolong the time, one that passes does', () => {
    const rig = new OperatorRig(dedupe, options);
    for (const time of [0, 9, 10, 15, 19, 20]) rig.push({ id: 1, time }, time);
    expect(rig.take().map(({ time }) => time)).toEqual([0, 10, 20]);
    rig.watermark(25);
    expect(rig.push({ id: 1, time: 29 }, 29).take()).toEqual([]);
  });

  test('the time goes on after a restore', () => {
    const rig = new OperatorRig(dedupe, options);
    rig.push({ id: 1 }, 0);
    const after = new OperatorRig(dedupe, options, { from: rig.save() });
    expect(after.push({ id: 1 }, 9).take()).toEqual([]);
    after.watermark(10);
    expect(after.driver.keyedSize).toBe(0);
  });

  test('more values than the capacity are said in the log, once', () => {
    const rig = new OperatorRig(dedupe, { ...options, capacity: 2 });
    for (const id of [1, 2, 3, 4, 1]) rig.push({ id }, 0);
    expect(rig.take().length).toBe(5);
    expect(rig.logged.length).toBe(1);
  });
});
