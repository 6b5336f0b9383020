import { describe, expect, test } from 'vitest';
import { RlsModel } from '../../../actors/lib/learn/rls-model.ts';
import { rowOf } from './rows.ts';
import { tableOf } from './sets.ts';

interface Data {
  x: number[][];
  y: number[];
}

function columns(name: string, target: string): Data {
  const rows = tableOf(name);
  const inputs = Object.keys(rows[0] ?? {}).filter((one) => ![target, 'y_clean', 'outlier'].includes(one));
  return {
    x: rows.map((row) => inputs.map((one) => row[one] as number)),
    y: rows.map((row) => row[target] as number),
  };
}

/** Hourly weather with the hour of the day and the day of the year on circles. */
function weather(): Data {
  const rows = tableOf('weather_ewr') as { hour: number; month: number; day: number; temp_next: number }[];
  const inputs = ['temp', 'dewp', 'humid', 'wind_speed', 'precip', 'pressure', 'visib'] as const;
  const x = rows.map((row) => {
    const [hour, year] = [(2 * Math.PI * row.hour) / 24, (2 * Math.PI * (row.month + row.day / 31)) / 12];
    const measured = inputs.map((one) => (row as unknown as Record<string, number>)[one] as number);
    return [...measured, Math.sin(hour), Math.cos(hour), Math.sin(year), Math.cos(year)];
  });
  return { x, y: rows.map((row) => row.temp_next) };
}

/** Columns by the mean and population deviation of all rows. */
function standardised(x: readonly number[][]): number[][] {
  const means = (x[0] ?? []).map((_, j) => x.reduce((sum, row) => sum + (row[j] as number), 0) / x.length);
  const deviations = means.map((mean, j) =>
    Math.sqrt(x.reduce((sum, row) => sum + ((row[j] as number) - mean) ** 2, 0) / x.length),
  );
  return x.map((row) => row.map((value, j) => (value - (means[j] as number)) / (deviations[j] as number)));
}

/**
 * scikit-learn 1.9.1, intercept_ and coef_ of LinearRegression() and Ridge(alpha=1.0), fitted to StandardScaler() of all rows.
 */
const FITTED: [name: string, data: () => Data, linear: number[], ridge: number[]][] = [
  [
    'trump_approval',
    () => columns('trump_approval', 'five_thirty_eight'),
    [40.75458054545437, 0.58849748159, 0.46908998461, 0.65610268212, 0.33319881837, 0.29828649148, 0.18370597695],
    [40.75458054545437, 0.58670929352, 0.4689670875, 0.65542877021, 0.33203851093, 0.29876621525, 0.18458866824],
  ],
  [
    'linear_drift',
    () => columns('linear_drift', 'y'),
    [
      0.9763303333333334, 1.06866762905, 0.55206653911, -0.05780612899, -1.33995858624, 0.17994762531, -3.20669904425,
      1.96646877, -0.48392212574, 0.24038751827, 0.2236966384,
    ],
    [
      0.9763303333333334, 1.06723071547, 0.55181443745, -0.0573225876, -1.33944248624, 0.17839381745, -3.20544038272,
      1.96486653074, -0.48428321286, 0.24171257923, 0.22296644171,
    ],
  ],
  [
    'weather_ewr',
    weather,
    [
      55.55134812090564, 17.21212448034, 0.87662102187, -0.16994559611, -0.23222190166, -0.0145855991, 0.05402016934,
      0.02740198465, 0.64683061276, -0.7749886743, -0.17575267156, -0.22369226783,
    ],
    [
      55.55134812090563, 16.99486728039, 1.11861711427, -0.28211277369, -0.23236643594, -0.01358561095, 0.05199463482,
      0.01692442901, 0.64437647066, -0.77714899354, -0.17807743571, -0.2277471039,
    ],
  ],
];

describe('recursive least squares that forgets nothing', () => {
  test.each(FITTED)('gives the coefficients of a fit to all rows at once to 1e-8: %s', (_, data, linear, ridge) => {
    const { x, y } = data();
    const rows = standardised(x);
    for (const [penalty, expected] of [
      [0, linear],
      [1, ridge],
    ] as const) {
      const model = new RlsModel({ forgetting: 1, ridge: penalty, clip: 0 }, 1);
      for (const [i, row] of rows.entries()) model.learn(rowOf(...row), Float64Array.of(y[i] as number));
      const weights = model.weights();
      expect(weights).toHaveLength(expected.length);
      for (const [j, weight] of weights.entries()) {
        expect(Math.abs(weight - (expected[j] as number))).toBeLessThan(1e-8);
      }
    }
  });
});
