import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RlsModel } from '../../../actors/lib/learn/rls-model.ts';
import { prng } from '../../../src/base/prng.ts';
import { tries } from '../../support/thorough.ts';
import { rowOf } from './rows.ts';

const OPTIONS = { forgetting: 1, ridge: 0, clip: 0 };

function fitted(rows: readonly (readonly number[])[]): RlsModel {
  const model = new RlsModel(OPTIONS, 1);
  for (const [y, ...x] of rows) model.learn(rowOf(...x), Float64Array.of(y as number));
  return model;
}

/** J. W. Longley, JASA 1967, as NIST's Statistical Reference Datasets give it: y and x1 … x6. */
const LONGLEY = [
  [60323, 83.0, 234289, 2356, 1590, 107608, 1947],
  [61122, 88.5, 259426, 2325, 1456, 108632, 1948],
  [60171, 88.2, 258054, 3682, 1616, 109773, 1949],
  [61187, 89.5, 284599, 3351, 1650, 110929, 1950],
  [63221, 96.2, 328975, 2099, 3099, 112075, 1951],
  [63639, 98.1, 346999, 1932, 3594, 113270, 1952],
  [64989, 99.0, 365385, 1870, 3547, 115094, 1953],
  [63761, 100.0, 363112, 3578, 3350, 116219, 1954],
  [66019, 101.2, 397469, 2904, 3048, 117388, 1955],
  [67857, 104.6, 419180, 2822, 2857, 118734, 1956],
  [68169, 108.4, 442769, 2936, 2798, 120445, 1957],
  [66513, 110.8, 444546, 4681, 2637, 121950, 1958],
  [68655, 112.6, 482704, 3813, 2552, 123366, 1959],
  [69564, 114.2, 502601, 3931, 2514, 125368, 1960],
  [69331, 115.7, 518173, 4806, 2572, 127852, 1961],
  [70551, 116.9, 554894, 4007, 2827, 130081, 1962],
];
/** The certified values of B0 … B6, of 16 digits. */
const CERTIFIED = [
  -3482258.63459582, 15.0618722713733, -0.035819179292591, -2.02022980381683, -1.03322686717359, -0.0511041056535807,
  1829.15146461355,
];

describe('linear regression', () => {
  test('is right beside a column so small that no double holds its squares, which has no weight', () => {
    const random = prng(5);
    const rows = Array.from({ length: 200 }, () => {
      const a = random() - 0.5;
      return [2 + 3 * a, 1e-160 * (random() - 0.5), a, 5e-324];
    });
    const [constant, small, weight, least] = fitted(rows).weights();
    expect([constant, small, least]).toEqual([expect.closeTo(2, 10), 0, 0]);
    expect(weight).toBeCloseTo(3, 10);
  });

  test('is right with columns of very unlike size', () => {
    const random = prng(6);
    const rows = Array.from({ length: 200 }, () => {
      const [a, b, c] = [random() - 0.5, random() - 0.5, random() - 0.5];
      return [2 + 3 * a - b + 7 * c, 1e-30 * a, 1e45 * b, c];
    });
    const [constant, ...weights] = fitted(rows).weights();
    expect(constant).toBeCloseTo(2, 10);
    for (const [j, expected] of [3e30, -1e-45, 7].entries()) {
      expect((weights[j] as number) / expected).toBeCloseTo(1, 10);
    }
  });

  test("gives Longley's coefficients to 8 digits in one pass", () => {
    const weights = fitted(LONGLEY).weights();
    for (const [j, expected] of CERTIFIED.entries()) {
      expect(Math.abs((weights[j] as number) / expected - 1)).toBeLessThan(1e-8);
    }
  });

  test('gives a weight of zero to what other columns make up, and answers right', () => {
    const random = prng(1);
    const rows = Array.from({ length: 1000 }, () => {
      const [a, b] = [random() * 1e4, random()];
      return [3 * a - b + 7, a, 5, 2 * a + b, b, a];
    });
    const model = fitted(rows);
    const out = new Float64Array(1);
    model.predict(rowOf(10, 5, 20.5, 0.5, 10), out);
    expect(out[0]).toBeCloseTo(3 * 10 - 0.5 + 7, 8);
    expect(model.weights().every((weight) => Math.abs(weight) < 100)).toBe(true);
  });

  test('merged of four parts is what one place learns, to 1e-9', () => {
    const row = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 4, maxLength: 4 });
    const property = fc.property(
      fc.array(row, { minLength: 8, maxLength: 80 }),
      fc.constantFrom(0.5, 1),
      (rows, ridge) => {
        const options = { ...OPTIONS, ridge };
        const whole = new RlsModel(options, 1);
        const parts = Array.from({ length: 4 }, () => new RlsModel(options, 1));
        for (const [i, [y, ...x]] of rows.entries()) {
          whole.learn(rowOf(...x), Float64Array.of(y as number));
          // A part may know its columns in another order.
          const own = i % 4 === 1 ? x.toReversed() : x;
          (parts[i % 4] as RlsModel).learn(rowOf(...own), Float64Array.of(y as number));
        }
        const [first, ...others] = parts as [RlsModel, ...RlsModel[]];
        for (const [i, other] of others.entries()) {
          first.merge(other, { slots: Int32Array.from(i === 0 ? [2, 1, 0] : [0, 1, 2]), d: 3 });
        }
        expect(first.rows).toBe(rows.length);
        const [a, b] = [first.weights(), whole.weights()];
        const size = Math.max(1, ...b.map(Math.abs));
        for (const [j, weight] of a.entries()) expect(Math.abs(weight - (b[j] as number)) / size).toBeLessThan(1e-9);
      },
    );
    fc.assert(property, { numRuns: tries(200), seed: 5 });
  });
});
