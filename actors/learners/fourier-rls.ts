import { field } from '#stage';
import { FourierRlsModel } from '../lib/learn/fourier-rls-model.ts';
import { regressor } from '../lib/learn/regressor.ts';
import { clipField, forgettingField, ridgeField } from '../lib/learn/weighing-fields.ts';

/** Recursive least squares over random Fourier features: regression on what is smooth and not linear. */
export default regressor({
  kind: 'fourier-rls',
  summary: 'Predict numbers that depend smoothly, and not linearly, on the features.',
  docs: `Least squares with forgetting (see \`rls\`) over z and \`cosines\` random features √(2/D) cos(ω·z + b), ω from N(0, 1/(\`length\`²·d)): products of
such features approximate the Gaussian kernel e^(−|z − z'|² / (2·length²·d)). z are the features with mean 0 and deviation 1, by the first
200 records; those of zeros and ones stay as they are. The model learns those 200 when the last of them has come, and features
first seen behind them are left out. The directions come from \`seed\`.`,
  since: '0.3.0',
  options: {
    cosines: field.count('D: more fit finer detail.', { unit: 'cosines', min: 10, max: 2000, default: 200 }),
    length: field.number('The distance over which answers change, in deviations of the features.', {
      min: 0.01,
      max: 1000,
      default: 1,
    }),
    forgetting: forgettingField(0.999),
    ridge: ridgeField(1),
    clip: clipField(3),
    seed: field.count('Another seed, other directions.', { min: 0, max: 2 ** 31, default: 42 }),
  },
  cost: 'O(D·d + (D + d)²) per record; (D + d)² numbers per model once 200 records have come; records wait for the watermark',
  references: [
    'A. Rahimi and B. Recht, Random features for large-scale kernel machines, NIPS 2007',
    'W. M. Gentleman, Least squares computations by Givens transformations without square roots, IMA Journal 1973',
  ],
  examples: [
    {
      title: 'nothing is predicted before the first 200 records have been seen',
      options: { target: 'y', features: ['x'] },
      given: [
        { $time: 1, x: 1, y: 3 },
        { $time: 2, x: 2, y: null },
      ],
      expect: [
        { x: 1, y: 3, prediction: null },
        { x: 2, y: null, prediction: null },
      ],
    },
  ],
  maker: ({ cosines, ...options }, targets) => ({
    create: () => new FourierRlsModel({ features: cosines, ...options }, targets),
    restore: (saved) => FourierRlsModel.restore({ features: cosines, ...options }, targets, saved),
  }),
});
