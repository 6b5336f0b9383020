import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Quantile } from '../../../actors/lib/learn/quantile.ts';
import { prng } from '../../../src/base/prng.ts';

/** By sorting, between the two nearest as NumPy's quantile. */
function exact(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const below = sorted[low] as number;
  return below + (at - low) * ((sorted[Math.min(low + 1, sorted.length - 1)] as number) - below);
}

function running(values: readonly number[], p: number): Quantile {
  const quantile = new Quantile(p);
  for (const value of values) quantile.add(value);
  return quantile;
}

const normal = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const SHAPES: [string, (random: () => number) => number][] = [
  ['uniform', (random) => random()],
  ['normal', normal],
  ['exponential', (random) => -Math.log(1 - random())],
  ['log-normal', (random) => Math.exp(normal(random))],
];

describe('a running quantile', () => {
  test('is exact for up to five values', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 5 });
    const property = fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (all, p) => {
      expect(running(all, p).value).toBeCloseTo(exact(all, p), 6);
    });
    fc.assert(property);
  });

  for (const [shape, draw] of SHAPES) {
    test.each([0.25, 0.5, 0.9, 0.99])(`of ${shape} values at %d has nearly that share below it`, (p) => {
      const random = prng(`${shape} ${p}`);
      const values = Array.from({ length: 20_000 }, () => draw(random));
      const { value } = running(values, p);
      const below = values.filter((one) => one < value).length / values.length;
      expect(Math.abs(below - p)).toBeLessThan(0.005);
    });
  }

  test('gives what the paper gives for its example of twenty values', () => {
    // Jain and Chlamtac 1985, table I: the median of these observations by P² is 4.44.
    const values = [0.02, 0.15, 0.74, 3.39, 0.83, 22.37, 10.15, 15.43, 38.62, 15.92, 34.6, 10.28, 1.47, 0.4, 0.05];
    values.push(11.39, 0.27, 0.42, 0.09, 11.37);
    expect(running(values, 0.5).value).toBeCloseTo(4.44, 2);
  });

  test('never leaves the range of its values', () => {
    const values = fc.array(fc.double({ min: -1e50, max: 1e50, noNaN: true }), { minLength: 6, maxLength: 200 });
    const property = fc.property(values, fc.constantFrom(0.1, 0.5, 0.99), (all, p) => {
      const { value } = running(all, p);
      expect(value).toBeGreaterThanOrEqual(Math.min(...all));
      expect(value).toBeLessThanOrEqual(Math.max(...all));
    });
    fc.assert(property);
  });

  test('of equal values is that value', () => {
    expect(running(Array(1000).fill(7), 0.9).value).toBe(7);
  });
});
