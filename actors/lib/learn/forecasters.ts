import { AutoregressionModel, lagsOf } from './autoregression-model.ts';
import type { Forecast } from './forecast.ts';
import { ForecastMixModel } from './forecast-mix-model.ts';
import { HoltWintersModel, type HoltWintersOptions } from './holt-winters-model.ts';
import type { Maker } from './model.ts';
import { SeasonalNaiveModel } from './seasonal-naive-model.ts';

const LEVELS = [0.05, 0.2, 0.5, 0.9];
const TRENDS = [0, 0.02, 0.1];
const SEASONS = [0.05, 0.3];
const DAMPING = 0.99;
/** Recursive least squares over all values, and over those of late. */
const MEMORIES = [1, 0.998, 0.99];
const ORDER = 12;

export function autoregression(order: number, season: number, forgetting: number, horizon: number): Maker<Forecast> {
  const options = { lags: lagsOf(order, season), forgetting };
  return {
    create: () => new AutoregressionModel(options, horizon),
    restore: (saved) => AutoregressionModel.restore(options, horizon, saved),
  };
}

/** Holt-Winters with a choice of steps, mixed: none needs to be chosen. */
export function holtWinters(season: number, horizon: number): Maker<Forecast> {
  const grid: HoltWintersOptions[] = LEVELS.flatMap((level) =>
    TRENDS.flatMap((trend) =>
      (season > 1 ? SEASONS : [0]).map((step) => ({ level, trend, season: step, damping: DAMPING, period: season })),
    ),
  );
  return mixed(
    grid.map((options) => ({
      create: () => new HoltWintersModel(options),
      restore: (saved) => HoltWintersModel.restore(options, saved),
    })),
    horizon,
  );
}

function naive(season: number): Maker<Forecast> {
  return {
    create: () => new SeasonalNaiveModel(season),
    restore: (saved) => SeasonalNaiveModel.restore(season, saved),
  };
}

export function mixed(makers: readonly Maker<Forecast>[], horizon: number): Maker<Forecast> {
  return {
    create: () => new ForecastMixModel(makers, horizon),
    restore: (saved) => ForecastMixModel.restore(makers, horizon, saved),
  };
}

/** The forecaster that needs no choice: autoregressions of several memories, Holt-Winters, and what was a season ago. */
export function forecastMix(season: number, horizon: number): Maker<Forecast> {
  const makers = [
    ...MEMORIES.map((forgetting) => autoregression(ORDER, season, forgetting, horizon)),
    holtWinters(season, horizon),
    naive(1),
  ];
  if (season > 1) makers.push(autoregression(ORDER, 1, 0.998, horizon), naive(season));
  return mixed(makers, horizon);
}
