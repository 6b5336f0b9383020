import { field } from '#stage';
import { PassiveAggressiveModel } from '../lib/learn/passive-aggressive-model.ts';
import { regressor } from '../lib/learn/regressor.ts';

/** Passive-aggressive linear regression. */
export default regressor({
  kind: 'passive-aggressive',
  summary: 'Predict numbers by a linear model that changes no more than each record’s error asks for.',
  docs: `Nothing changes while |y − w·x| ≤ \`margin\`; otherwise w ← w + sign(y − w·x) τ x with τ = min(C, ℓ / |x|²) (\`variant: I\`) or
τ = ℓ / (|x|² + 1 / (2 C)) (\`variant: II\`), ℓ the error beyond the margin, x with a constant 1. It follows a drift within a few
records, and noise as well. Features are taken as they are: bring numbers to like sizes, or use \`sgd-regressor\`.`,
  since: '0.3.0',
  sparse: true,
  options: {
    variant: field.choice('Whether C bounds a step or lessens it.', ['I', 'II'], { default: 'I' }),
    aggressiveness: field.number('C: how much is believed of one record.', { min: 1e-9, max: 1e9, default: 0.01 }),
    margin: field.number('The error, in units of the target, up to which nothing changes.', {
      min: 0,
      max: 1e12,
      default: 0.1,
    }),
  },
  cost: 'O(features of the record · targets) per record; d · targets numbers per model',
  references: [
    'K. Crammer, O. Dekel, J. Keshet, S. Shalev-Shwartz and Y. Singer, Online passive-aggressive algorithms, JMLR 2006',
  ],
  examples: [
    {
      title: 'one record is believed at once',
      options: { target: 'y', features: ['x'], aggressiveness: 10, margin: 0 },
      given: [
        { $time: 1, x: 1, y: 4 },
        { $time: 2, x: 1, y: null },
        { $time: 3, x: 3, y: null },
      ],
      expect: [
        { x: 1, y: 4, prediction: null },
        { x: 1, y: null, prediction: 4 },
        { x: 3, y: null, prediction: 8 },
      ],
    },
  ],
  maker: (options, targets) => ({
    create: () => new PassiveAggressiveModel(options, targets),
    restore: (saved) => PassiveAggressiveModel.restore(options, targets, saved),
  }),
});
