import { describe, expect, test } from 'vitest';
import residualAnomaly from '../../../actors/learners/residual-anomaly.ts';
import { FeatureRow } from '../../../actors/lib/learn/feature-row.ts';
import { ResidualModel, type ResidualOptions } from '../../../actors/lib/learn/residual-model.ts';
import { prng } from '../../../src/base/prng.ts';
import { OperatorDriver } from '../../../src/testkit/index.ts';
import { rowOf } from './rows.ts';

const OPTIONS: ResidualOptions = { lags: 4, forgetting: 0.999, far: 3, start: 20 };
const NOTHING = new FeatureRow();

/** A wave with some noise: two lags tell the next value. */
function wave(n: number, seed: number): number[] {
  const random = prng(seed);
  return Array.from({ length: n }, (_, i) => 100 + 10 * Math.sin(i / 5) + random() - 0.5);
}

function scores(model: ResidualModel, values: readonly number[], features = (_: number) => NOTHING): (number | null)[] {
  return values.map((value, i) => {
    const x = features(i);
    const forecast = model.forecast(x);
    const score = forecast === null ? null : model.score(value - forecast);
    model.learn(value, forecast, x);
    model.pass(value);
    return score;
  });
}

describe('residual anomalies', () => {
  test('values that break the pattern score above all that keep it, though no value is out of range', () => {
    const model = new ResidualModel(OPTIONS);
    const values = wave(1000, 1);
    const odd = [300, 500, 700];
    for (const i of odd) values[i] = 200 - (values[i] as number) + (i % 2);
    const all = scores(model, values);
    expect(all.slice(0, 29).every((one) => one === null)).toBe(true);
    expect(all.slice(29).every((one) => one !== null)).toBe(true);
    // Those after an odd one are forecast from it, and odd as well.
    const calm = all.filter((_, i) => i > 100 && !odd.some((one) => i >= one && i <= one + OPTIONS.lags));
    const highest = Math.max(...(calm as number[]));
    for (const i of odd.filter((one) => Math.abs((values[one] as number) - (wave(1000, 1)[one] as number)) > 5))
      expect(all[i]).toBeGreaterThan(2 * highest);
    const mean = (calm as number[]).reduce((sum, one) => sum + one, 0) / calm.length;
    expect(mean).toBeGreaterThan(0.8);
    expect(mean).toBeLessThan(1.2);
  });

  test('features explain what the past does not', () => {
    const random = prng(2);
    const inputs = Array.from({ length: 600 }, () => 10 * random());
    const values = inputs.map((x) => 3 * x + 0.1 * random());
    const model = new ResidualModel({ ...OPTIONS, lags: 0 });
    const all = scores(model, values, (i) => rowOf(inputs[i] as number));
    const forecast = model.forecast(rowOf(5)) as number;
    expect(forecast).toBeCloseTo(15.05, 1);
    expect(model.score(15.05 - forecast)).toBeLessThan(2);
    expect(model.score(20 - forecast)).toBeGreaterThan(50);
    expect(Math.max(...(all.slice(300) as number[]))).toBeLessThan(5);
  });

  test('wild values move neither forecast nor usual error for long', () => {
    const [one, other] = [new ResidualModel(OPTIONS), new ResidualModel(OPTIONS)];
    const values = wave(600, 3);
    const wild = values.map((value, i) => (i === 400 ? 1e9 : value));
    const [calm, after] = [scores(one, values), scores(other, wild)];
    const mean = (all: (number | null)[]) => (all.slice(500) as number[]).reduce((sum, x) => sum + x, 0) / 100;
    expect(mean(after)).toBeLessThan(2 * mean(calm));
    expect(after[400]).toBeGreaterThan(1e6);
  });

  test('stays finite over a constant and what follows it', () => {
    const model = new ResidualModel({ ...OPTIONS, forgetting: 0.97 });
    const constant = scores(model, Array(100_000).fill(7));
    expect(constant.slice(100).every((one) => one === 0)).toBe(true);
    const random = prng(4);
    for (const size of [1e-6, 1e9, 1e50, 1]) {
      const all = scores(
        model,
        Array.from({ length: 300 }, () => size * random()),
      );
      expect(all.every((one) => Number.isFinite(one))).toBe(true);
    }
  });

  test('a restored model goes on bit for bit', () => {
    for (const cut of [2, 30, 300]) {
      const model = new ResidualModel(OPTIONS);
      scores(model, wave(cut, 5));
      const again = ResidualModel.restore(OPTIONS, structuredClone(model.save()));
      expect(scores(again, wave(200, 6))).toEqual(scores(model, wave(200, 6)));
      expect(again.save()).toEqual(model.save());
    }
  });

  test('the stage passes over null, which its forecast stands for, and refuses text', () => {
    const driver = new OperatorDriver(residualAnomaly, { of: 'x', lags: 2, features: ['hot'], forecast: 'expected' });
    const values = wave(200, 7);
    for (const [i, x] of values.entries())
      driver.push({ x: i === 150 ? null : i === 180 ? 'high' : x, hot: i % 2 === 0 });
    driver.end();
    const rows = driver.take();
    expect(rows.length).toBe(199);
    expect(rows[150]).toMatchObject({ x: null, score: null, anomaly: false });
    expect(Math.abs((rows[150]?.expected as number) - (values[150] as number))).toBeLessThan(3);
    expect(rows[151]?.score).toBeLessThan(10);
    expect(driver.dead.map(({ code }) => code)).toEqual(['WEIR_VALUE']);
  });
});
