import { field } from '#stage';
import { classifier } from '../lib/learn/classifier.ts';
import { LogisticModel, type LogisticOptions } from '../lib/learn/logistic-model.ts';
import { forgettingField } from '../lib/learn/weighing-fields.ts';

/** Logistic regression that follows a drifting stream. */
export default classifier({
  kind: 'logistic',
  summary: 'Predict classes by logistic regression over all records so far, or by those of late.',
  docs: `Minimises Σ −log p(yᵢ | xᵢ), p = softmax(W x) with a constant in x; of two classes that is logistic regression.

\`order: second\` (the default) takes Newton's steps, W ← W + t (P x)(y − p)' with P⁻¹ = Σ λ^(t−i) hᵢ xᵢxᵢ' + \`ridge\`, which of two
classes is the extended Kalman filter of logistic regression; the classes share P, and h is the curvature met along the step. A
step is implicit: it ends where its own slope allows, so it cannot overshoot. P is kept as rotations, as \`rls\` does. Columns are
standardised by the first 128 records: at the 1st to 8th, 16th, 32nd … 128th all of them are learned again.

\`order: first\` steps against the slope with a rate of each weight's own, and takes free text; see \`softmax\`. A model of second order goes
on by such steps, with its weights, when it gets more than 256 features.`,
  since: '0.3.0',
  sparse: true,
  options: {
    order: field.choice('Newton’s steps, of d² numbers, or steps against the slope.', ['second', 'first'], {
      default: 'second',
    }),
    forgetting: forgettingField(0.998, { more: ' Second order.' }),
    ridge: field.number('The penalty on each squared weight of a standardised column, halved. Second order.', {
      min: 1e-3,
      max: 1e6,
      default: 0.3,
    }),
    rate: field.number('η: how far a step goes at first. First order.', { min: 1e-6, max: 1000, default: 0.5 }),
    l1: field.number('The penalty on each weight’s size, by record. First order.', { min: 0, max: 1e6, default: 0 }),
    l2: field.number('The penalty on each squared weight, halved, by record. First order.', {
      min: 0,
      max: 1e6,
      default: 0,
    }),
  },
  cost: 'second order O(d² + d · classes) per record and d² numbers per model; first order O(features of the record · classes) and 2 d · classes numbers, where d · classes is 4 million at most: of features seen beyond that nothing is learned',
  references: [
    'D. J. Spiegelhalter and S. L. Lauritzen, Sequential updating of conditional probabilities on directed graphical structures, Networks 1990',
    'Y. Ollivier, Online natural gradient as a Kalman filter, Electronic Journal of Statistics 2018',
    'P. Toulis and E. M. Airoldi, Asymptotic and finite-sample properties of estimators based on stochastic gradients, Annals of Statistics 2017',
  ],
  examples: [
    {
      title: 'which side of two and a half',
      options: { target: 'side', features: ['x'], probabilities: '' },
      given: [
        { $time: 1, x: 1, side: 'low' },
        { $time: 2, x: 4, side: 'high' },
        { $time: 3, x: 2, side: 'low' },
        { $time: 4, x: 3, side: 'high' },
        { $time: 5, x: 5, side: null },
        { $time: 6, x: 0, side: null },
      ],
      expect: [
        { x: 1, side: 'low', prediction: null },
        { x: 4, side: 'high', prediction: 'low' },
        { x: 2, side: 'low', prediction: 'low' },
        { x: 3, side: 'high', prediction: 'high' },
        { x: 5, side: null, prediction: 'high' },
        { x: 0, side: null, prediction: 'low' },
      ],
    },
  ],
  maker: ({ order, forgetting, ridge, rate, l1, l2 }) => {
    const options: LogisticOptions = {
      order,
      second: { forgetting, l2: ridge },
      first: { rate, adaptive: true, l1, l2 },
    };
    return {
      create: () => new LogisticModel(options),
      restore: (saved) => LogisticModel.restore(options, saved),
    };
  },
});
