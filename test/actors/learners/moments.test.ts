import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import standardScaler from '../../../actors/learners/standard-scaler.ts';
import { CovarianceModel } from '../../../actors/lib/learn/covariance-model.ts';
import { MinMaxScaling } from '../../../actors/lib/learn/min-max-scaling.ts';
import { RobustScaling } from '../../../actors/lib/learn/robust-scaling.ts';
import type { Scaling } from '../../../actors/lib/learn/scaler.ts';
import { StandardScaling } from '../../../actors/lib/learn/standard-scaling.ts';
import { prng } from '../../../src/base/prng.ts';
import { OperatorDriver } from '../../../src/testkit/index.ts';
import { congruential, rowOf, sparseRow } from './rows.ts';

/** 500 rows of a linear congruential generator: wide, depending on the first, and large. */
const ROWS = (() => {
  const next = congruential();
  return Array.from({ length: 500 }, () => {
    const [a, b, c] = [next(), next(), next()];
    return [a * 10 - 3, b + a, 1e6 * (c - 0.5)];
  });
})();

function learned<M extends { learn(x: ReturnType<typeof rowOf>): void }>(model: M, rows: readonly number[][]): M {
  for (const row of rows) model.learn(rowOf(...row));
  return model;
}

const scaledOf = (scaling: Scaling, row: readonly number[]) => row.map((value, slot) => scaling.scaled(slot, value));
const OPTIONS = { low: 0.25, high: 0.75 };
const scalings: [string, () => Scaling, (saved: unknown) => Scaling][] = [
  ['standard', () => new StandardScaling(0.99), (saved) => new StandardScaling(0.99, saved)],
  ['min-max', () => new MinMaxScaling(false), (saved) => new MinMaxScaling(false, saved)],
  ['robust', () => new RobustScaling(OPTIONS), (saved) => new RobustScaling(OPTIONS, saved)],
];
const matrix = (n: number) => [...Array(n).keys()];
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
});

describe('covariances', () => {
  // NumPy 2.4: cov(X.T), corrcoef(X.T), and cov(X.T, aweights=.99 ** arange(499, -1, -1)).
  test('are those that NumPy gives, with and without weights', () => {
    const model = learned(new CovarianceModel(1), ROWS);
    const plain = [8.595122282450912, 0.8723315564990128, 75667.29771733622, 0.16979123235328134, 14675.242689449518];
    const [at, pairs] = [
      [
        [0, 0],
        [0, 1],
        [0, 2],
        [1, 1],
        [1, 2],
      ] as const,
      [0.7221009613820805, 0.0917685426331476],
    ];
    for (const [k, [i, j]] of at.entries()) {
      expect((model.covariance(i, j) as number) / (plain[k] as number)).toBeCloseTo(1, 10);
      expect(model.covariance(j, i)).toBe(model.covariance(i, j));
    }
    for (const j of [1, 2]) expect(model.correlation(0, j)).toBeCloseTo(pairs[j - 1] as number, 10);
    const weighted = [8.45347148004878, 0.8339212739206399, 14206.531445915904, 0.1703961268597615, 3782.114842218951];
    const forgetting = learned(new CovarianceModel(0.99), ROWS);
    for (const [k, [i, j]] of at.entries()) {
      expect((forgetting.covariance(i, j) as number) / (weighted[k] as number)).toBeCloseTo(1, 9);
    }
  });

  test('that two learned apart and put together are those of all', () => {
    const property = fc.property(tables, tables, (one, two) => {
      const both = learned(new CovarianceModel(1), [...one, ...two]);
      const merged = learned(new CovarianceModel(1), one);
      merged.merge(learned(new CovarianceModel(1), two));
      expect(merged.rows).toBe(both.rows);
      if (both.rows < 2) return;
      for (const i of matrix(3)) {
        expect(merged.mean(i)).toBeCloseTo(both.mean(i), 9);
        for (const j of matrix(3)) expect(merged.covariance(i, j)).toBeCloseTo(both.covariance(i, j) as number, 6);
      }
    });
    fc.assert(property);
  });

  test('a level first seen late had been 0 before, a number had not been known', () => {
    const late = new CovarianceModel(1);
    const full = new CovarianceModel(1);
    const random = prng(5);
    for (let i = 0; i < 200; i++) {
      const [x, level] = [random() * 10, i >= 100 && i % 3 === 0 ? 1 : 0];
      late.learn(
        sparseRow(
          i < 100 ? 1 : 2,
          level === 1
            ? [
                [0, x],
                [1, 1],
              ]
            : [[0, x]],
        ),
      );
      full.learn(rowOf(x, level));
    }
    for (const [i, j] of [
      [0, 0],
      [0, 1],
      [1, 1],
    ] as const)
      expect(late.covariance(i, j)).toBeCloseTo(full.covariance(i, j) as number, 12);
    const model = learned(new CovarianceModel(1), [[1], [2], [3]]);
    model.learn(rowOf(2, 50));
    expect(model.covariance(1, 1)).toBe(0);
    expect(model.mean(1)).toBe(50);
  });

  test('a restored model goes on bit for bit', () => {
    const wide = Array.from({ length: 300 }, (_, i) => Array.from({ length: 20 }, (_, j) => Math.sin(i * (j + 1))));
    const model = learned(new CovarianceModel(0.99), wide.slice(0, 200));
    const again = learned(CovarianceModel.restore(0.99, structuredClone(model.save())), wide.slice(200));
    expect(again.save()).toEqual(learned(model, wide.slice(200)).save());
  });

  test('stay finite over constants and columns of any size', () => {
    const model = new CovarianceModel(0.99);
    for (let i = 0; i < 10_000; i++)
      model.learn(rowOf(3, 1e-6 * (i % 5), 1e9 * (i % 7), i === 5000 ? 1e50 : 0, 1e-6 * (i % 5)));
    for (const i of matrix(5)) {
      for (const j of matrix(5)) {
        expect(Number.isFinite(model.covariance(i, j))).toBe(true);
        const r = model.correlation(i, j);
        if (r !== null) expect(Math.abs(r)).toBeLessThanOrEqual(1);
      }
    }
    expect(model.correlation(0, 1)).toBe(null);
    expect(model.correlation(1, 4)).toBeCloseTo(1, 12);
  });
});
