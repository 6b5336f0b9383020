import { field } from '#stage';
import { MinMaxScaling } from '../lib/learn/min-max-scaling.ts';
import { scaler } from '../lib/learn/scaler.ts';

/** Features between their least and largest value. */
export default scaler({
  kind: 'min-max-scaler',
  summary: 'Give features as their place between the least and the largest value so far, from 0 to 1.',
  docs: '(x − least) / (largest − least), 0 where the two are the same.',
  since: '0.3.0',
  options: {
    clip: field.flag('Give 0 or 1 for what is beyond all before; else what the formula gives.', { default: true }),
  },
  cost: 'O(1) per feature; four numbers per feature; records wait until the watermark has passed them',
  references: [
    'J. Han, M. Kamber and J. Pei, Data mining: concepts and techniques, section 3.5.2, Morgan Kaufmann 2012',
  ],
  examples: [
    {
      title: 'between 2 and 6',
      options: {},
      given: [
        { $time: 1, x: 2 },
        { $time: 2, x: 6 },
        { $time: 3, x: 3 },
        { $time: 4, x: 9 },
      ],
      expect: [{ x: 0 }, { x: 0 }, { x: 0.25 }, { x: 1 }],
    },
  ],
  maker: ({ clip }) => ({
    create: () => new MinMaxScaling(clip),
    restore: (saved) => new MinMaxScaling(clip, saved),
  }),
});
