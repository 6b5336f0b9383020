import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import minMaxScaler from '../../../actors/learners/min-max-scaler.ts';
import robustScaler from '../../../actors/learners/robust-scaler.ts';
import standardScaler from '../../../actors/learners/standard-scaler.ts';
import { MinMaxScaling } from '../../../actors/lib/learn/min-max-scaling.ts';
import { RobustScaling } from '../../../actors/lib/learn/robust-scaling.ts';
import type { Scaling } from '../../../actors/lib/learn/scaler.ts';
import { StandardScaling } from '../../../actors/lib/learn/standard-scaling.ts';
import { OperatorDriver } from '../../../src/testkit/index.ts';
import { learned, ROWS, rowOf, sparseRow } from './rows.ts';

const scaledOf = (scaling: Scaling, row: readonly number[]) => row.map((value, slot) => scaling.scaled(slot, value));
const OPTIONS = { low: 0.25, high: 0.75 };
const scalings: [string, () => Scaling, (saved: unknown) => Scaling][] = [
  ['standard', () => new StandardScaling(0.99), (saved) => new StandardScaling(0.99, saved)],
  ['min-max', () => new MinMaxScaling(false), (saved) => new MinMaxScaling(false, saved)],
  ['robust', () => new RobustScaling(OPTIONS), (saved) => new RobustScaling(OPTIONS, saved)],
];
const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 3, maxLength: 3 });
const tables = fc.array(values, { minLength: 0, maxLength: 30 });

describe('scalers', () => {
  // scikit-learn 1.9.1: StandardScaler and MinMaxScaler, partial_fit on the first 499 rows, transform of the last.
  test('standard and min-max give what scikit-learn gives', () => {
    const [rows, last] = [ROWS.slice(0, 499), ROWS[499] as number[]];
    const standard = scaledOf(learned(new StandardScaling(1), rows), last);
    const expected = [-0.48936064439445287, -0.9674759940637857, 1.0568102656552674];
    for (const [i, one] of standard.entries()) expect(one).toBeCloseTo(expected[i] as number, 10);
    const minMax = scaledOf(learned(new MinMaxScaling(false), rows), last);
    const between = [0.35675491968636497, 0.2944716799509771, 0.8006558243725103];
    for (const [i, one] of minMax.entries()) expect(one).toBeCloseTo(between[i] as number, 12);
  });

  test('forgetting weighs values as their weights say', () => {
    const scaling = learned(new StandardScaling(0.97), ROWS);
    const weights = ROWS.map((_, i) => 0.97 ** (ROWS.length - 1 - i));
    const total = weights.reduce((sum, w) => sum + w, 0);
    for (const slot of [0, 1, 2]) {
      const column = ROWS.map((row) => row[slot] as number);
      const mean = column.reduce((sum, x, i) => sum + x * (weights[i] as number), 0) / total;
      const variance = column.reduce((sum, x, i) => sum + (x - mean) ** 2 * (weights[i] as number), 0) / total;
      expect(scaling.mean(slot) / mean).toBeCloseTo(1, 9);
      expect(scaling.variance(slot) / variance).toBeCloseTo(1, 9);
    }
  });

  test('what two learned apart and put together is what one learns of all', () => {
    const property = fc.property(tables, tables, (one, two) => {
      const [standard, both] = [
        learned(new StandardScaling(1), one),
        learned(new StandardScaling(1), [...one, ...two]),
      ];
      standard.merge(learned(new StandardScaling(1), two));
      const [range, whole] = [
        learned(new MinMaxScaling(false), one),
        learned(new MinMaxScaling(false), [...one, ...two]),
      ];
      range.merge(learned(new MinMaxScaling(false), two));
      expect(range.save()).toEqual(whole.save());
      expect(standard.rows).toBe(both.rows);
      if (both.rows === 0) return;
      for (const slot of [0, 1, 2]) {
        expect(standard.mean(slot)).toBeCloseTo(both.mean(slot), 9);
        expect(standard.variance(slot)).toBeCloseTo(both.variance(slot), 7);
      }
    });
    fc.assert(property);
  });

  for (const [name, create, restore] of scalings) {
    test(`${name} goes on bit for bit when restored`, () => {
      const model = learned(create(), ROWS.slice(0, 300));
      const again = learned(restore(structuredClone(model.save())), ROWS.slice(300));
      expect(again.save()).toEqual(learned(model, ROWS.slice(300)).save());
    });

    test(`${name} stays finite over constants, a wild value, and columns of any size`, () => {
      const model = create();
      for (let i = 0; i < 100_000; i++) model.learn(rowOf(7, 1e-6 * (i % 3), 1e9 + i, i % 2));
      for (const wild of [1e50, -1e50, 8]) {
        for (const one of scaledOf(model, [wild, wild, wild, wild])) expect(Number.isFinite(one)).toBe(true);
        model.learn(rowOf(wild, wild, wild, 1));
      }
      // The last column was 0 or 1 all along.
      expect(scaledOf(model, [7, 1, 1, 1]).every(Number.isFinite)).toBe(true);
      expect(model.scaled(3, 1)).toBe(1);
    });

    test(`${name} learns of a feature from those records that have it`, () => {
      const [some, all] = [create(), create()];
      for (let i = 0; i < 100; i++) {
        some.learn(sparseRow(2, i % 10 === 0 ? Object.entries([i, i * i + 2]) : [[0, i]]));
        if (i % 10 === 0) all.learn(rowOf(i, i * i + 2));
      }
      expect(some.scaled(1, 3333)).toBe(all.scaled(1, 3333));
    });
  }

  test('a computed feature gets a field, also where it is not scaled', () => {
    const driver = new OperatorDriver(standardScaler, { features: { half: 'x / 4', open: 'x > 2', kind: 'kind' } });
    for (const [x, kind] of [
      [2, 'a'],
      [6, 'b'],
      [7, 'a'],
    ] as const)
      driver.push({ x, kind });
    driver.end();
    expect(driver.take()).toEqual([
      { x: 2, kind: 'a', half: 0, open: 0 },
      { x: 6, kind: 'b', half: 0, open: 1 },
      { x: 7, kind: 'a', half: 1.5, open: 1 },
    ]);
  });

  test.each([
    ['standard', standardScaler],
    ['min-max', minMaxScaler],
    ['robust', robustScaler],
  ] as const)('%s keeps keys apart', (_, stage) => {
    const driver = new OperatorDriver(stage as typeof minMaxScaler, { as: 'scaled' }, { keyNames: ['of'] });
    for (const [i, x] of [2, 300, 4, 100, 2, 300, 3, 200].entries()) driver.push({ x }, { key: i % 2 });
    driver.end();
    const [small, large] = driver
      .take()
      .slice(-2)
      .map((row) => (row.scaled as { x: number }).x);
    expect(Math.abs(small as number)).toBeLessThanOrEqual(1);
    expect(Math.abs(large as number)).toBeLessThanOrEqual(1);
  });

  test('min-max gives what is beyond all before as 0 or 1, if it is to clip', () => {
    for (const [clip, far] of [
      [true, 1],
      [false, 4.5],
    ] as const) {
      const scaling = learned(new MinMaxScaling(clip), [[2], [4]]);
      expect(scaling.scaled(0, 11)).toBe(far);
      expect(scaling.scaled(0, 3)).toBe(0.5);
    }
  });
});
