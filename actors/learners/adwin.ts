import { field } from '#stage';
import { AdwinModel } from '../lib/learn/adwin-model.ts';
import { detector } from '../lib/learn/detector.ts';

/** The adaptive window of Bifet and Gavaldà. */
export default detector({
  kind: 'adwin',
  summary: 'Tell where the mean of a value changes, by a window that grows while it does not.',
  docs: `The window holds all values since the last change, as means of 1, 2, 4, … of them. It is looked at every \`every\` values: a
change is told when it can be cut into an older and a newer part, of n and m values, whose means differ by more than
√(2 h s² L) + ⅔ h L, with h = 1 / (n − 4) + 1 / (m − 4), s² the variance of the window and L = ln(2 ln(n + m) / δ). Then the window
begins anew. It needs to know neither the size of a change nor the spread of the value, and hardly ever errs; it is slower than
\`cusum\` and \`page-hinkley\`.`,
  since: '0.3.0',
  options: {
    delta: field.number('δ: bounds the chance of telling a change where there is none.', {
      min: 1e-300,
      max: 0.5,
      default: 0.002,
    }),
    every: field.count('Values between two looks at the window: fewer find a change sooner and cost more.', {
      unit: 'values',
      min: 1,
      max: 1e6,
      default: 32,
    }),
  },
  cost: 'O(log n) each `every` records, for a window of n values; 10 log₂ n numbers per key; records wait until the watermark has passed them',
  references: ['A. Bifet and R. Gavaldà, Learning from time-changing data with adaptive windowing, SDM 2007'],
  examples: [
    {
      title: 'ten times 0 and ten times 100',
      options: { of: 'load', every: 20, delta: 0.5 },
      given: Array.from({ length: 20 }, (_, i) => ({ $time: i, load: i < 10 ? 0 : 100 })),
      expect: Array.from({ length: 20 }, (_, i) => ({ load: i < 10 ? 0 : 100, drift: i === 19 })),
    },
  ],
  maker: (options) => ({
    create: () => new AdwinModel(options),
    restore: (saved) => AdwinModel.restore(options, saved),
  }),
});
