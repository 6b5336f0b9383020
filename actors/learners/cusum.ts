import { field } from '#stage';
import { CusumModel } from '../lib/learn/cusum-model.ts';
import { detector } from '../lib/learn/detector.ts';

/** The cumulative sum test on both sides. */
export default detector({
  kind: 'cusum',
  summary: 'Tell where the level of a value changes, by the sum of its deviations.',
  docs: `The first \`learnFrom\` values after a change give a mean m and a deviation s. After that, with z = (x − m) / s,
g⁺ ← max(0, g⁺ + z − slack) and g⁻ ← max(0, g⁻ − z − slack); a change is told when either exceeds \`threshold\`, and m and s are
learned anew. A lasting change by two deviations is found after about 8 values. Nothing is told while it learns.`,
  since: '0.3.0',
  options: {
    slack: field.number('Deviations that a value may be off: half of the change to be found.', {
      min: 0,
      max: 1e6,
      default: 0.5,
    }),
    threshold: field.number('The sum, in deviations, at which a change is told: larger is slower and errs less.', {
      min: 0,
      max: 1e9,
      default: 12,
    }),
    learnFrom: field.count('Values after a change that mean and deviation are learned from.', {
      unit: 'values',
      min: 2,
      max: 1e9,
      default: 200,
    }),
  },
  cost: 'O(1) per record; six numbers per key; records wait until the watermark has passed them',
  references: ['E. S. Page, Continuous inspection schemes, Biometrika 1954'],
  examples: [
    {
      title: 'a level of 2 ± 1 that becomes 6',
      options: { of: 'load', learnFrom: 4, threshold: 5, estimate: 'level' },
      given: [
        { $time: 1, load: 1 },
        { $time: 2, load: 3 },
        { $time: 3, load: 1 },
        { $time: 4, load: 3 },
        { $time: 5, load: 6 },
        { $time: 6, load: 6 },
      ],
      expect: [
        { load: 1, drift: false, level: 1 },
        { load: 3, drift: false, level: 2 },
        { load: 1, drift: false, level: 1.6666666666666667 },
        { load: 3, drift: false, level: 2 },
        { load: 6, drift: false, level: 2 },
        { load: 6, drift: true, level: null },
      ],
    },
  ],
  maker: (options) => ({
    create: () => new CusumModel(options),
    restore: (saved) => new CusumModel(options, saved as Float64Array),
  }),
});
