import { expect, test } from 'vitest';
import { entropy, gini } from '../../../actors/lib/learn/impurity.ts';
import { normalShare } from '../../../actors/lib/learn/normal.ts';

test('the share of a normal distribution below a point is Python’s 0.5 * math.erfc(-z / math.sqrt(2))', () => {
  for (const [z, share] of [
    [-9, 1.1285884059538422e-19],
    [-7.5, 3.19089167291092e-14],
    [-3, 0.0013498980316300957],
    [-0.1, 0.460172162722971],
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [2, 0.9772498680518208],
    [6.9, 0.9999999999973999],
  ] as const) {
    expect(Math.abs(normalShare(z) - share)).toBeLessThan(1e-15 + 1e-8 * share * Number(z < -3));
  }
  expect([normalShare(-40), normalShare(40), normalShare(-1e300)]).toEqual([0, 1, 0]);
});

test('impurity, by hand', () => {
  expect(entropy(Float64Array.of(1, 1, 2), 3, 4)).toBeCloseTo(1.5, 15);
  expect(entropy(Float64Array.of(0, 7), 2, 7)).toBe(0);
  expect(gini(Float64Array.of(1, 1, 2), 3, 4)).toBeCloseTo(0.625, 15);
});
