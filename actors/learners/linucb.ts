import { field } from '#stage';
import { bandit } from '../lib/learn/bandit.ts';
import { upperBounds } from '../lib/learn/bandit-values.ts';

/** Chooses the arm that may pay most, by linear models with forgetting. */
export default bandit({
  kind: 'linucb',
  summary: 'Choose among arms by the upper bound of what each may pay in this context, and learn from rewards.',
  docs: `Each arm has least squares of its rewards on the features and 1, with \`forgetting\` and \`ridge\` as in \`rls\`; P is the inverse of
its information. Chosen is the arm of the largest w·x + exploration · σ √(x'P x), σ being the standard deviation of all rewards: one
that pays well, or of which little is known here. Of equal arms it is the first.`,
  since: '0.3.0',
  options: {
    exploration: field.number('How many standard deviations above its expectation an arm is valued.', {
      min: 0,
      max: 1e6,
      default: 1,
    }),
  },
  cost: 'O(arms · d²) per choice, O(d²) per reward; d² ÷ 2 numbers per arm; records wait until the watermark has passed them',
  references: [
    'L. Li, W. Chu, J. Langford and R. E. Schapire, A contextual-bandit approach to personalized news article recommendation, WWW 2010',
    'Y. Russac, C. Vernade and O. Cappé, Weighted linear bandits for non-stationary environments, NeurIPS 2019',
  ],
  examples: [
    {
      title: 'a is tried first and brings nothing, b brings 2 and is worth 1 + √½ then, a √½',
      options: { arm: 'arm', reward: 'reward', id: 'id', arms: ['a', 'b'], features: ['x'], forgetting: 1 },
      given: [
        { $time: 1, id: 1, x: 0 },
        { $time: 2, id: 1, reward: 0 },
        { $time: 3, arm: 'b', x: 0, reward: 2 },
        { $time: 4, id: 2, x: 0 },
      ],
      expect: [
        { id: 1, x: 0, choice: 'a' },
        { id: 1, reward: 0, choice: null },
        { arm: 'b', x: 0, reward: 2, choice: null },
        { id: 2, x: 0, choice: 'b' },
      ],
    },
  ],
  values: ({ exploration }) => upperBounds(exploration),
});
