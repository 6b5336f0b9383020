import { field } from '#stage';
import { classifier } from '../lib/learn/classifier.ts';
import { PassiveAggressiveClasses } from '../lib/learn/passive-aggressive-classes.ts';

/** Passive-aggressive linear classification. */
export default classifier({
  kind: 'passive-aggressive-classifier',
  summary: 'Predict classes by a linear model that changes no more than each record’s margin asks for.',
  docs: `The class with the highest score wₖ·x is predicted, x with a constant 1. Nothing changes while the score of the record's own class y
is 1 above all others; otherwise, r the highest of the others and ℓ = 1 − (w_y − wᵣ)·x, w_y ← w_y + τ x and wᵣ ← wᵣ − τ x with
τ = min(C, ℓ / (2 |x|²)) (\`variant: I\`) or τ = ℓ / (2 |x|² + 1 / (2 C)) (\`variant: II\`). Of two classes w = w_1 − w_0 is the binary form's, with
|x|² in place of 2 |x|². It follows a drift within a few records, and noise as well. Features are taken as they are: bring numbers to like sizes.

Probabilities are the softmax of the scores, which says which class leads and not how often it is right. \`merge\` gives the mean of the
weights by records; parts must have seen features and classes in the same order.`,
  since: '0.3.0',
  sparse: true,
  options: {
    variant: field.choice('Whether C bounds a step or lessens it.', ['I', 'II'], { default: 'I' }),
    aggressiveness: field.number('C: how much is believed of one record.', { min: 1e-9, max: 1e9, default: 0.01 }),
  },
  cost: 'O(features of the record · classes) per record; d · classes numbers per model, 4 million at most: of features seen beyond that nothing is learned',
  references: [
    'K. Crammer, O. Dekel, J. Keshet, S. Shalev-Shwartz and Y. Singer, Online passive-aggressive algorithms, JMLR 2006',
  ],
  examples: [
    {
      title: 'one record is believed at once',
      options: { target: 'side', features: ['x'], aggressiveness: 10 },
      given: [
        { $time: 1, x: 3, side: 'right' },
        { $time: 2, x: -1, side: 'left' },
        { $time: 3, x: 2, side: null },
        { $time: 4, x: -2, side: null },
      ],
      expect: [
        { x: 3, side: 'right', prediction: null, probabilities: null },
        { x: -1, side: 'left', prediction: 'right', probabilities: { right: 1 } },
        {
          x: 2,
          side: null,
          prediction: 'right',
          probabilities: { right: 0.6224593312018546, left: 0.37754066879814546 },
        },
        {
          x: -2,
          side: null,
          prediction: 'left',
          probabilities: { right: 0.18242552380635635, left: 0.8175744761936437 },
        },
      ],
    },
  ],
  maker: (options) => ({
    create: () => new PassiveAggressiveClasses(options),
    restore: (saved) => PassiveAggressiveClasses.restore(options, saved),
  }),
});
