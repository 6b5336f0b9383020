import { field } from '#stage';
import { bandit } from '../lib/learn/bandit.ts';
import { drawnValues } from '../lib/learn/bandit-values.ts';

/** Chooses arms as often as they are likely to be the best, by linear models with forgetting. */
export default bandit({
  kind: 'thompson',
  summary:
    'Choose among arms by chance, each as often as it is likely to pay most in this context, and learn from rewards.',
  docs: `Each arm has least squares of its rewards on the features and 1, with \`forgetting\` and \`ridge\` as in \`rls\`; P is the inverse of
its information. Of each arm a payment is drawn from a normal distribution with mean w·x and standard deviation
exploration · σ √(x'P x), σ being the standard deviation of all rewards, and the arm with the largest is chosen. What is drawn, \`seed\`
and the number of the choice decide: a run that is repeated, or goes on from its state, chooses the same.`,
  since: '0.3.0',
  options: {
    exploration: field.number('How wide the distribution is in standard deviations.', {
      min: 0,
      max: 1e6,
      default: 0.5,
    }),
    seed: field.count('Another seed draws other numbers.', { min: 0, max: 2 ** 31, default: 0 }),
  },
  cost: 'O(arms · d²) per choice, O(d²) per reward; d² ÷ 2 numbers per arm; records wait until the watermark has passed them',
  references: [
    'W. R. Thompson, On the likelihood that one unknown probability exceeds another, Biometrika 1933',
    'S. Agrawal and N. Goyal, Thompson sampling for contextual bandits with linear payoffs, ICML 2013',
  ],
  examples: [
    {
      title: 'b pays a hundred times, and is chosen',
      options: { arm: 'arm', reward: 'reward', arms: ['a', 'b'], features: ['x'], exploration: 0.001 },
      given: [
        { $time: 1, arm: 'a', reward: 0 },
        { $time: 2, arm: 'b', reward: 100 },
        { $time: 3, arm: null },
      ],
      expect: [
        { arm: 'a', reward: 0, choice: null },
        { arm: 'b', reward: 100, choice: null },
        { arm: null, choice: 'b' },
      ],
    },
  ],
  values: ({ exploration, seed }) => drawnValues(exploration, seed),
});
