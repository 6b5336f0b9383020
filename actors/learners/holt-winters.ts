import { forecaster } from '../lib/learn/forecaster.ts';
import { holtWinters } from '../lib/learn/forecasters.ts';

/** Exponential smoothing of level, trend and season, with steps that it finds on its own. */
export default forecaster({
  kind: 'holt-winters',
  summary: 'Forecast a series from its level, its trend and its season, each smoothed exponentially.',
  docs: `With e = y − (l + φb + s), the error one step ahead: l ← l + φb + αe, b ← φb + αβe, s ← s + γ(1 − α)e, and the forecast for h
steps is l + (φ + … + φ^h) b + s, the season's part of that step. α of 0.05, 0.2, 0.5 and 0.9, β of 0, 0.02 and 0.1, γ of 0.05
and 0.3 are run side by side with φ = 0.99, and for each horizon their forecasts are mixed by e^(−10 · loss ÷ least loss), the
losses being mean absolute errors of late at that horizon. Level, trend and season begin as those of the first two seasons, which
are gone through again; until then there is no season.`,
  since: '0.3.0',
  options: {},
  cost: 'O(24·horizon) per record; about 24·season numbers per model, and 24 for each horizon h of a few up to the farthest, h times; records wait until the watermark has passed them',
  references: [
    'P. R. Winters, Forecasting sales by exponentially weighted moving averages, Management Science 1960',
    'E. S. Gardner and E. McKenzie, Forecasting trends in time series, Management Science 1985',
    'R. J. Hyndman, A. B. Koehler, J. K. Ord and R. D. Snyder, Forecasting with exponential smoothing, Springer 2008',
  ],
  examples: [
    {
      title: 'the mean of its levels and trends after an error of 4: 5 + 4 · 0.4125 · (1 + 0.99 · 0.04)',
      options: { of: 'x' },
      given: [
        { $time: 1, x: 5 },
        { $time: 2, x: 9 },
      ],
      expect: [
        { x: 5, forecast: 5 },
        { x: 9, forecast: 6.71534 },
      ],
    },
  ],
  maker: ({ season, horizon }) => holtWinters(season, horizon),
});
