import { describe, expect, test } from 'vitest';
import { prng } from '../../../src/base/prng.ts';
import { addToDigest, type Digest, mergeDigest, newDigest, quantileOf } from '../../../src/expr/aggregate/digest.ts';

const QUANTILES = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1];

const random = prng(1);
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const distributions: Readonly<Record<string, (i: number, n: number) => number>> = {
  uniform: () => random(),
  normal: () => normal(),
  'log-normal with a heavy tail': () => Math.exp(3 * normal()),
  ascending: (i) => i,
  descending: (i, n) => n - i,
  'two clusters far apart': () => (random() < 0.7 ? random() : 1e6 + random()),
  'of few values': () => Math.floor(random() * 5),
  constant: () => 42,
  'of very different sizes': () => 10 ** (random() * 9),
};

function digestOf(values: readonly number[]): Digest {
  const digest = newDigest();
  for (const value of values) addToDigest(digest, value);
  return digest;
}

/** How far a value's rank is from a quantile, as a share of all values; 0 anywhere among equal values. */
function rankError(sorted: readonly number[], value: number, q: number): number {
  const below = sorted.filter((each) => each < value).length / sorted.length;
  const upTo = sorted.filter((each) => each <= value).length / sorted.length;
  return q < below ? below - q : q > upTo ? q - upTo : 0;
}

describe.each(Object.entries(distributions))('of 20,000 numbers, %s', (_, draw) => {
  const values = Array.from({ length: 20_000 }, (_, i) => draw(i, 20_000));
  const sorted = Float64Array.from(values).sort();

  test.each(QUANTILES)('quantile %d has nearly the right rank, the sharper the nearer to an end', (q) => {
    const value = quantileOf(digestOf(values), q)!;
    expect(rankError([...sorted], value, q)).toBeLessThan(0.0002 + 0.012 * Math.sqrt(q * (1 - q)));
  });

  test('the ends are exact', () => {
    const digest = digestOf(values);
    expect([quantileOf(digest, 0), quantileOf(digest, 1)]).toEqual([sorted[0], sorted.at(-1)]);
  });

  test('parts merged do as well', () => {
    const parts = Array.from({ length: 16 }, (_, i) => digestOf(values.filter((_, j) => j % 16 === i)));
    const whole = newDigest();
    for (const part of parts) mergeDigest(whole, part);
    for (const q of QUANTILES) {
      expect(rankError([...sorted], quantileOf(whole, q)!, q)).toBeLessThan(0.0002 + 0.02 * Math.sqrt(q * (1 - q)));
    }
  });

  test('it is small, its weights are the count, its means ascend', () => {
    const [, , kept, means, weights] = digestOf(values);
    expect(means.length).toBeLessThanOrEqual(200);
    expect(kept.length + weights.reduce((sum, weight) => sum + weight, 0)).toBe(values.length);
    expect(means).toEqual([...means].sort((a, b) => a - b));
  });
});

describe('of few numbers', () => {
  test.each([1, 2, 3, 10, 99, 200])('quantiles of %d are exact, merged or not', (n) => {
    const values = Array.from({ length: n }, () => normal());
    const sorted = [...values].sort((a, b) => a - b);
    const merged = digestOf(values.slice(0, n >> 1));
    mergeDigest(merged, digestOf(values.slice(n >> 1)));
    for (const q of QUANTILES) {
      const place = q * (n - 1);
      const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
      const exact = low + (high - low) * (place - Math.floor(place));
      expect(quantileOf(digestOf(values), q)).toBe(exact);
      expect(quantileOf(merged, q)).toBe(exact);
    }
  });

  test('of none there is no quantile', () => {
    expect(quantileOf(newDigest(), 0.5)).toBeNull();
    const digest = digestOf([3]);
    mergeDigest(digest, newDigest());
    expect(quantileOf(digest, 0.5)).toBe(3);
  });
});

test('merging leaves the other as it was', () => {
  const other = digestOf(Array.from({ length: 1000 }, (_, i) => i));
  const before = structuredClone(other);
  const digest = newDigest();
  mergeDigest(digest, other);
  addToDigest(digest, 5);
  expect(other).toEqual(before);
});
