import { field } from '#stage';
import { RobustScaling } from '../lib/learn/robust-scaling.ts';
import { scaler } from '../lib/learn/scaler.ts';

/** Features as distances from their running median. */
export default scaler({
  kind: 'robust-scaler',
  summary: 'Give features as distances from their median so far, in units of the range that holds most of them.',
  docs: `(x − median) / (q(high) − q(low)), 0 where the two quantiles are the same: a few wild values move neither. The quantiles are
estimated in constant space by P² and do not forget. Nothing is given beyond ±1e9.`,
  since: '0.3.0',
  options: {
    low: field.number('The lower quantile of the range.', { min: 0.001, max: 0.499, default: 0.25 }),
    high: field.number('The upper one.', { min: 0.501, max: 0.999, default: 0.75 }),
  },
  cost: 'O(1) per feature; 34 numbers per feature; records wait until the watermark has passed them',
  references: [
    'R. Jain and I. Chlamtac, The P² algorithm for dynamic calculation of quantiles and histograms without storing observations, Communications of the ACM 1985',
  ],
  examples: [
    {
      title: 'five values, and one that is far from them',
      options: {},
      given: [
        { $time: 1, x: 2 },
        { $time: 2, x: 6 },
        { $time: 3, x: 3 },
        { $time: 4, x: 4 },
        { $time: 5, x: 5 },
        { $time: 6, x: 100 },
      ],
      // Medians 2, 4, 3, 3.5, 4 and ranges 0, 2, 2, 1.75, 2 of the values before.
      expect: [{ x: 0 }, { x: 0 }, { x: -0.5 }, { x: 0.5 }, { x: 0.8571428571428571 }, { x: 48 }],
    },
  ],
  maker: (options) => ({
    create: () => new RobustScaling(options),
    restore: (saved) => new RobustScaling(options, saved),
  }),
});
