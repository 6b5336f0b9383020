import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CovarianceModel } from '../../../actors/lib/learn/covariance-model.ts';
import { prng } from '../../../src/base/prng.ts';
import { learned, ROWS, rowOf, sparseRow } from './rows.ts';

const matrix = (n: number) => [...Array(n).keys()];
const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 3, maxLength: 3 });
const tables = fc.array(values, { minLength: 0, maxLength: 30 });

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
