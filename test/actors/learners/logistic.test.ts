import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogisticModel, type LogisticOptions } from '../../../actors/lib/learn/logistic-model.ts';
import { NewtonModel } from '../../../actors/lib/learn/newton-model.ts';
import { prng } from '../../../src/base/prng.ts';
import { tries } from '../../support/thorough.ts';
import { type Labelled, probabilities, progressive, teach, threeClasses, twoClasses } from './classes.ts';
import { HARD } from './hard-rows.ts';
import { rowOf, sparseRow } from './rows.ts';

const OPTIONS: LogisticOptions = {
  order: 'second',
  second: { forgetting: 1, l2: 0.1 },
  first: { rate: 0.5, adaptive: true, l1: 0, l2: 0 },
};
const FIRST: LogisticOptions = { ...OPTIONS, order: 'first' };

describe('logistic regression of second order', () => {
  // scikit-learn 1.9.1, LogisticRegression(C=1e6, tol=1e-10).fit on all 4,000 rows: predict_proba. One pass comes near it.
  test('in one pass comes to what scikit-learn finds by many, of two classes', () => {
    const model = teach(new LogisticModel(OPTIONS), twoClasses(4000), 2);
    expect(probabilities(model, rowOf(0.1, 0.2, 0.3), 2)[1]).toBeCloseTo(0.59037513, 1.7);
  });

  test('and of three', () => {
    const model = teach(new LogisticModel(OPTIONS), threeClasses(4000), 3);
    const expected = [
      [0.36804266, 0.46672607, 0.16523127],
      [0.08049849, 0.37967256, 0.53982895],
      [0.42986191, 0.53445993, 0.03567817],
    ];
    for (const [i, x] of [
      [0.1, 0.2, 0.3],
      [-0.5, 0.2, 0],
      [0.4, 0.5, 0.1],
    ].entries()) {
      for (const [k, p] of probabilities(model, rowOf(...x), 3).entries()) {
        expect(Math.abs(p - ((expected[i] as number[])[k] as number))).toBeLessThan(0.07);
      }
    }
  });

  test('a concept turned round at once is learned anew within 300 rows', () => {
    const model = teach(new LogisticModel({ ...OPTIONS, second: { forgetting: 0.99, l2: 0.1 } }), twoClasses(4000), 2);
    const turned = twoClasses(1300, 11).map(({ x, y }) => ({ x, y: 1 - y }));
    const steady = progressive(teach(new LogisticModel(OPTIONS), twoClasses(4000), 2), twoClasses(1300, 11), 2);
    teach(model, turned.slice(0, 300), 2);
    expect(progressive(model, turned.slice(300), 2)).toBeGreaterThan(steady - 0.1 * (1 - steady));
  });

  test('slots that a row has nothing in are zero, however many there are', () => {
    const model = new LogisticModel(OPTIONS);
    for (let i = 0; i < 40; i++) model.learn(sparseRow(i < 20 ? 5 : 60, [[i % 3, 1]]), i % 3, 3);
    expect(probabilities(model, sparseRow(60, [[1, 1]]), 3)[1]).toBeGreaterThan(0.6);
  });

  test('two models merged are as near as one that has seen all', () => {
    const rows = threeClasses(3000);
    const [a, b] = [new NewtonModel(OPTIONS.second), new NewtonModel(OPTIONS.second)];
    for (const [model, part] of [
      [a, rows.slice(0, 1500)],
      [b, rows.slice(1500).map(({ x, y }) => ({ x: [...x], y }))],
    ] as [NewtonModel, Labelled[]][]) {
      model.fit(
        part.slice(0, 100).map(({ x }) => Float64Array.from(x)),
        3,
      );
      teach(model, part, 3);
    }
    a.merge(b);
    const whole = teach(new LogisticModel(OPTIONS), rows, 3);
    for (const x of [rowOf(0.1, 0.2, 0.3), rowOf(-0.5, 0.2, 0)]) {
      const expected = probabilities(whole, x, 3);
      for (const [k, p] of probabilities(a, x, 3).entries())
        expect(Math.abs(p - (expected[k] as number))).toBeLessThan(0.05);
    }
  });

  test('what another knows by other scales is carried over to those here', () => {
    const random = prng(6);
    // Two of three classes are told by each column alone; scales are fitted to columns that are small here, and large and far off there.
    const part = (n: number) =>
      Array.from({ length: n }, () => {
        const x = [random() * 4 - 2, random() * 40 + 80];
        return { x, y: (x[1] as number) > 100 ? 2 : (x[0] as number) > 0 ? 1 : 0 };
      });
    const fitted = (scale: number, shift: number) => {
      const model = new NewtonModel(OPTIONS.second);
      const rows = Array.from({ length: 100 }, () => Float64Array.of(random() * scale, random() * scale + shift));
      model.fit(rows, 2);
      return model;
    };
    const there = teach(fitted(40, 80), part(2000), 3);
    const asked = part(300);
    const before = asked.map(({ x }) => probabilities(there, rowOf(...x), 3));
    const here = teach(fitted(1, 90), part(5), 3);
    here.merge(there);
    for (const [i, { x }] of asked.entries()) {
      for (const [k, p] of probabilities(here, rowOf(...x), 3).entries())
        expect(Math.abs(p - (before[i]?.[k] as number))).toBeLessThan(0.03);
    }
  });

  test('merging with one that has learned nothing changes no answer, merging equals keeps them', () => {
    const value = fc.double({ min: -5, max: 5, noNaN: true });
    const row = fc.record({ x: fc.array(value, { minLength: 2, maxLength: 2 }), y: fc.nat(2) });
    const property = fc.property(fc.array(row, { minLength: 5, maxLength: 60 }), (rows) => {
      const model = teach(new LogisticModel(OPTIONS), rows, 3);
      const before = probabilities(model, rowOf(0.3, -0.4), 3);
      model.merge(new LogisticModel(OPTIONS));
      model.merge(teach(new LogisticModel(OPTIONS), rows, 3));
      for (const [k, p] of probabilities(model, rowOf(0.3, -0.4), 3).entries())
        expect(p).toBeCloseTo(before[k] as number, 6);
    });
    fc.assert(property, { numRuns: tries(40) });
  });

  test('goes on by steps of first order when features get many, with the weights it has', () => {
    const model = teach(new LogisticModel(OPTIONS), twoClasses(2000), 2);
    const before = probabilities(model, rowOf(0.4, -0.3, 0.2), 2)[1] as number;
    model.learn(
      sparseRow(300, [
        [0, 0.1],
        [299, 1],
      ]),
      1,
      2,
    );
    const after = probabilities(model, rowOf(0.4, -0.3, 0.2), 2)[1] as number;
    expect(Math.abs(after - before)).toBeLessThan(0.05);
    expect(progressive(model, twoClasses(1000, 5), 2)).toBeGreaterThan(0.63);
  });
});

describe.each([
  ['second', OPTIONS],
  ['second, forgetting', { ...OPTIONS, second: { forgetting: 0.97, l2: 0.1 } }],
  ['first', FIRST],
] as const)('logistic regression of order %s', (_, options) => {
  test.each(Object.keys(HARD))('stays finite and learns: %s', (name) => {
    const model = new LogisticModel(options);
    let [right, seen] = [0, 0];
    for (const { x, side } of HARD[name]?.() ?? []) {
      const y = side > 0 ? 1 : 0;
      if (++seen % 7 === 0 || seen > 1_000_100) {
        const p = probabilities(model, x, 2);
        expect(p.every((one) => one >= 0 && one <= 1)).toBe(true);
      }
      model.learn(x, y, 2);
      if ((probabilities(model, x, 2)[y] as number) > 0.5) right++;
    }
    if (!name.startsWith('rows without') && !name.startsWith('numbers')) expect(right / seen).toBeGreaterThan(0.85);
  });

  test('a restored model goes on bit for bit, from any row', () => {
    const random = prng(4);
    for (const first of [3, 64, 100, 300]) {
      const rows = Array.from({ length: first + 200 }, () => ({
        x: [random(), random() * 5, random() > 0.5 ? 1 : 0],
        y: Math.floor(random() * 3),
      }));
      const model = teach(new LogisticModel(options), rows.slice(0, first), 3);
      const again = LogisticModel.restore(options, structuredClone(model.save()));
      for (const { x, y } of rows.slice(first)) {
        expect(probabilities(again, rowOf(...x), 3)).toEqual(probabilities(model, rowOf(...x), 3));
        model.learn(rowOf(...x), y, 3);
        again.learn(rowOf(...x), y, 3);
      }
      expect(again.save()).toEqual(model.save());
    }
  });
});
