import { describe, expect, test } from 'vitest';
import { PassiveAggressiveModel } from '../../../actors/lib/learn/passive-aggressive-model.ts';
import { HARD } from './hard-rows.ts';
import { lehmer } from './lehmer.ts';
import { rowOf } from './rows.ts';

const OPTIONS = { variant: 'I', aggressiveness: 0.1, margin: 0.1 } as const;

function learned(variant: 'I' | 'II', n = 500): PassiveAggressiveModel {
  const random = lehmer(9);
  const model = new PassiveAggressiveModel({ ...OPTIONS, variant }, 1);
  for (let i = 0; i < n; i++) {
    const [a, b, e] = [random() * 2 - 1, random() * 2 - 1, random()];
    model.learn(rowOf(a, b), Float64Array.of(1 + 2 * a - 3 * b + e * e * 4));
  }
  return model;
}

describe('passive-aggressive regression', () => {
  // The paper's PA-I and PA-II written with NumPy 2.4.6 arrays, C = .1, ε = .1, a feature of 1 for the constant: weights.
  test.each([
    ['I', [2.45516107, 1.9232932, -3.40093535]],
    ['II', [2.94368116, 1.97796303, -3.46093048]],
  ] as const)('%s is what the paper’s equations give', (variant, expected) => {
    for (const [j, weight] of learned(variant).weights().entries())
      expect(weight).toBeCloseTo(expected[j] as number, 7);
  });

  test.each(Object.keys(HARD))('stays finite: %s', (name) => {
    const model = new PassiveAggressiveModel(OPTIONS, 1);
    for (const { x, side } of HARD[name]?.() ?? []) model.learn(x, Float64Array.of(side));
    expect(model.weights().every(Number.isFinite)).toBe(true);
  });

  test('of several targets is each of them alone', () => {
    const random = lehmer(3);
    const both = new PassiveAggressiveModel(OPTIONS, 2);
    const second = new PassiveAggressiveModel(OPTIONS, 1);
    for (let i = 0; i < 200; i++) {
      const [x, y] = [rowOf(random(), random()), [random() * 5, random() * 9] as const];
      both.learn(x, Float64Array.of(...y));
      second.learn(x, Float64Array.of(y[1]));
    }
    expect([...both.weights(1)]).toEqual([...second.weights()]);
  });

  test('a restored model goes on bit for bit; merging is a mean by rows', () => {
    const model = learned('I');
    const again = PassiveAggressiveModel.restore(OPTIONS, 1, structuredClone(model.save()));
    for (const one of [model, again]) one.learn(rowOf(0.3, 0.1), Float64Array.of(9));
    expect(again.save()).toEqual(model.save());
    const other = learned('I', 167);
    const [a, b] = [model.weights(), other.weights()];
    model.merge(other);
    for (const [j, weight] of model.weights().entries()) {
      expect(weight).toBeCloseTo((501 * (a[j] as number) + 167 * (b[j] as number)) / 668, 12);
    }
  });
});
