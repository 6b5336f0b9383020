import { field } from '#stage';
import { FactorModel } from '../lib/learn/factor-model.ts';
import { sgdFactors } from '../lib/learn/factor-rules.ts';
import { rater } from '../lib/learn/recommender.ts';

/** Ratings by factors of users and items, by stochastic gradient descent. */
export default rater({
  kind: 'biased-factorization',
  summary: 'Predict what users think of items by biased matrix factorisation with gradient steps.',
  docs: `A rating is mean + σ (b_u + b_i + p·q), mean and σ being those of all ratings. With e the error in σ: b ← b + η_b (e − λ b) for the
biases of user and item; p ← p + η (e q − λ p) and q ← q + η (e p − λ q). Faster and leaner than \`kalman-factorization\`, which
predicts better. Predictions stay within the ratings seen.`,
  since: '0.3.0',
  options: {
    factors: field.count('Factors of a user and of an item.', { unit: 'factors', min: 0, max: 1000, default: 10 }),
    step: field.number('η: how far the factors move.', { min: 1e-6, max: 1, default: 0.15 }),
    biasStep: field.number('η_b: how far the biases move.', { min: 1e-6, max: 1, default: 0.05 }),
    l2: field.number('λ: the penalty on each squared number.', { min: 0, max: 1, default: 0.03 }),
  },
  cost: 'O(factors) per record, O(items · factors) for the best items; factors + 1 numbers for each user and item; records wait until the watermark has passed them',
  references: [
    'Y. Koren, R. Bell and C. Volinsky, Matrix factorization techniques for recommender systems, Computer 2009',
  ],
  examples: [
    {
      title: 'biases alone: a rating 1 σ above the mean of 4 moves both of its biases by 0.5',
      options: { user: 'user', item: 'item', rating: 'rating', factors: 0, biasStep: 0.5, l2: 0 },
      given: [
        { $time: 1, user: 'ann', item: 'tea', rating: 3 },
        { $time: 2, user: 'bob', item: 'coffee', rating: 5 },
        { $time: 3, user: 'bob', item: 'tea', rating: null },
        { $time: 4, user: 'ann', item: null, rating: null },
      ],
      expect: [
        { user: 'ann', item: 'tea', rating: 3, prediction: null, best: null },
        { user: 'bob', item: 'coffee', rating: 5, prediction: 3, best: null },
        { user: 'bob', item: 'tea', rating: null, prediction: 4.5, best: null },
        {
          ...{ user: 'ann', item: null, rating: null, prediction: null },
          best: [
            { item: 'coffee', score: 4.5 },
            { item: 'tea', score: 4 },
          ],
        },
      ],
    },
  ],
  maker: ({ factors, step, biasStep, l2, users, items }) => {
    const rule = sgdFactors({ k: factors, step, biasStep, l2 });
    return {
      create: () => new FactorModel(rule, users, items),
      restore: (saved) => FactorModel.restore(rule, users, items, saved),
    };
  },
});
