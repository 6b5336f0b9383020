import { field } from '#stage';
import { forecaster } from '../lib/learn/forecaster.ts';
import { autoregression } from '../lib/learn/forecasters.ts';
import { forgettingField } from '../lib/learn/weighing-fields.ts';

/** Autoregression by recursive least squares: each value as a linear function of those before. */
export default forecaster({
  kind: 'autoregression',
  summary: 'Forecast a series as a linear function of its last values and of those a season ago.',
  docs: `The step from the last value to the next is w·x, x being the last value and the differences from it of the values 2 … \`order\`,
\`season\` and \`season\` + 1 ago, and 1: recursive least squares with \`forgetting\`, see \`rls\`, over values brought to unit size
by the first ones. Values farther ahead come from feeding it its own answers. It forecasts once as many values as the longest
look back have been seen, at first the last value.`,
  since: '0.3.0',
  options: {
    order: field.count('Values that are looked back at, besides those a season ago.', {
      unit: 'values',
      min: 1,
      max: 200,
      default: 12,
    }),
    forgetting: forgettingField(0.998, { of: 'a value' }),
  },
  cost: 'O(order² + horizon·order) per record; about order² + 2·season numbers per model; records wait until the watermark has passed them',
  references: [
    'G. E. P. Box and G. M. Jenkins, Time series analysis: forecasting and control, Holden-Day 1970',
    'L. Ljung and T. Söderström, Theory and practice of recursive identification, MIT Press 1983',
  ],
  examples: [
    {
      title: 'what alternates goes on so',
      options: { of: 'x', order: 2, horizon: 2 },
      given: [
        { $time: 1, x: 1 },
        { $time: 2, x: 3 },
        { $time: 3, x: null },
      ],
      expect: [
        { x: 1, forecast: null },
        { x: 3, forecast: [3, 3] },
        { x: null, forecast: [3, 3] },
      ],
    },
  ],
  maker: ({ order, season, forgetting, horizon }) => autoregression(order, season, forgetting, horizon),
});
