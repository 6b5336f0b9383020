import { describe, expect, test } from 'vitest';
import memoryMix from '../../../actors/learners/memory-mix.ts';
import type { FeatureRow } from '../../../actors/lib/learn/feature-row.ts';
import { LastModel } from '../../../actors/lib/learn/last-model.ts';
import { MemoryMixModel } from '../../../actors/lib/learn/memory-mix-model.ts';
import type { Maker, Regression } from '../../../actors/lib/learn/model.ts';
import { RlsModel } from '../../../actors/lib/learn/rls-model.ts';
import { prng } from '../../../src/base/prng.ts';
import { OperatorDriver } from '../../../src/testkit/operator-driver.ts';
import { rowOf, sparseRow } from './rows.ts';

function makersOf(targets: number) {
  const dense = [1, 0.99].map((forgetting): Maker<Regression> => {
    const options = { forgetting, ridge: 1, clip: 3 };
    return { create: () => new RlsModel(options, targets), restore: (saved) => RlsModel.restore(options, saved) };
  });
  const last = { create: () => new LastModel(targets), restore: (saved: unknown) => LastModel.restore(saved) };
  return { dense, lasting: [last] };
}

/** y = 50 + 3 a − 2 b + 4 [c], a and b of unlike sizes, c true in a tenth of the rows; a second target is −y. */
function stream(seed: number) {
  const random = prng(seed);
  return () => {
    const [a, b, c] = [random() * 100, random() - 0.5, random() < 0.1 ? 1 : 0];
    const y = 50 + 0.03 * a - 2 * b + 4 * c + (random() - 0.5) * 0.2;
    return { values: [a, b, c], y: Float64Array.of(y, -y) };
  };
}

/** The same row among more slots. */
function wide(values: readonly number[], d: number, more: Iterable<readonly [number, number]> = []): FeatureRow {
  return sparseRow(d, [...values.map((value, j) => [j, value] as const), ...more]);
}

function absolute(model: Regression, x: FeatureRow, y: Float64Array): number {
  const out = new Float64Array(y.length);
  model.predict(x, out);
  return y.reduce((sum, one, t) => sum + Math.abs(one - (out[t] as number)), 0) / y.length;
}

const mean = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / list.length;

describe('a mixture of regressions that gets many features', () => {
  test('knows after it what it knew before, of each target, and learns what is new', () => {
    const next = stream(1);
    const random = prng(2);
    const model = new MemoryMixModel(makersOf(2), 2);
    for (let i = 0; i < 1000; i++) {
      const { values, y } = next();
      model.learn(rowOf(...values), y);
    }
    // The noise's mean size is 0.05.
    const errors = Array.from({ length: 4000 }, (_, i) => {
      const { values, y } = next();
      const slot = 3 + Math.floor(random() * 1997);
      const told = wide(values, 2000, [[slot, 1]]);
      if (i >= 1000 && slot < 1000) for (const [t, sign] of [1, -1].entries()) y[t] = (y[t] as number) + sign;
      const error = absolute(model, told, y);
      model.learn(told, y);
      return error;
    });
    expect(model.rows).toBe(5000);
    expect(mean(errors.slice(0, 20))).toBeLessThan(0.1);
    expect(mean(errors.slice(0, 1000))).toBeLessThan(0.1);
    // Half of the rows have one of the 997 words that now say 1; of nothing known of them that is an error of 0.5 or more.
    expect(mean(errors.slice(3500))).toBeLessThan(0.45);
  });

  test('begins with many features, or with nothing but the last target', () => {
    const next = stream(3);
    const random = prng(4);
    const makers = makersOf(2);
    for (const model of [new MemoryMixModel(makers, 2), new MemoryMixModel({ ...makers, dense: [] }, 2)]) {
      const errors: number[] = [];
      for (let i = 0; i < 3000; i++) {
        const { values, y } = next();
        const x = wide(values, i < 5 ? 3 : 1500, i < 5 ? [] : [[3 + Math.floor(random() * 1497), 1]]);
        errors.push(absolute(model, x, y));
        model.learn(x, y);
      }
      expect(mean(errors.slice(2000))).toBeLessThan(0.2);
    }
  });

  test.each([2, 150, 400])('restored behind %d rows it goes on bit for bit', (first) => {
    const next = stream(5);
    const random = prng(6);
    const makers = makersOf(2);
    const model = new MemoryMixModel(makers, 2);
    const row = (i: number) => {
      const { values, y } = next();
      return { x: i < 200 ? rowOf(...values) : wide(values, 1200 + i, [[3 + Math.floor(random() * 1190), 1]]), y };
    };
    for (let i = 0; i < first; i++) {
      const { x, y } = row(i);
      model.learn(x, y);
    }
    const again = MemoryMixModel.restore(makers, 2, structuredClone(model.save()));
    for (let i = first; i < 500; i++) {
      const { x, y } = row(i);
      expect(absolute(again, x, y)).toBe(absolute(model, x, y));
      model.learn(x, y);
      again.learn(x, y);
    }
    expect(again.save()).toEqual(model.save());
  });

  test('stays finite with numbers at the limit, and with columns of one value', () => {
    const random = prng(7);
    const model = new MemoryMixModel(makersOf(1), 1);
    const out = new Float64Array(1);
    for (let i = 0; i < 600; i++) {
      const a = random() - 0.5;
      const big = i % 100 === 99 ? 1e50 : 1e-40 * a;
      const x = i < 300 ? rowOf(a, big, 7, 0, 1e9 * a) : wide([a, big, 7, 0, 1e9 * a], 1500, [[5 + i, 1]]);
      model.predict(x, out);
      expect(Number.isFinite(out[0])).toBe(true);
      model.learn(x, Float64Array.of(i % 150 === 0 ? 1e50 : a));
    }
  });
});

test('least squares over some hundred columns are for the first rows alone', () => {
  const model = new MemoryMixModel(makersOf(1), 1);
  const random = prng(9);
  for (let i = 0; i < 101; i++) {
    expect(model.save().sparse).toBeUndefined();
    const row = Array.from({ length: 320 }, () => random());
    model.learn(rowOf(...row), Float64Array.of(random()));
  }
  expect(model.save().sparse).toBeDefined();
  expect(model.rows).toBe(101);
});

test('the stage takes thousands of features, and free text', () => {
  const driver = new OperatorDriver(memoryMix, { target: 'y', text: ['note'], cosines: 0 }, { clocked: true });
  const random = prng(8);
  const words = Array.from({ length: 300 }, () => Math.floor(random() * 36 ** 8).toString(36));
  for (let i = 0; i < 800; i++) {
    const note = Array.from({ length: 20 }, () => words[Math.floor(random() * words.length)] as string);
    driver.push({ x: i % 7, note: note.join(' '), y: (i % 7) + (note.includes(words[7] as string) ? 1 : 0) });
  }
  driver.end();
  expect(driver.dead).toEqual([]);
  const errors = driver.out.slice(600).map(({ row }) => Math.abs((row.prediction as number) - (row.y as number)));
  // Of the digits 0 to 6 the mean distance from their mean is 1.7.
  expect(mean(errors)).toBeLessThan(0.85);
  const [model] = driver.sides;
  expect((model?.row.features as string[] | undefined)?.length).toBeGreaterThan(1000);
});
