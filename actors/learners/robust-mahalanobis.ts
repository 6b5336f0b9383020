import { field } from '#stage';
import { anomaly } from '../lib/learn/anomaly.ts';
import { MahalanobisModel } from '../lib/learn/mahalanobis-model.ts';

/** How far records are from the usual, by mean and covariance of late. */
export default anomaly({
  kind: 'robust-mahalanobis',
  summary: 'Tell records that are unusual in how their features go together, by the Mahalanobis distance.',
  docs: `The score is q' C⁻¹ q / d with q = x − m, about 1 of a usual record of d features: a record is far when a feature is, and also
when features that go together do not. m and C are mean and covariance of the first \`start\` records, which should be usual
ones, and then forget: with w = min(1, far / score), m ← m + (1 − λ) w q and C ← λ C + (1 − λ) w λ q q'. So no single record,
however far, moves them by more than one that is just \`far\`; a change that lasts is learned in time.

C is kept as R'D R, into which each record is rotated without square roots, and never loses positive definiteness; \`ridge\` bounds
D below. A feature that varies for the first time adds 100 / d. What a record has no value of is taken at its mean. Counts and
sizes are best given as logarithms: \`features: { bytes: log(bytes + 1) }\`.`,
  since: '0.3.0',
  options: {
    forgetting: field.number('λ: how much a record counts once the next has come.', {
      min: 0.5,
      max: 0.999999,
      default: 0.998,
    }),
    far: field.number('The score from which on a record counts less, in usual scores.', {
      min: 0.1,
      max: 1e9,
      default: 3,
    }),
    start: field.count('Records that count alike before any gets a score.', {
      unit: 'records',
      min: 2,
      max: 1e9,
      default: 50,
    }),
    ridge: field.number('The least variance of a feature given the others, as a share of its own.', {
      min: 1e-12,
      max: 1,
      default: 0.01,
    }),
  },
  cost: 'O(d²) per record; d² numbers per model; records wait until the watermark has passed them',
  references: [
    'P. C. Mahalanobis, On the generalised distance in statistics, Proceedings of the National Institute of Sciences of India 1936',
    'N. A. Campbell, Robust procedures in multivariate analysis I: robust covariance estimation, Applied Statistics 1980',
    'W. M. Gentleman, Least squares computations by Givens transformations without square roots, IMA Journal 1973',
  ],
  examples: [
    {
      title: 'the usual is 3 ± 1',
      options: { start: 4, ridge: 1e-12 },
      given: [
        { $time: 1, x: 2 },
        { $time: 2, x: 4 },
        { $time: 3, x: 2 },
        { $time: 4, x: 4 },
        { $time: 5, x: 6 },
      ],
      // 3² by the variance 1, and 0.2² / 4 that the first deviation, 2, left behind.
      expect: [
        { x: 2, score: null, anomaly: false },
        { x: 4, score: null, anomaly: false },
        { x: 2, score: null, anomaly: false },
        { x: 4, score: null, anomaly: false },
        { x: 6, score: 8.91089108910891, anomaly: false },
      ],
    },
  ],
  maker: (options) => ({
    create: () => new MahalanobisModel(options),
    restore: (saved) => MahalanobisModel.restore(options, saved),
  }),
});
