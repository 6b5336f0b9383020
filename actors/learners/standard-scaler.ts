import { scaler } from '../lib/learn/scaler.ts';
import { StandardScaling } from '../lib/learn/standard-scaling.ts';
import { forgettingField } from '../lib/learn/weighing-fields.ts';

/** Features as deviations from their running mean. */
export default scaler({
  kind: 'standard-scaler',
  summary: 'Give features as deviations from their mean so far, in units of their standard deviation.',
  docs: `(x − m) / s, 0 where s is 0, m and s² being mean and variance of the feature's values before: W ← λ W + 1; q = x − m;
m ← m + q / W; S ← λ S + (1 − 1/W) q²; s² = S / W. Nothing is given beyond ±1e9.

A scale that moves spoils what a learner behind it has learned: \`rls\` and what goes by it needs none.`,
  since: '0.3.0',
  options: {
    forgetting: forgettingField(1, { of: 'a value' }),
  },
  cost: 'O(1) per feature; four numbers per feature; records wait until the watermark has passed them',
  references: [
    'B. P. Welford, Note on a method for calculating corrected sums of squares and products, Technometrics 1962',
    'T. F. Chan, G. H. Golub and R. J. LeVeque, Algorithms for computing the sample variance, The American Statistician 1983',
  ],
  examples: [
    {
      title: 'a number is scaled, a truth value and a text are not',
      options: {},
      given: [
        { $time: 1, x: 2, open: true, shop: 'a' },
        { $time: 2, x: 6, open: false, shop: 'b' },
        { $time: 3, x: 7, open: true, shop: 'a' },
      ],
      expect: [
        { x: 0, open: true, shop: 'a' },
        { x: 0, open: false, shop: 'b' },
        { x: 1.5, open: true, shop: 'a' },
      ],
    },
    {
      title: 'all of them in a field of their own',
      options: { features: ['x', 'shop'], as: 'features' },
      given: [
        { $time: 1, x: 2, shop: 'a' },
        { $time: 2, x: 6, shop: 'b' },
        { $time: 3, x: 7, shop: 'a' },
      ],
      expect: [
        { x: 2, shop: 'a', features: { x: 0, 'shop=a': 1 } },
        { x: 6, shop: 'b', features: { x: 0, 'shop=b': 1 } },
        { x: 7, shop: 'a', features: { x: 1.5, 'shop=a': 1 } },
      ],
    },
  ],
  maker: ({ forgetting }) => ({
    create: () => new StandardScaling(forgetting),
    restore: (saved) => new StandardScaling(forgetting, saved),
  }),
});
