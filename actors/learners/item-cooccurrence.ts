import { field } from '#stage';
import { CoOccurrenceModel } from '../lib/learn/co-occurrence-model.ts';
import { chooser } from '../lib/learn/recommender.ts';

/** Items that go with what a user took of late. */
export default chooser({
  kind: 'item-cooccurrence',
  summary: 'Recommend items that others took together with what a user took of late.',
  docs: `c_ij counts how often item i came within the \`recent\` items of a user that had j among them, n_i how often i came, both with forgetting
over \`memory\` events; i is like j by c_ij ÷ √(n_i n_j). The prediction is the item's mean likeness to the user's recent items. Of
each item the \`neighbours\` it came with most are kept; one that comes anew takes the place and the count of the least.`,
  since: '0.3.0',
  options: {
    recent: field.count('Items of late that are kept of a user.', { unit: 'items', min: 1, max: 1000, default: 20 }),
    neighbours: field.count('Items that are kept of those that come with an item.', {
      unit: 'items',
      min: 1,
      max: 1000,
      default: 50,
    }),
    memory: field.count('Events after which an event counts e times less.', {
      unit: 'events',
      min: 1,
      max: 1e12,
      default: 1_000_000,
    }),
  },
  cost: 'O(recent · neighbours) per record; recent numbers per user and 2 · neighbours per item; records wait until the watermark has passed them',
  references: [
    'G. Linden, B. Smith and J. York, Amazon.com recommendations: item-to-item collaborative filtering, IEEE Internet Computing 2003',
    'A. Metwally, D. Agrawal and A. El Abbadi, Efficient computation of frequent and top-k elements in data streams, ICDT 2005',
  ],
  examples: [
    {
      title: 'tea came with bread once in two times: 1 ÷ √(2 · 1)',
      options: { user: 'user', item: 'item', memory: 1_000_000_000_000 },
      given: [
        { $time: 1, user: 'ann', item: 'tea' },
        { $time: 2, user: 'ann', item: 'bread' },
        { $time: 3, user: 'bob', item: 'tea' },
        { $time: 4, user: 'bob', item: null },
      ],
      expect: [
        { user: 'ann', item: 'tea', prediction: null, best: null },
        { user: 'ann', item: 'bread', prediction: 0, best: null },
        { user: 'bob', item: 'tea', prediction: 0, best: null },
        { user: 'bob', item: null, prediction: null, best: [{ item: 'bread', score: Math.SQRT1_2 }] },
      ],
    },
  ],
  maker: (options) => ({
    create: () => new CoOccurrenceModel(options),
    restore: (saved) => CoOccurrenceModel.restore(options, saved),
  }),
});
