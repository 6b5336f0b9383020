import { Matrix, solve } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { AutoregressionModel, lagsOf } from '../../../actors/lib/learn/autoregression-model.ts';
import type { Forecast } from '../../../actors/lib/learn/forecast.ts';
import { autoregression, forecastMix, holtWinters } from '../../../actors/lib/learn/forecasters.ts';
import { HoltWintersModel } from '../../../actors/lib/learn/holt-winters-model.ts';
import type { Maker } from '../../../actors/lib/learn/model.ts';
import { prng } from '../../../src/base/prng.ts';

/** Of 20 numbers with a cycle; also what the stored numbers of other implementations below were made of. */
const SERIES = [30, 21, 29, 31, 40, 48, 53, 47, 37, 39, 31, 29, 17, 9, 20, 24, 27, 35, 41, 38];

const KINDS: [name: string, make: (horizon: number) => Maker<Forecast>][] = [
  ['autoregression', (horizon) => autoregression(7, 7, 0.998, horizon)],
  ['Holt-Winters', (horizon) => holtWinters(7, horizon)],
  ['the mixture', (horizon) => forecastMix(7, horizon)],
];

function forecastOf(model: Forecast, horizon: number): number[] {
  const out = new Float64Array(horizon);
  model.forecast(out);
  return [...out];
}

/** A season of seven, a slow trend and noise. */
function* weekly(n: number, seed: number): Generator<number> {
  const random = prng(seed);
  for (let i = 0; i < n; i++) yield 20 + 0.01 * i + 5 * Math.sin((2 * Math.PI * i) / 7) + random() - 0.5;
}

describe('autoregression', () => {
  test('with forgetting 1 is ridge regression of each step on the values before, and iterates', () => {
    const lags = lagsOf(3, 1);
    const model = new AutoregressionModel({ lags, forgetting: 1 }, 3);
    for (const y of SERIES) model.learn(y);
    // The same by the normal equations over values scaled by mean and mean deviation of the first three.
    const mean = (30 + 21 + 29) / 3;
    const scale = (Math.abs(30 - mean) + Math.abs(21 - mean) + Math.abs(29 - mean)) / 3;
    const look = (y: readonly number[]) => {
      const [a, b, c] = [y.at(-1) as number, y.at(-2) as number, y.at(-3) as number];
      return [1, (a - mean) / scale, (b - a) / scale, (c - a) / scale];
    };
    const [x, steps] = [[] as number[][], [] as number[]];
    for (let i = 3; i < SERIES.length; i++) {
      x.push(look(SERIES.slice(0, i)));
      steps.push(((SERIES[i] as number) - (SERIES[i - 1] as number)) / scale);
    }
    const rows = new Matrix(x);
    const left = rows
      .transpose()
      .mmul(rows)
      .add(Matrix.diag([0, 0.1, 0.1, 0.1]));
    const w = solve(left, rows.transpose().mmul(Matrix.columnVector(steps))).to1DArray();
    const all = [...SERIES];
    for (let h = 0; h < 3; h++) {
      const step = look(all).reduce((sum, v, j) => sum + v * (w[j] as number), 0);
      all.push((all.at(-1) as number) + scale * step);
    }
    for (const [h, value] of forecastOf(model, 3).entries()) expect(value).toBeCloseTo(all[20 + h] as number, 8);
  });

  test('after equal values without end learns a wave within a few', () => {
    const model = autoregression(3, 1, 0.97, 3).create();
    for (let i = 0; i < 200_000; i++) model.learn(5);
    for (let i = 0; i < 200; i++) model.learn(5 + Math.sin(i));
    for (const [h, value] of forecastOf(model, 3).entries()) expect(value).toBeCloseTo(5 + Math.sin(200 + h), 1);
  });

  test('what grows without end is forecast no farther than twice the range', () => {
    const model = autoregression(2, 1, 1, 200).create();
    for (let i = 0; i < 40; i++) model.learn(1.5 ** i);
    const most = 1.5 ** 39;
    for (const value of forecastOf(model, 200)) expect(value).toBeLessThanOrEqual(2 * most);
    expect(Math.max(...forecastOf(model, 200))).toBeGreaterThan(1.9 * most - 1);
  });
});

describe('Holt-Winters', () => {
  // statsmodels 0.15.0: Holt(damped_trend=True, initialization_method='known', initial_level=30, initial_trend=0)
  // .fit(smoothing_level=.5, smoothing_trend=.1, damping_trend=.99, optimized=False).forecast(3)
  test('without a season is Holt with a damped trend of statsmodels', () => {
    const model = new HoltWintersModel({ level: 0.5, trend: 0.1, season: 0, damping: 0.99, period: 1 });
    for (const y of SERIES) model.learn(y);
    const expected = [37.37881168678599, 38.07260393936458, 38.75945826941739];
    for (const [h, value] of forecastOf(model, 3).entries()) expect(value).toBeCloseTo(expected[h] as number, 10);
  });

  // statsmodels 0.15.0: ETSModel(error='add', trend='add', damped_trend=True, seasonal='add', seasonal_periods=4,
  // initialization_method='known' with level, slope and season of the first eight values).smooth([.2, .02, .24, .99]).forecast(6)
  test('with a season is additive ETS of statsmodels', () => {
    const model = new HoltWintersModel({ level: 0.2, trend: 0.1, season: 0.3, damping: 0.99, period: 4 });
    for (const y of SERIES) model.learn(y);
    const expected = [
      36.05079299307923, 36.81410939233707, 41.30416755540362, 39.13992769580456, 40.06828478030516, 40.791426261690745,
    ];
    for (const [h, value] of forecastOf(model, 6).entries()) expect(value).toBeCloseTo(expected[h] as number, 10);
  });
});

describe.each(KINDS)('%s', (_, make) => {
  test('finds a season and a trend: it is better than what was a season ago', () => {
    const model = make(7).create();
    const series = [...weekly(700, 1)];
    let [error, naive] = [0, 0];
    for (const [i, y] of series.entries()) {
      if (i > 100 && i + 7 <= series.length) {
        for (const [h, value] of forecastOf(model, 7).entries()) {
          error += Math.abs(value - (series[i + h] as number));
          naive += Math.abs((series[i + h - 7] as number) - (series[i + h] as number));
        }
      }
      model.learn(y);
    }
    expect(error).toBeLessThan(0.9 * naive);
  });

  test('a value that is missing keeps its place', () => {
    const [whole, gaps] = [make(7).create(), make(7).create()];
    for (const [i, y] of [...weekly(400, 2)].entries()) {
      whole.learn(y);
      gaps.learn(i % 5 === 3 ? null : y);
    }
    expect(gaps.rows).toBe(320);
    const expected = forecastOf(whole, 7);
    for (const [h, value] of forecastOf(gaps, 7).entries())
      expect(Math.abs(value - (expected[h] as number))).toBeLessThan(1);
  });

  test('a restored model goes on bit for bit, whenever it was saved', () => {
    const maker = make(9);
    const model = maker.create();
    let again = maker.create();
    for (const [i, y] of [...weekly(60, 3)].entries()) {
      const value = i % 11 === 4 ? null : y;
      model.learn(value);
      again.learn(value);
      again = maker.restore(structuredClone(again.save()));
      if (model.ready) expect(forecastOf(again, 9)).toEqual(forecastOf(model, 9));
    }
    expect(again.save()).toEqual(model.save());
  });

  test('stays finite over equal values, none at all and some as large as can be', () => {
    const model = make(3).create();
    for (let i = 0; i < 5; i++) model.learn(null);
    expect(model.ready).toBe(false);
    for (let i = 0; i < 20_000; i++) model.learn(3);
    for (const y of [1e50, -1e50, 1e-50, 0, 1e50, null]) model.learn(y);
    for (const y of weekly(300, 4)) {
      model.learn(y);
      expect(forecastOf(model, 3).every((value) => Math.abs(value) < 3.001e50)).toBe(true);
    }
  });
});
