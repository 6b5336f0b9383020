import { field } from '#stage';
import { detector } from '../lib/learn/detector.ts';
import { PageHinkleyModel } from '../lib/learn/page-hinkley-model.ts';

/** The test of Page and Hinkley on both sides. */
export default detector({
  kind: 'page-hinkley',
  summary: 'Tell where the mean of a value changes, by the test of Page and Hinkley.',
  docs: `With m the mean of the values since the last change, U ← α U + (x − m − δ) and D ← α D + (x − m + δ). A change is told when U
is more than \`threshold\` above its least, or D that much below its largest; then all begins anew. Both are in the unit of the
value: for one that has none of its own, \`cusum\` needs no such choice.`,
  since: '0.3.0',
  options: {
    threshold: field.number('The sum of what values are off, in their unit, at which a change is told.', {
      min: 0,
      max: 1e12,
      default: 50,
    }),
    delta: field.number('δ: what a value may be off, in its unit.', { min: 0, max: 1e12, default: 0.005 }),
    forgetting: field.number('α: how much the sums so far count once the next value has come.', {
      min: 0.5,
      max: 1,
      default: 0.9999,
    }),
    learnFrom: field.count('Values after a change before the next is told.', {
      unit: 'values',
      min: 1,
      max: 1e9,
      default: 30,
    }),
  },
  cost: 'O(1) per record; seven numbers per key; records wait until the watermark has passed them',
  references: [
    'E. S. Page, Continuous inspection schemes, Biometrika 1954',
    'D. V. Hinkley, Inference about the change-point from cumulative sum tests, Biometrika 1971',
  ],
  examples: [
    {
      title: 'a level of 0 that becomes 4',
      options: { of: 'load', threshold: 5, delta: 0, forgetting: 1, learnFrom: 2, estimate: 'level' },
      given: [
        { $time: 1, load: 0 },
        { $time: 2, load: 0 },
        { $time: 3, load: 0 },
        { $time: 4, load: 4 },
        { $time: 5, load: 4 },
      ],
      expect: [
        { load: 0, drift: false, level: 0 },
        { load: 0, drift: false, level: 0 },
        { load: 0, drift: false, level: 0 },
        { load: 4, drift: false, level: 1 },
        { load: 4, drift: true, level: null },
      ],
    },
  ],
  maker: (options) => ({
    create: () => new PageHinkleyModel(options),
    restore: (saved) => new PageHinkleyModel(options, saved as Float64Array),
  }),
});
