import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LastModel } from '../../../actors/lib/learn/last-model.ts';
import { MemoryMixModel } from '../../../actors/lib/learn/memory-mix-model.ts';
import type { Maker, Regression } from '../../../actors/lib/learn/model.ts';
import { RlsModel } from '../../../actors/lib/learn/rls-model.ts';
import { prng } from '../../../src/base/prng.ts';
import { tries } from '../../support/thorough.ts';
import { rowOf, sparseRow } from './rows.ts';

const rls = (forgetting: number): Maker<Regression> => {
  const options = { forgetting, ridge: 1, clip: 0 };
  return { create: () => new RlsModel(options, 1), restore: (saved) => RlsModel.restore(options, saved) };
};
const last = { create: () => new LastModel(1), restore: (saved: unknown) => LastModel.restore(saved) };

type Labelled = readonly [x: readonly number[], y: number];

function taught(model: MemoryMixModel, rows: readonly Labelled[]): MemoryMixModel {
  const out = new Float64Array(1);
  for (const [x, y] of rows) {
    model.predict(rowOf(...x), out);
    model.learn(rowOf(...x), Float64Array.of(y));
  }
  return model;
}

function answer(model: Regression, x: readonly number[]): number {
  const out = new Float64Array(1);
  model.predict(rowOf(...x), out);
  return out[0] as number;
}

/** y = 5 + 2 a − 3 b and a little noise. */
function lines(n: number, seed: number): Labelled[] {
  const random = prng(seed);
  return Array.from({ length: n }, () => {
    const x = [random() * 4 - 2, random() * 10];
    return [x, 5 + 2 * (x[0] as number) - 3 * (x[1] as number) + (random() - 0.5) * 0.1] as const;
  });
}

describe('merging mixtures of regressions', () => {
  test('of one least squares without forgetting gives what all rows in one place give', () => {
    const make = () => new MemoryMixModel({ dense: [rls(1)], lasting: [] }, 1);
    const value = fc.double({ min: -10, max: 10, noNaN: true });
    const row = fc.tuple(fc.tuple(value, value), value);
    const property = fc.property(
      fc.array(row, { minLength: 5, maxLength: 30 }),
      fc.array(row, { minLength: 5, maxLength: 30 }),
      (one, other) => {
        const merged = taught(make(), one);
        merged.merge(taught(make(), other));
        const whole = new RlsModel({ forgetting: 1, ridge: 1, clip: 0 }, 1);
        for (const [x, y] of [...one, ...other]) whole.learn(rowOf(...x), Float64Array.of(y));
        expect(merged.rows).toBe(one.length + other.length);
        const [a, b] = [answer(merged, [1, -1]), answer(whole, [1, -1])];
        expect(Math.abs(a - b)).toBeLessThan(1e-9 * Math.max(1, Math.abs(b)));
      },
    );
    fc.assert(property, { numRuns: tries(100) });
  });

  test('of four parts is about as good as one place, and goes on exactly from its snapshot', () => {
    const makers = { dense: [rls(1), rls(0.99)], lasting: [last] };
    const make = () => new MemoryMixModel(makers, 1);
    const parts = [1, 2, 3, 4].map((seed) => taught(make(), lines(200, seed)));
    const merged = parts[0] as MemoryMixModel;
    for (const part of parts.slice(1)) merged.merge(part);
    expect(merged.rows).toBe(800);
    const asked = lines(50, 9);
    const off = asked.map(([x, y]) => Math.abs(answer(merged, x) - y));
    // The noise alone is up to 0.05.
    expect(Math.max(...off)).toBeLessThan(0.1);
    const again = MemoryMixModel.restore(makers, 1, merged.save());
    taught(again, asked);
    taught(merged, asked);
    expect(again.save()).toEqual(merged.save());
  });

  test('of which one has very many features, whichever is merged into which, knows what both know', () => {
    const makers = { dense: [rls(1)], lasting: [] };
    const wide = () => {
      const model = taught(new MemoryMixModel(makers, 1), lines(400, 5));
      for (const [x, y] of lines(20, 6)) model.learn(sparseRow(1500, Object.entries(x)), Float64Array.of(y));
      return model;
    };
    const narrow = () => taught(new MemoryMixModel(makers, 1), lines(400, 7));
    for (const [one, other] of [
      [wide(), narrow()],
      [narrow(), wide()],
    ] as const) {
      one.merge(other);
      expect(one.rows).toBe(820);
      for (const [x, y] of lines(20, 8)) expect(Math.abs(answer(one, x) - y)).toBeLessThan(0.5);
    }
  });
});
