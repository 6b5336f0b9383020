import { regressor } from '../lib/learn/regressor.ts';
import { RlsModel } from '../lib/learn/rls-model.ts';
import { clipField, forgettingField, ridgeField } from '../lib/learn/weighing-fields.ts';

/** Recursive least squares: linear regression that follows a drifting stream. */
export default regressor({
  kind: 'rls',
  summary: 'Predict numbers by linear least squares over all records so far, or by those of late.',
  docs: `Minimises Σ λ^(t−i) (yᵢ − w·xᵢ)² + λ^t · ridge · |w|² over the records so far, x with a constant 1: with \`forgetting: 1\` that is
ridge regression exactly, and with a small \`ridge\` least squares. With \`forgetting\` below 1 a record counts e times less after
1 / (1 − λ) more.

The rows are rotated into R'D R = X'X without square roots (Gentleman), which is as exact as a QR decomposition of all of them;
w solves R w = θ. A direction in which nothing new is seen keeps its weight, however much is forgotten. \`clip\` cuts an error at
so many times the usual one (Huber). Several targets share the rotations.`,
  since: '0.3.0',
  options: {
    forgetting: forgettingField(0.999),
    ridge: ridgeField(1),
    clip: clipField(0),
  },
  cost: 'O(d²) per record; d² numbers per model; records wait until the watermark has passed them',
  references: [
    'R. L. Plackett, Some theorems in least squares, Biometrika 1950',
    'W. M. Gentleman, Least squares computations by Givens transformations without square roots, IMA Journal 1973',
    'L. Ljung and T. Söderström, Theory and practice of recursive identification, MIT Press 1983',
    'P. J. Huber, Robust estimation of a location parameter, Annals of Mathematical Statistics 1964',
  ],
  examples: [
    {
      title: 'ridge regression of three points',
      options: { target: 'y', features: ['x'], forgetting: 1, ridge: 1 },
      given: [
        { $time: 1, x: 1, y: 3 },
        { $time: 2, x: 2, y: 5 },
        { $time: 3, x: 0.5, y: 2 },
        { $time: 4, x: 2.5, y: null },
      ],
      expect: [
        { x: 1, y: 3, prediction: null },
        { x: 2, y: 5, prediction: 3 },
        { x: 0.5, y: 2, prediction: 3.3333333333333335 },
        { x: 2.5, y: null, prediction: 4.769230769230769 },
      ],
    },
  ],
  maker: (options, targets) => ({
    create: () => new RlsModel(options, targets),
    restore: (saved) => RlsModel.restore(options, saved),
  }),
});
