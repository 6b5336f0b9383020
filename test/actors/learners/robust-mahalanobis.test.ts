import fc from 'fast-check';
import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import robustMahalanobis from '../../../actors/learners/robust-mahalanobis.ts';
import { MahalanobisModel, type MahalanobisOptions } from '../../../actors/lib/learn/mahalanobis-model.ts';
import { RunningThreshold } from '../../../actors/lib/learn/running-threshold.ts';
import { prng } from '../../../src/base/prng.ts';
import { OperatorDriver } from '../../../src/testkit/index.ts';
import { rowOf } from './rows.ts';

const OPTIONS: MahalanobisOptions = { forgetting: 0.99, far: 3, start: 20, ridge: 1e-12 };

function scores(model: MahalanobisModel, rows: readonly number[][]): (number | null)[] {
  return rows.map((values) => {
    const x = rowOf(...values);
    const score = model.score(x);
    model.learn(x, score);
    return score;
  });
}

/** Three features, the third near the sum of the others, and every 50th row against that. */
function rows(n: number, seed: number): number[][] {
  const random = prng(seed);
  return Array.from({ length: n }, (_, i) => {
    const [a, b] = [10 * random(), random() - 0.5];
    return [a, b, a + b + 0.1 * random() + (i % 50 === 49 ? 5 : 0)];
  });
}

/** The same with the covariance as a matrix, its inverse, and no first variance. */
function byMatrices(all: readonly number[][], { forgetting, far, start }: MahalanobisOptions): (number | null)[] {
  const d = 3;
  let mean = Matrix.zeros(1, d);
  let scatter = Matrix.zeros(d, d);
  return all.map((values, i) => {
    const q = Matrix.rowVector([...values]).sub(mean);
    const score = i < start ? null : q.mmul(inverse(scatter)).mmul(q.transpose()).get(0, 0) / d;
    const trust = score !== null && score > far ? far / score : 1;
    const rate = i < start ? 1 / (i + 1) : 1 - forgetting;
    scatter = Matrix.mul(scatter, 1 - rate).add(
      q
        .transpose()
        .mmul(q)
        .mul(rate * trust * (1 - rate)),
    );
    mean = Matrix.add(mean, Matrix.mul(q, rate * trust));
    return score;
  });
}

const row = fc.array(
  fc.integer({ min: -1e6, max: 1e6 }).map((x) => x / 1e4),
  { minLength: 3, maxLength: 3 },
);
/** No more than count alike. */
const table = fc.array(row, { minLength: 1, maxLength: OPTIONS.start });

/** Mean and R'D R of what a model saves. */
function momentsOf(model: MahalanobisModel): { mean: Matrix; covariance: Matrix } {
  const { mean, scatter } = model.save();
  const d = mean.length;
  const r = Matrix.eye(d);
  for (let i = 0; i < d; i++) for (let j = i + 1; j < d; j++) r.set(i, j, scatter[(1 + i) * d + j] as number);
  const diagonal = Matrix.diag([...scatter.subarray(0, d)]);
  return { mean: Matrix.rowVector([...mean]), covariance: r.transpose().mmul(diagonal).mmul(r) };
}

describe('robust Mahalanobis', () => {
  test('scores what the inverse of the covariance gives, once the first variances are forgotten', () => {
    const all = rows(3000, 1);
    const expected = byMatrices(all, OPTIONS);
    const actual = scores(new MahalanobisModel(OPTIONS), all);
    for (let i = 0; i < OPTIONS.start; i++) expect(actual[i]).toBe(null);
    for (let i = 2000; i < 3000; i++) expect((actual[i] as number) / (expected[i] as number)).toBeCloseTo(1, 6);
  });

  test('far rows hardly move it, a change that lasts is learned', () => {
    const model = new MahalanobisModel({ ...OPTIONS, ridge: 0.01 });
    scores(model, rows(500, 2));
    const wild = scores(model, [...Array(5).fill([1e6, -1e6, 1e6]), [5, 0, 5.05]]);
    for (const one of wild.slice(0, 5)) expect(one).toBeGreaterThan(1000);
    expect(wild[5]).toBeLessThan(3);
    const moved = scores(
      model,
      rows(2000, 3).map(([a, b, c]) => [(a as number) + 300, b as number, (c as number) + 300]),
    );
    expect(moved[0]).toBeGreaterThan(100);
    const late = moved.slice(-200).filter((one) => (one as number) > 3).length;
    expect(late).toBeLessThan(10);
  });

  test('a feature that varies for the first time is unusual, by 100 / d', () => {
    const model = new MahalanobisModel({ ...OPTIONS, ridge: 0.01 });
    const random = prng(4);
    scores(
      model,
      Array.from({ length: 300 }, () => [random(), 7]),
    );
    const [usual, first] = scores(model, [
      [0.5, 7],
      [0.5, 7.001],
    ]) as [number, number];
    expect(usual).toBeLessThan(1);
    expect(first).toBeCloseTo(50, 0);
  });

  test.each([1, 1e9, 1e-6])('scores do not depend on the unit of features: times %d', (unit) => {
    const options = { ...OPTIONS, ridge: 0.01 };
    const [one, other] = [rows(1000, 5), rows(1000, 5).map(([a, b, c]) => [(a as number) * unit, b, c] as number[])];
    const [plain, scaled] = [scores(new MahalanobisModel(options), one), scores(new MahalanobisModel(options), other)];
    for (let i = 100; i < 1000; i++) expect((scaled[i] as number) / (plain[i] as number)).toBeCloseTo(1, 6);
  });

  test('stays finite over equal rows without end, duplicate columns, late features and wild values', () => {
    const model = new MahalanobisModel({ ...OPTIONS, ridge: 0.01 });
    const x = rowOf(3, 3, 0);
    for (let i = 0; i < 200_000; i++) model.learn(x, model.score(x));
    const random = prng(6);
    for (let i = 0; i < 2000; i++) {
      const a = random();
      const wild = i % 500 === 499 ? 1e50 : a * 1e9;
      const row = i < 1000 ? rowOf(a, a, wild) : rowOf(a, a, wild, 1e-6 * random());
      const score = model.score(row) as number;
      expect(Number.isFinite(score)).toBe(true);
      model.learn(row, score);
    }
    expect(model.score(rowOf(0.5, 0.5, 5e8, 5e-7))).toBeLessThan(20);
  });

  test('what two learned apart and put together has the pooled mean and covariance', () => {
    const property = fc.property(table, table, (one, two) => {
      const [a, b] = [new MahalanobisModel(OPTIONS), new MahalanobisModel(OPTIONS)];
      scores(a, one);
      scores(b, two);
      const share = two.length / (one.length + two.length);
      const [p, q] = [momentsOf(a), momentsOf(b)];
      const off = Matrix.sub(q.mean, p.mean);
      const mean = Matrix.add(p.mean, Matrix.mul(off, share));
      const between = off
        .transpose()
        .mmul(off)
        .mul(share * (1 - share));
      const covariance = Matrix.mul(p.covariance, 1 - share)
        .add(Matrix.mul(q.covariance, share))
        .add(between);
      a.merge(b);
      const merged = momentsOf(a);
      expect(Matrix.sub(merged.mean, mean).max()).toBeLessThan(1e-9);
      const size = 1 + covariance.max();
      expect(Matrix.sub(merged.covariance, covariance).abs().max() / size).toBeLessThan(1e-9);
      expect(a.rows).toBe(one.length + two.length);
    });
    fc.assert(property);
  });

  test('a restored model goes on bit for bit', () => {
    const model = new MahalanobisModel(OPTIONS);
    scores(model, rows(200, 7));
    const again = MahalanobisModel.restore(OPTIONS, structuredClone(model.save()));
    expect(scores(again, rows(200, 8))).toEqual(scores(model, rows(200, 8)));
    expect(again.save()).toEqual(model.save());
  });

  test('the stage tells the share that it is to tell, and the odd records among it', () => {
    const driver = new OperatorDriver(robustMahalanobis, { quantile: 0.95 });
    const all = rows(5000, 9);
    for (const [a, b, c] of all) driver.push({ a, b, c });
    driver.end();
    const told = driver.take().map(({ anomaly }) => anomaly === true);
    const share = told.slice(1000).filter(Boolean).length / 4000;
    expect(share).toBeGreaterThan(0.03);
    expect(share).toBeLessThan(0.07);
    for (let i = 1049; i < 5000; i += 50) expect(told[i]).toBe(true);
  });
});

describe('a running threshold', () => {
  test('is infinite until one value is expected beyond it, and follows what values are like', () => {
    const threshold = new RunningThreshold(0.99);
    const random = prng(10);
    for (let i = 0; i < 99; i++) threshold.add(random());
    expect(threshold.value).toBe(Number.POSITIVE_INFINITY);
    for (let i = 0; i < 20_000; i++) threshold.add(random());
    expect(threshold.value).toBeCloseTo(0.99, 2);
    for (let i = 0; i < 20_000; i++) threshold.add(5 + random());
    expect(threshold.value).toBeCloseTo(5.99, 2);
    const again = new RunningThreshold(0.99, structuredClone(threshold.save()));
    for (let i = 0; i < 7000; i++) {
      const value = random();
      threshold.add(value);
      again.add(value);
      expect(again.value).toBe(threshold.value);
    }
  });
});
