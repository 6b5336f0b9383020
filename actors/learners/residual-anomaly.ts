import { field, type OptionsOf, operator } from '#stage';
import { ANOMALY_DOCS, anomalyFields, anomalyTypes } from '../lib/learn/anomaly.ts';
import { FeatureRow } from '../lib/learn/feature-row.ts';
import {
  DENSE_DOCS,
  FEATURES_DOCS,
  Features,
  type FeatureValues,
  featureFields,
  TRIALS,
} from '../lib/learn/features.ts';
import { LEARNER_DOCS, learnerExpressions, learnerFields, learnerParts, type Task } from '../lib/learn/learning.ts';
import { measuredOf } from '../lib/learn/measured.ts';
import { refuseLearner } from '../lib/learn/refuse.ts';
import { ResidualModel } from '../lib/learn/residual-model.ts';
import { type Scored, scored } from '../lib/learn/scored.ts';
import { forgettingField } from '../lib/learn/weighing-fields.ts';

const options = {
  of: field.expression('The value.'),
  lags: field.count('Values before it that the forecast goes by.', { unit: 'values', min: 0, max: 500, default: 8 }),
  features: field.projection('Of the same record what the forecast goes by: a list of fields, or name → expression.', {
    optional: true,
  }),
  levels: featureFields.levels,
  forgetting: forgettingField(0.999),
  far: field.number('Errors beyond so many times the usual one are cut there.', { min: 1, max: 1e6, default: 3 }),
  start: field.count('Errors that the usual one is learned from before any is scored.', {
    unit: 'errors',
    min: 1,
    max: 1e9,
    default: 20,
  }),
  forecast: field.text('The field that gets the forecast; by default it is not given.', { optional: true }),
  ...anomalyFields,
  ...learnerFields,
};

/** Values that their past does not let expect. */
export default operator({
  summary: 'Tell values that are not what the values before, and the features, let expect.',
  docs: `The value is forecast by recursive least squares (\`rls\`) from a constant, the \`lags\` values before it and the \`features\`, if
they are named. The score is the size of the error in units of its usual one, a mean of |e| over about 100; both the errors that it learns
of and those in the mean are cut at \`far\` usual ones, so that what is odd hardly moves either. The score is null until
there have been \`start\` errors, and where the value is null: then its forecast stands for it in the past.
What \`learn\` leaves out is part of the past all the same.

${ANOMALY_DOCS} A value that is no number, or beyond 1e50, makes a dead letter of its record (\`WEIR_VALUE\`).

${DENSE_DOCS}${FEATURES_DOCS} ${LEARNER_DOCS}`,
  ...learnerParts((given: OptionsOf<typeof options>, at) => {
    const { of, features: named, as, score: scoreName, forecast: forecastName } = given;
    const features = new Features({ ...given, drop: [] }, []);
    const nothing = new FeatureRow();
    const task: Task<Scored<ResidualModel>, [number | null, FeatureValues]> = {
      kind: 'residual-anomaly',
      maker: scored(given.quantile, {
        create: () => new ResidualModel(given),
        restore: (saved) => ResidualModel.restore(given, saved),
      }),
      limits: features.limits,
      look: (row) => [measuredOf(of, 'the value', row, at), features.look(row, at)],
      trials: () => TRIALS.map((values, i) => [i, values]),
      take({ model, slots }, [value, values], row, made, learn) {
        const x = named === undefined ? nothing : features.load(values, row, slots);
        const { scoring } = model;
        const forecast = scoring.forecast(x);
        const score = value === null || forecast === null ? null : scoring.score(value - forecast);
        made[scoreName] = score;
        made[as] = model.isBeyond(score);
        if (forecastName !== undefined) made[forecastName] = forecast;
        if (learn && value !== null) {
          scoring.learn(value, forecast, x);
          model.note(score);
        }
        scoring.pass(value ?? forecast);
      },
    };
    return task;
  }),
  since: '0.3.0',
  main: 'of',
  refuse: (given) => refuseLearner(given, [given.of]),
  options,
  cost: 'O((lags + d)²) per record; as many numbers per model; records wait until the watermark has passed them',
  references: [
    'G. E. P. Box and G. M. Jenkins, Time series analysis: forecasting and control, Holden-Day 1970',
    'R. L. Plackett, Some theorems in least squares, Biometrika 1950',
    'P. J. Huber, Robust estimation of a location parameter, Annals of Mathematical Statistics 1964',
  ],
  examples: [
    {
      title: 'what is forecast by the mean, and once far from it',
      options: { of: 'x', lags: 0, start: 2, forgetting: 1, quantile: 0.5, forecast: 'mean' },
      given: [
        { $time: 1, x: 2 },
        { $time: 2, x: 4 },
        { $time: 3, x: 3 },
        { $time: 4, x: 5 },
        { $time: 5, x: 7.5 },
        { $time: 6, x: 14.3 },
      ],
      // Usual errors 1 = (2 + 0) / 2, 4 / 3 and 2; the median of the scores before is 2.5 at the last.
      expect: [
        { x: 2, score: null, anomaly: false, mean: null },
        { x: 4, score: null, anomaly: false, mean: 2 },
        { x: 3, score: null, anomaly: false, mean: 3 },
        { x: 5, score: 2, anomaly: false, mean: 3 },
        { x: 7.5, score: 3, anomaly: false, mean: 3.5 },
        { x: 14.3, score: 5, anomaly: true, mean: 4.3 },
      ],
    },
  ],
  types: (given) => ({
    ...anomalyTypes(given),
    ...(given.forecast !== undefined && { [given.forecast]: 'number' as const }),
  }),
  reads: (given) =>
    Features.reads({ ...given, drop: [], features: given.features ?? NONE }, [given.of, ...learnerExpressions(given)]),
});

const NONE = { names: [], expressions: [] };
