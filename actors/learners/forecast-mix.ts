import { forecaster } from '../lib/learn/forecaster.ts';
import { forecastMix } from '../lib/learn/forecasters.ts';

/** The forecaster that needs no choice: autoregressions of several memories, Holt-Winters and seasonal naive, mixed. */
export default forecaster({
  kind: 'forecast-mix',
  summary: 'Forecast a series by a mixture of autoregressions, Holt-Winters and the last season, without tuning.',
  docs: `Autoregressions of order 12 with memories λ of 1, 0.998 and 0.99, and one of 0.998 without the season, \`holt-winters\`, the value
a season ago and the last value forecast side by side. For each horizon the answer is their mean, weighed by
e^(−10 · loss ÷ least loss), the losses being mean absolute errors at that horizon, in which a value counts 0.2 % less with each
that follows. So each horizon has the forecaster that is good at it, and one that becomes bad is left behind; none is ever dropped.`,
  since: '0.3.0',
  options: {},
  cost: 'O(40·horizon + 1000) per record; about 30 numbers per value of the season and per horizon h of a few up to the farthest, h times; records wait until the watermark has passed them',
  references: [
    'J. M. Bates and C. W. J. Granger, The combination of forecasts, Operational Research Quarterly 1969',
    'Y. Freund and R. E. Schapire, A decision-theoretic generalization of on-line learning, JCSS 1997',
  ],
  examples: [
    {
      title: 'what does not change goes on',
      options: { of: 'x', horizon: 2 },
      given: [
        { $time: 1, x: 4 },
        { $time: 2, x: 4 },
        { $time: 3, x: null },
      ],
      expect: [
        { x: 4, forecast: [4, 4] },
        { x: 4, forecast: [4, 4] },
        { x: null, forecast: [4, 4] },
      ],
    },
  ],
  maker: ({ season, horizon }) => forecastMix(season, horizon),
});
