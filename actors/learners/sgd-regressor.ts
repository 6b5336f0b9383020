import { field } from '#stage';
import { LOSS_NAMES, lossOf } from '../lib/learn/losses.ts';
import { regressor } from '../lib/learn/regressor.ts';
import { SgdModel } from '../lib/learn/sgd-model.ts';

/** Linear regression by steps against the slope of a loss, for many features and free text. */
export default regressor({
  kind: 'sgd-regressor',
  summary: 'Predict numbers by a linear model of any loss, one small step per record.',
  docs: `Steps against the slope of a loss ℓ(f, y), f = b + w·x: w ← w − η ℓ'(f⁺) z, in the units z = (x − μ) / σ in which each
feature has been seen to vary, ℓ' taken where the step ends (an implicit step), so that no rate makes it diverge: of the squared
loss that is (f − y) / (1 + η |z|²). What is kept are the weights of the raw x, so that a mean or deviation that moves changes no
answer; where a deviation has doubled, the weight is halved. Columns of 0 and 1 are taken as they are. With \`adaptive\` a weight's rate is
η · (deviation of y) / √Σ slope² (AdaGrad); without it is η.

Losses: \`squared\` predicts the mean; \`huber\` the mean, errors beyond \`margin\` counting by their size alone; \`quantile\` the value
that a share \`quantile\` of targets is below; \`epsilon-insensitive\` the median but for errors up to \`margin\`; \`poisson\` a count, by its logarithm.

\`l1\` and \`l2\` draw the weights of a record's features to 0 (elastic net when both are given), those by \`l1\` to 0 exactly.`,
  since: '0.3.0',
  sparse: true,
  options: {
    loss: field.choice('What an error costs.', LOSS_NAMES, { default: 'squared' }),
    margin: field.number(
      'Of huber and epsilon-insensitive: the error, in units of the target, up to which it is small.',
      {
        min: 0,
        max: 1e12,
        default: 1,
      },
    ),
    quantile: field.number('Of quantile: the share of targets to be below the prediction.', {
      min: 0.001,
      max: 0.999,
      default: 0.5,
    }),
    rate: field.number('η: how far a step goes, in standard deviations.', { min: 1e-6, max: 1000, default: 0.5 }),
    adaptive: field.flag('Steps of a weight shrink with the slopes it has seen.', { default: true }),
    l1: field.number('The penalty on each weight’s size, by record.', { min: 0, max: 1e6, default: 0 }),
    l2: field.number('The penalty on each squared weight, halved, by record.', { min: 0, max: 1e6, default: 0 }),
  },
  cost: 'O(features of the record · targets) per record; 2 d · targets + 4 d numbers per model',
  references: [
    'P. Toulis and E. M. Airoldi, Asymptotic and finite-sample properties of estimators based on stochastic gradients, Annals of Statistics 2017',
    'J. Duchi, E. Hazan and Y. Singer, Adaptive subgradient methods for online learning, JMLR 2011',
    'S. Ross, P. Mineiro and J. Langford, Normalized online learning, UAI 2013',
    'J. Langford, L. Li and T. Zhang, Sparse online learning via truncated gradient, JMLR 2009',
  ],
  examples: [
    {
      title: 'one step of rate 1 on the squared loss',
      options: { target: 'y', features: ['x'], rate: 1, adaptive: false },
      given: [
        { $time: 1, x: 0, y: 2 },
        { $time: 2, x: 1, y: 5 },
        { $time: 3, x: 1, y: null },
      ],
      expect: [
        { x: 0, y: 2, prediction: null },
        { x: 1, y: 5, prediction: 2 },
        { x: 1, y: null, prediction: 4 },
      ],
    },
  ],
  maker: ({ loss, margin, quantile, ...options }, targets) => {
    const chosen = lossOf(loss, { margin, quantile });
    return {
      create: () => new SgdModel(chosen, options, targets),
      restore: (saved) => SgdModel.restore(chosen, options, targets, saved),
    };
  },
});
