import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Frame, path, ticks } from '../../../src/cli/evaluate/axes.ts';

test('ticks are round numbers within the range, about as many as wanted', () => {
  expect(ticks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticks(0, 44.7, 5)).toEqual([0, 10, 20, 30, 40]);
  const property = fc.property(
    fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
    fc.integer({ min: 2, max: 12 }),
    (high, about) => {
      const made = ticks(0, high, about);
      expect(made[0]).toBe(0);
      expect(made.at(-1) as number).toBeLessThanOrEqual(high * (1 + 1e-6));
      expect(made.length).toBeLessThanOrEqual(about + 1);
      expect(made.length).toBeGreaterThan(about / 2.6);
    },
  );
  fc.assert(property);
});

test('a line is broken where there is no value', () => {
  const frame: Frame = { left: 10, top: 0, width: 100, height: 50, x: [0, 10], y: [0, 5] };
  const points: [number, number | null][] = [
    [0, 0],
    [5, 5],
    [6, null],
    [10, 2.5],
  ];
  expect(path(frame, points)).toBe('M10 50L60 0M110 25');
});
