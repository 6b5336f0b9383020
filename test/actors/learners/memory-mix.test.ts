import { describe, expect, test } from 'vitest';
import type { FeatureRow } from '../../../actors/lib/learn/feature-row.ts';
import { LastModel } from '../../../actors/lib/learn/last-model.ts';
import { MixModel } from '../../../actors/lib/learn/mix-model.ts';
import type { Maker, Regression } from '../../../actors/lib/learn/model.ts';
import { RlsModel } from '../../../actors/lib/learn/rls-model.ts';
import { prng } from '../../../src/base/prng.ts';
import { rowOf } from './rows.ts';

function linear(forgetting: number): Maker<Regression> {
  const options = { forgetting, ridge: 1, clip: 3 };
  return { create: () => new RlsModel(options, 1), restore: (saved) => RlsModel.restore(options, saved) };
}

const last: Maker<Regression> = { create: () => new LastModel(1), restore: (saved) => LastModel.restore(saved) };
const MEMORIES = [1, 0.9995, 0.998, 0.99, 0.97].map(linear);

/** Rows of w·x and noise of the mean size 0.1. */
function stream(seed: number) {
  const random = prng(seed);
  return (w: readonly number[]) => {
    const x = w.map(() => random() * 4 - 2);
    const y = x.reduce((sum, v, j) => sum + v * (w[j] as number), 0) + (random() - 0.5) * 0.4;
    return { x: rowOf(...x), y: Float64Array.of(y) };
  };
}

/** Predicts, learns, and gives the absolute error. */
function step(model: Regression, { x, y }: { x: FeatureRow; y: Float64Array }): number {
  const out = new Float64Array(1);
  model.predict(x, out);
  model.learn(x, y);
  return Math.abs((out[0] as number) - (y[0] as number));
}

const mean = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / list.length;

describe('a mixture of memories', () => {
  test('is back within 10 % of its error 300 rows behind a concept that turns round at once', () => {
    const next = stream(1);
    const model = new MixModel(MEMORIES, 1);
    const [before, after] = [
      [1, -2, 3, 0.5],
      [-1, 2, -3, -0.5],
    ];
    const early = Array.from({ length: 10_000 }, () => step(model, next(before as number[]))).slice(-3000);
    Array.from({ length: 300 }, () => step(model, next(after as number[])));
    const late = Array.from({ length: 3000 }, () => step(model, next(after as number[])));
    expect(mean(late)).toBeLessThan(1.1 * mean(early));
    // The longest memory had to be begun anew for it.
    expect(model.restarts[0]).toBe(1);
  });

  test('trusts the expert that is right', () => {
    const next = stream(2);
    const model = new MixModel([linear(1), last], 1);
    const errors = Array.from({ length: 2000 }, () => step(model, next([3])));
    expect(mean(errors.slice(100))).toBeLessThan(0.11);
  });

  test('begins an expert anew whose answer is not finite, and answers by the others', () => {
    let made = 0;
    const broken: Maker<Regression> = {
      create: () => ({
        rows: 10,
        predict: (_, out) => out.fill(made++ === 0 ? Number.NaN : 0),
        learn: () => {},
        save: () => 0,
      }),
      restore: () => broken.create(),
    };
    const next = stream(3);
    const model = new MixModel([linear(1), broken], 1);
    const errors = Array.from({ length: 500 }, () => step(model, next([3])));
    expect(mean(errors.slice(100))).toBeLessThan(0.11);
    expect(model.restarts).toEqual([0, 1]);
  });

  test('restored goes on bit for bit', () => {
    const next = stream(4);
    const experts = [...MEMORIES, last];
    const model = new MixModel(experts, 1);
    for (let i = 0; i < 1200; i++) step(model, next(i < 600 ? [1, 2] : [-5, 2]));
    const again = MixModel.restore(experts, 1, structuredClone(model.save()));
    for (let i = 0; i < 600; i++) {
      const one = next([-5, 2]);
      expect(step(again, one)).toBe(step(model, one));
    }
    expect(again.save()).toEqual(model.save());
  });
});
