import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PassiveAggressiveClasses } from '../../../actors/lib/learn/passive-aggressive-classes.ts';
import { tries } from '../../support/thorough.ts';
import { probabilities, progressive, teach, threeClasses, twoClasses } from './classes.ts';
import { HARD } from './hard-rows.ts';
import { rowOf, sparseRow } from './rows.ts';

const OPTIONS = { variant: 'I', aggressiveness: 0.1 } as const;
const SECOND = { ...OPTIONS, variant: 'II' } as const;

function close(actual: Iterable<number>, expected: readonly number[], digits: number): void {
  for (const [j, weight] of [...actual].entries()) expect(weight).toBeCloseTo(expected[j] as number, digits);
}

describe('passive-aggressive classification', () => {
  // River 0.26.1, linear_model.PAClassifier(C=.1, mode=1 and 2, learn_intercept=False) with a feature of 1 for the constant: weights.
  // scikit-learn 1.9.1, SGDClassifier(penalty=None, learning_rate='pa1' and 'pa2', eta0=.1), gives the same.
  test.each([
    [OPTIONS, [0.110915431, 1.240436857, -0.587959391, 0.069954872]],
    [SECOND, [0.106904035, 0.263926839, -0.202596926, -0.224882938]],
  ] as const)('of two classes is what River gives: %o', (options, expected) => {
    const model = teach(new PassiveAggressiveClasses(options), twoClasses(500), 2);
    const [first, second] = [model.weights(0), model.weights(1)];
    close(
      second.map((weight, j) => weight - (first[j] as number)),
      expected,
      8,
    );
  });

  // The paper's multi-prototype PA-I and PA-II (section 7, with the highest other class) written with NumPy 2.4.6 arrays, C = .1.
  test.each([
    [
      OPTIONS,
      [
        [-0.02603792, 1.07714029, -0.16972147, 0.07650228],
        [-0.31329818, -0.0890281, 1.0130637, -0.36202913],
        [0.3393361, -0.98811219, -0.84334223, 0.28552685],
      ],
    ],
    [
      SECOND,
      [
        [0.01041917, 0.5342322, -0.26610066, -0.03131379],
        [-0.24810342, 0.17823778, 0.6536547, -0.30632854],
        [0.23768425, -0.71246997, -0.38755403, 0.33764233],
      ],
    ],
  ] as const)('of three classes is what the paper’s equations give: %o', (options, expected) => {
    const model = teach(new PassiveAggressiveClasses(options), threeClasses(500), 3);
    for (const [k, weights] of expected.entries()) close(model.weights(k), weights, 7);
  });

  test('a step without bounds brings the class 1 above that which was the highest of the others', () => {
    const row = fc.record({
      x: fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 2 }),
      y: fc.nat(4),
    });
    const property = fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
      const model = new PassiveAggressiveClasses({ variant: 'I', aggressiveness: 1e9 });
      const scoresOf = ([a = 0, b = 0]: number[]) =>
        [0, 1, 2, 3, 4].map((k) => {
          const [constant = 0, first = 0, second = 0] = model.weights(k);
          return constant + first * a + second * b;
        });
      for (const { x, y } of rows) {
        const others = scoresOf(x).map((score, k) => (k === y ? Number.NEGATIVE_INFINITY : score));
        const before = scoresOf(x)[y] as number;
        model.learn(rowOf(...x), y, 5);
        const after = scoresOf(x);
        const lead = (after[y] as number) - (after[others.indexOf(Math.max(...others))] as number);
        expect(lead).toBeCloseTo(Math.max(1, before - Math.max(...others)), 6);
      }
    });
    fc.assert(property, { numRuns: tries(60), seed: 2 });
  });

  test('classes and features that come late keep what is known', () => {
    const model = teach(new PassiveAggressiveClasses(OPTIONS), twoClasses(1000), 2);
    const before = probabilities(model, rowOf(0.3, -0.2, 0.1), 2);
    model.learn(sparseRow(40, [[39, 1]]), 2, 3);
    const after = probabilities(model, rowOf(0.3, -0.2, 0.1), 2);
    expect(Math.abs((after[0] as number) - (before[0] as number))).toBeLessThan(0.05);
    expect(progressive(new PassiveAggressiveClasses(OPTIONS), threeClasses(3000), 3)).toBeGreaterThan(0.5);
  });

  test.each(Object.keys(HARD))('stays finite: %s', (name) => {
    for (const options of [OPTIONS, SECOND]) {
      const model = new PassiveAggressiveClasses(options);
      let seen = 0;
      for (const { x, side } of HARD[name]?.() ?? []) {
        if (++seen % 7 === 0) expect(probabilities(model, x, 2).every((p) => p >= 0 && p <= 1)).toBe(true);
        model.learn(x, side > 0 ? 1 : 0, 2);
      }
      for (const k of [0, 1]) expect(model.weights(k).every(Number.isFinite)).toBe(true);
    }
  });

  test('a restored model goes on bit for bit; merging is a mean by rows', () => {
    const model = teach(new PassiveAggressiveClasses(OPTIONS), threeClasses(500), 3);
    const again = PassiveAggressiveClasses.restore(OPTIONS, structuredClone(model.save()));
    for (const one of [model, again]) one.learn(rowOf(0.3, 0.1, 0.9), 2, 3);
    expect(again.save()).toEqual(model.save());
    const property = fc.property(fc.nat(200), fc.integer({ min: 2, max: 4 }), (n, classes) => {
      const one = teach(new PassiveAggressiveClasses(OPTIONS), threeClasses(n, 5), 3);
      const other = new PassiveAggressiveClasses(OPTIONS);
      for (const { x, y } of twoClasses(120)) other.learn(sparseRow(5, Object.entries([...x, 1, 2])), y, classes);
      const a = [0, 1, 2].map((k) => [...one.weights(k)]);
      const b = [0, 1, 2].map((k) => (k < classes ? [...other.weights(k)] : []));
      one.merge(other);
      expect(one.rows).toBe(n + 120);
      for (const k of [0, 1, 2]) {
        close(
          one.weights(k),
          Array.from({ length: 6 }, (_, j) => (n * (a[k]?.[j] ?? 0) + 120 * (b[k]?.[j] ?? 0)) / (n + 120)),
          10,
        );
      }
    });
    fc.assert(property, { numRuns: tries(30), seed: 6 });
  });
});
