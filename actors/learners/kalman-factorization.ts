import { field } from '#stage';
import { FactorModel } from '../lib/learn/factor-model.ts';
import { kalmanFactors } from '../lib/learn/factor-rules.ts';
import { rater } from '../lib/learn/recommender.ts';

/** Ratings by factors of users and items, each with its uncertainty. */
export default rater({
  kind: 'kalman-factorization',
  summary: 'Predict what users think of items by matrix factorisation with Kalman filters, without a step to choose.',
  docs: `A rating is mean + σ (bias of the user + bias of the item + p·q), mean and σ being those of all ratings, p and q \`factors\` of the
user and of the item. Each user holds the covariance A of its bias and factors, each item B. With x = (1, q), z = (1, p), e the error
in σ and S = noise + x'A x + z'B z: a ← a + A x e ÷ S, A ← A − A x x'A ÷ S + drift · I, and the same for the item. So whoever is new moves
fast and whoever is known slowly, and taste may drift. Predictions stay within the ratings seen.`,
  since: '0.3.0',
  options: {
    factors: field.count('Factors of a user and of an item.', { unit: 'factors', min: 0, max: 200, default: 10 }),
    noise: field.number('Variance of a rating that all is known of, in variances of the ratings.', {
      min: 1e-6,
      max: 1e6,
      default: 0.6,
    }),
    drift: field.number('How much the variance of each number grows with each rating, up to what it was at first.', {
      min: 0,
      max: 1,
      default: 0.001,
    }),
  },
  cost: 'O(factors²) per record, O(items · factors) for the best items; about factors² ÷ 2 numbers for each user and item; records wait until the watermark has passed them',
  references: [
    'Y. Koren, R. Bell and C. Volinsky, Matrix factorization techniques for recommender systems, Computer 2009',
    'S. Gultekin and J. Paisley, A collaborative Kalman filter for time-evolving dyadic processes, ICDM 2014',
  ],
  examples: [
    {
      title: 'biases alone: the first two ratings are 1 σ off the mean of 4, of which 0.3 ÷ 1.2 goes to each bias',
      options: { user: 'user', item: 'item', rating: 'rating', factors: 0, drift: 0 },
      given: [
        { $time: 1, user: 'ann', item: 'tea', rating: 3 },
        { $time: 2, user: 'bob', item: 'coffee', rating: 5 },
        { $time: 3, user: 'bob', item: 'tea', rating: null },
        { $time: 4, user: 'bob', item: null, rating: null },
      ],
      expect: [
        { user: 'ann', item: 'tea', rating: 3, prediction: null, best: null },
        { user: 'bob', item: 'coffee', rating: 5, prediction: 3, best: null },
        { user: 'bob', item: 'tea', rating: null, prediction: 4.25, best: null },
        {
          ...{ user: 'bob', item: null, rating: null, prediction: null },
          best: [
            { item: 'coffee', score: 4.5 },
            { item: 'tea', score: 4.25 },
          ],
        },
      ],
    },
  ],
  maker: ({ factors, noise, drift, users, items }) => {
    const rule = kalmanFactors({ k: factors, biasVariance: 0.3, factorVariance: 0.15, noise, drift });
    return {
      create: () => new FactorModel(rule, users, items),
      restore: (saved) => FactorModel.restore(rule, users, items, saved),
    };
  },
});
