import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  mergedCentres,
  scatteredCentres,
  settle,
  squaredDistance,
  type Table,
} from '../../../actors/lib/learn/centres.ts';
import { KMeansModel, type KMeansOptions } from '../../../actors/lib/learn/k-means-model.ts';
import { prng } from '../../../src/base/prng.ts';
import { congruential, rowOf, sparseRow } from './rows.ts';

const OPTIONS: KMeansOptions = { k: 3, step: 0.05, start: 60, seed: 1 };

const table = (rows: readonly number[][]): Table => ({
  flat: Float64Array.from(rows.flat()),
  rows: rows.length,
  d: rows[0]?.length ?? 0,
});

/** 300 points around three places, in turn. */
function places(): number[][] {
  const next = congruential();
  return Array.from({ length: 300 }, (_, i) => [next() + 2 * (i % 3), next() - (i % 3)]);
}

/** Points around places that go on by `speed` with each. */
function blobs(n: number, seed: number, speed = 0, at = [0, 20, 40]): number[][] {
  const random = prng(seed);
  return Array.from({ length: n }, (_, i) => [(at[i % at.length] as number) + speed * i + random(), random()]);
}

function learned(rows: readonly number[][], options = OPTIONS): KMeansModel {
  const model = new KMeansModel(options);
  for (const row of rows) model.learn(rowOf(...row));
  return model;
}

const centresOf = (model: KMeansModel, k = 3) =>
  Array.from({ length: k }, (_, j) => model.centre(j)[0] as number).toSorted((a, b) => a - b);

describe('k-means', () => {
  // scikit-learn 1.9.1: KMeans(3, init=X[:3], n_init=1, algorithm='lloyd', tol=0).fit(X).
  test('settles where scikit-learn does', () => {
    const data = table(places());
    const centres = table(places().slice(0, 3));
    const inertia = settle(data, centres, 100);
    const expected = [
      [0.4947434381581828, 0.47127683404833143],
      [2.517673835363239, -0.509039847254753],
      [4.491914289910345, -1.4805774596706027],
    ];
    for (const [i, one] of expected.flat().entries()) expect(centres.flat[i]).toBeCloseTo(one, 10);
    expect(inertia).toBeCloseTo(47.95898068238566, 8);
  });

  test('first centres are rows, spread over the data', () => {
    const data = table(blobs(300, 1));
    for (let seed = 0; seed < 20; seed++) {
      const centres = scatteredCentres(data, 3, prng(seed));
      const blob = new Set([0, 1, 2].map((j) => Math.round((centres.flat[2 * j] as number) / 20)));
      expect(blob.size).toBe(3);
    }
  });

  test('finds clusters, says which is the nearest and how far', () => {
    const model = learned(blobs(300, 2));
    for (const [i, one] of centresOf(model).entries()) expect(Math.abs(one - 20 * i - 0.5)).toBeLessThan(0.2);
    const j = model.predict(rowOf(21, 1));
    const [x, y] = model.centre(j) as unknown as [number, number];
    expect(Math.round(x / 20)).toBe(1);
    expect(model.distance).toBeCloseTo(Math.hypot(21 - x, 1 - y), 12);
  });

  test('follows clusters that move, keeping their numbers', () => {
    const model = learned(blobs(300, 3));
    const before = [0.5, 20.5, 40.5].map((x) => model.predict(rowOf(x, 0.5)));
    for (const row of blobs(5000, 4, 0.01)) model.learn(rowOf(...row));
    const after = [50.5, 70.5, 90.5].map((x) => model.predict(rowOf(x, 0.5)));
    expect(after).toEqual(before);
    expect(model.distance).toBeLessThan(2);
  });

  test('gives a centre that has died to a cluster that is born', () => {
    const model = learned(blobs(300, 5));
    for (const row of blobs(1000, 6, 0, [0, 20, 500])) model.learn(rowOf(...row));
    for (const [i, one] of centresOf(model).entries()) expect(Math.abs(one - [0.5, 20.5, 500.5][i]!)).toBeLessThan(0.3);
  });

  test('centres put together keep their weight and their mean', () => {
    const value = fc.double({ min: -100, max: 100, noNaN: true });
    const centre = fc.record({ at: fc.tuple(value, value), weight: fc.integer({ min: 1, max: 1000 }) });
    const some = fc.array(centre, { minLength: 2, maxLength: 12 });
    const property = fc.property(some, fc.integer({ min: 1, max: 5 }), (all, k) => {
      const centres = table(all.map(({ at }) => [...at]));
      const weights = Float64Array.from(all, ({ weight }) => weight);
      const left = mergedCentres(centres, weights, k);
      expect(left.length).toBe(Math.min(k, all.length));
      const total = all.reduce((sum, { weight }) => sum + weight, 0);
      expect(left.reduce((sum, j) => sum + (weights[j] as number), 0)).toBeCloseTo(total, 9);
      for (const c of [0, 1]) {
        const mean = all.reduce((sum, { at, weight }) => sum + (at[c] as number) * weight, 0) / total;
        const merged =
          left.reduce((sum, j) => sum + (centres.flat[2 * j + c] as number) * (weights[j] as number), 0) / total;
        expect(merged).toBeCloseTo(mean, 8);
      }
    });
    fc.assert(property);
  });

  test('what two learned apart is where one that saw all has it', () => {
    const all = blobs(600, 7);
    const [one, two] = [learned(all.slice(0, 300)), learned(all.slice(300))];
    const numbers = [0.5, 20.5, 40.5].map((x) => one.predict(rowOf(x, 0.5)));
    one.merge(two);
    const both = centresOf(learned(all));
    for (const [i, x] of centresOf(one).entries()) expect(Math.abs(x - (both[i] as number))).toBeLessThan(0.2);
    expect([0.5, 20.5, 40.5].map((x) => one.predict(rowOf(x, 0.5)))).toEqual(numbers);
    expect(one.rows).toBe(600);
    const young = learned(all.slice(0, 4));
    young.merge(learned(all.slice(4)));
    expect(young.rows).toBe(600);
    for (const [i, x] of centresOf(young).entries()) expect(Math.abs(x - (both[i] as number))).toBeLessThan(0.5);
  });

  test('a restored model goes on bit for bit', () => {
    const all = blobs(700, 8, 0.02);
    for (const cut of [3, 40, 333]) {
      const model = learned(all.slice(0, cut));
      const again = KMeansModel.restore(OPTIONS, structuredClone(model.save()));
      for (const row of all.slice(cut)) {
        model.learn(rowOf(...row));
        again.learn(rowOf(...row));
      }
      expect(again.save()).toEqual(model.save());
    }
  });

  test('stays finite over equal rows, wild values and features seen late', () => {
    const model = learned(Array(500).fill([3, 3]));
    for (let i = 0; i < 500; i++) model.learn(rowOf(i % 100 === 99 ? 1e50 : 3, 1e-6, 1e9 * (i % 3)));
    for (let i = 0; i < 500; i++)
      model.learn(
        sparseRow(20, [
          [0, i],
          [19, i % 2],
        ]),
      );
    for (let j = 0; j < 3; j++) expect(model.centre(j).every(Number.isFinite)).toBe(true);
    expect(model.centre(0).length).toBe(20);
    model.predict(rowOf(...Array(20).fill(1)));
    expect(Number.isFinite(model.distance)).toBe(true);
    expect(squaredDistance(table([[1, 2]]), 0, table([[4, 6]]), 0)).toBe(25);
  });
});
