import fc from 'fast-check';
import { Matrix, solve } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { RlsModel, type RlsOptions } from '../../../actors/lib/learn/rls-model.ts';
import { prng } from '../../../src/base/prng.ts';
import { tries } from '../../support/thorough.ts';
import { EQUAL_ROWS } from './hard-rows.ts';
import { rowOf } from './rows.ts';

const OPTIONS: RlsOptions = { forgetting: 1, ridge: 1, clip: 0 };

interface Row {
  x: number[];
  y: number[];
}

function learned(rows: readonly Row[], options: RlsOptions): RlsModel {
  const model = new RlsModel(options, rows[0]?.y.length ?? 1);
  for (const { x, y } of rows) model.learn(rowOf(...x), Float64Array.from(y));
  return model;
}

/** The same by the normal equations: (X'ΛX + λᵗ·R) w = X'Λy, a column of ones first, without a penalty of its own. */
function normal(rows: readonly Row[], { forgetting, ridge }: RlsOptions, target: number): number[] {
  const d = Math.max(...rows.map(({ x }) => x.length)) + 1;
  const full = new Matrix(rows.map(({ x }) => Array.from({ length: d }, (_, j) => (j === 0 ? 1 : (x[j - 1] ?? 0)))));
  const weights = rows.map((_, i) => forgetting ** (rows.length - 1 - i));
  const weighted = Matrix.mul(full, Matrix.columnVector(weights).mmul(Matrix.ones(1, d)));
  const penalty = Matrix.diag(Array.from({ length: d }, (_, j) => (j === 0 ? 0 : ridge * forgetting ** rows.length)));
  const left = full.transpose().mmul(weighted).add(penalty);
  const y = Matrix.columnVector(rows.map((row) => row.y[target] as number));
  return solve(left, weighted.transpose().mmul(y)).to1DArray();
}

const rowsOf = (d: number, targets: number) => {
  const value = fc.double({ min: -10, max: 10, noNaN: true });
  const row = fc.record({
    x: fc.array(value, { minLength: d, maxLength: d }),
    y: fc.array(value, { minLength: targets, maxLength: targets }),
  });
  return fc.array(row, { minLength: 1, maxLength: 60 });
};

describe('recursive least squares', () => {
  test.each([1, 0.99, 0.9])('with forgetting %d is what the normal equations give, for each target', (forgetting) => {
    const property = fc.property(rowsOf(3, 2), (rows) => {
      const options = { ...OPTIONS, forgetting };
      const model = learned(rows, options);
      for (const target of [0, 1]) {
        const expected = normal(rows, options, target);
        for (const [j, weight] of model.weights(target).entries()) expect(weight).toBeCloseTo(expected[j] as number, 6);
      }
    });
    fc.assert(property, { numRuns: tries(60) });
  });

  test('five points of a line and no penalty give the sixth', () => {
    const model = new RlsModel({ forgetting: 1, ridge: 0, clip: 0 }, 1);
    for (const x of [1, 2, 3, 4, 5]) model.learn(rowOf(x), Float64Array.of(x));
    const out = new Float64Array(1);
    model.predict(rowOf(6), out);
    expect(out[0]).toBeCloseTo(6, 12);
  });

  test('a feature that is first seen late had been zero before', () => {
    const random = prng(1);
    const rows = Array.from({ length: 200 }, (_, i) => {
      const x = Array.from({ length: i < 100 ? 2 : 12 }, () => random() * 2 - 1);
      return { x, y: [x.reduce((sum, v, j) => sum + v * j, 1) + random() * 0.1] };
    });
    const weights = learned(rows, OPTIONS).weights();
    for (const [j, expected] of normal(rows, OPTIONS, 0).entries()) expect(weights[j]).toBeCloseTo(expected, 9);
  });

  test('stays finite over equal rows without end, and learns a new direction at once', () => {
    const model = new RlsModel({ forgetting: 0.97, ridge: 1, clip: 0 }, 1);
    const [x, y] = [rowOf(3, 0), Float64Array.of(7)];
    for (let i = 0; i < EQUAL_ROWS; i++) model.learn(x, y);
    for (let i = 0; i < 30; i++) model.learn(rowOf(0, i % 3), Float64Array.of(1 + 2 * (i % 3)));
    const out = new Float64Array(1);
    model.predict(rowOf(0, 5), out);
    expect(out[0]).toBeCloseTo(11, 1);
    expect(model.weights().every(Number.isFinite)).toBe(true);
  });

  test('columns of any size together are fitted', () => {
    const random = prng(2);
    const model = new RlsModel({ forgetting: 1, ridge: 0, clip: 0 }, 1);
    for (let i = 0; i < 2000; i++) {
      const [a, b, c] = [random() * 1e-6, random(), random() * 1e9];
      model.learn(rowOf(a, b, c), Float64Array.of(2e6 * a + 3 * b - 4e-9 * c + 5));
    }
    const [constant, a, b, c] = model.weights();
    expect(constant).toBeCloseTo(5, 6);
    expect((a as number) / 2e6).toBeCloseTo(1, 4);
    expect(b).toBeCloseTo(3, 6);
    expect((c as number) * 1e9).toBeCloseTo(-4, 6);
  });

  test('wild targets hardly move it when they are clipped', () => {
    const shift = (clip: number) => {
      const random = prng(3);
      const model = new RlsModel({ ...OPTIONS, clip }, 1);
      for (let i = 0; i < 3000; i++) {
        const x = random() * 2 - 1;
        const wild = random() < 0.01 ? 1000 : 0;
        model.learn(rowOf(x), Float64Array.of(2 * x + 1 + (random() - 0.5) * 0.2 + wild));
      }
      return Math.abs((model.weights()[0] as number) - 1);
    };
    expect(shift(3)).toBeLessThan(0.05);
    expect(shift(0)).toBeGreaterThan(3);
  });

  test('says the same of a row whatever its own target is, at once or in turn', () => {
    const random = prng(9);
    const out = new Float64Array(1);
    const said = new Float64Array(1);
    for (const y of [0, 1e6, 1e17, -1e50]) {
      const model = new RlsModel(OPTIONS, 1);
      for (let i = 0; i < 50; i++) model.learn(rowOf(random(), random()), Float64Array.of(random()));
      model.predict(rowOf(0.5, 0.25), out);
      model.step(rowOf(0.5, 0.25), Float64Array.of(y), said);
      expect(said[0]).toBeCloseTo(out[0] as number, 12);
    }
  });

  test('a restored model goes on bit for bit', () => {
    const random = prng(4);
    const row = () => rowOf(...Array.from({ length: 5 }, () => random() * 2 - 1));
    const options = { forgetting: 0.99, ridge: 0.5, clip: 3 };
    const model = new RlsModel(options, 2);
    const [x, y] = [() => row(), () => Float64Array.of(random(), random())];
    for (let i = 0; i < 300; i++) model.learn(x(), y());
    const again = RlsModel.restore(options, structuredClone(model.save()));
    for (let i = 0; i < 300; i++) {
      const [one, targets] = [x(), y()];
      model.learn(one, targets);
      again.learn(one, targets);
    }
    expect(again.save()).toEqual(model.save());
  });
});
