import { field } from '#stage';
import { CovarianceModel } from '../lib/learn/covariance-model.ts';
import { type Observe, observer } from '../lib/learn/observer.ts';
import { forgettingField } from '../lib/learn/weighing-fields.ts';

/** Running covariances and correlations. */
export default observer({
  kind: 'covariance',
  summary: 'Add the covariances or correlations of the features over the records so far.',
  docs: `With m the mean and q = x − m, each record does W ← λ W + 1, M ← λ M + (1 − 1/W) q q' and m ← m + q/W. The covariance is M
divided by W − Σw²/W, unbiased: with \`forgetting: 1\` by n − 1. A correlation is null where a feature has not varied, a covariance
of a single record. A feature that a record has not is taken at its mean.

By \`names\` the field is a record of records, \`covariance.a.b\`, each pair both ways; as a \`matrix\` it is
\`{ names, rows }\`, a list of lists in the order of the names.`,
  since: '0.3.0',
  options: {
    of: field.choice('What is given.', ['covariance', 'correlation'], { default: 'covariance' }),
    form: field.choice('How it is given.', ['names', 'matrix'], { default: 'names' }),
    as: field.text('The field that gets it; by default `covariance` or `correlation`.', { optional: true }),
    forgetting: forgettingField(1),
  },
  cost: 'O(d²) per record; d² numbers per model; records wait until the watermark has passed them',
  references: [
    'B. P. Welford, Note on a method for calculating corrected sums of squares and products, Technometrics 1962',
    'T. F. Chan, G. H. Golub and R. J. LeVeque, Algorithms for computing the sample variance, The American Statistician 1983',
    'T. Finch, Incremental calculation of weighted mean and variance, Cambridge 2009',
  ],
  examples: [
    {
      title: 'three points of a line, and one beside it',
      options: { features: ['x', 'y'] },
      given: [
        { $time: 1, x: 1, y: 2 },
        { $time: 2, x: 3, y: 6 },
        { $time: 3, x: 2, y: 4 },
        { $time: 4, x: 0, y: 9 },
      ],
      expect: [
        { x: 1, y: 2, covariance: null },
        { x: 3, y: 6, covariance: { x: { x: null, y: null }, y: { x: null, y: null } } },
        { x: 2, y: 4, covariance: { x: { x: 2, y: 4 }, y: { x: 4, y: 8 } } },
        { x: 0, y: 9, covariance: { x: { x: 1, y: 2 }, y: { x: 2, y: 4 } } },
      ],
    },
    {
      title: 'correlations as a matrix',
      options: { features: ['x', 'y'], of: 'correlation', form: 'matrix' },
      given: [
        { $time: 1, x: 1, y: -2 },
        { $time: 2, x: 3, y: -6 },
        { $time: 3, x: 2, y: 0 },
      ],
      expect: [
        { x: 1, y: -2, correlation: null },
        {
          x: 3,
          y: -6,
          correlation: {
            names: ['x', 'y'],
            rows: [
              [null, null],
              [null, null],
            ],
          },
        },
        {
          x: 2,
          y: 0,
          correlation: {
            names: ['x', 'y'],
            rows: [
              [1, -1],
              [-1, 1],
            ],
          },
        },
      ],
    },
  ],
  adds: ({ as, of }) => ({ [as ?? of]: 'object' }),
  maker: ({ forgetting }) => ({
    create: () => new CovarianceModel(forgetting),
    restore: (saved) => CovarianceModel.restore(forgetting, saved),
  }),
  observe: ({ as, of, form }): Observe<CovarianceModel> => {
    const name = as ?? of;
    return (model, x, made, learn, names) => {
      made[name] = model.rows === 0 ? null : given(model, of, form, names);
      if (learn) model.learn(x);
    };
  },
});

function given(
  model: CovarianceModel,
  of: 'covariance' | 'correlation',
  form: 'names' | 'matrix',
  all: readonly string[],
): unknown {
  const names = all.slice(0, model.d);
  const rows = names.map((_, i) => names.map((_, j) => model[of](i, j)));
  if (form === 'matrix') return { names, rows };
  return Object.fromEntries(rows.map((row, i) => [names[i], Object.fromEntries(row.map((one, j) => [names[j], one]))]));
}
