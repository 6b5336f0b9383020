import { field } from '#stage';
import { classifier } from '../lib/learn/classifier.ts';
import { FtrlModel } from '../lib/learn/ftrl-model.ts';

/** FTRL-proximal logistic regression, for very many features of which few matter. */
export default classifier({
  kind: 'ftrl',
  summary: 'Predict classes by sparse logistic regression (FTRL-proximal): weights of which little was seen stay zero.',
  docs: `Each class against the rest, p = 1 / (1 + e^(−w·x)), with a constant in x; of two classes that is logistic regression. With g the
slope of the log loss by a weight: s = (√(n + g²) − √n) / α, z ← z + g − s w, n ← n + g²; and w = 0 where |z| ≤ \`l1\`, otherwise
w = −(z − sign(z) \`l1\`) / ((β + √n) / α + \`l2\`). Features are taken as they are: bring numbers to like sizes, or use \`softmax\`.`,
  since: '0.3.0',
  sparse: true,
  options: {
    rate: field.number('α: how far steps go.', { min: 1e-6, max: 1000, default: 0.1 }),
    beta: field.number('β: steps are as large as for √n = β at first.', { min: 1e-6, max: 1e6, default: 1 }),
    l1: field.number('The sum of slopes up to which a weight is zero.', { min: 0, max: 1e6, default: 0.001 }),
    l2: field.number('The penalty on each squared weight, halved.', { min: 0, max: 1e6, default: 1 }),
  },
  cost: 'O(features of the record · classes) per record; 2 d · classes numbers per model; d · classes is 4 million at most: of features seen beyond that nothing is learned',
  references: ['H. B. McMahan et al., Ad click prediction: a view from the trenches, KDD 2013'],
  examples: [
    {
      title: 'clicked or not',
      options: { target: 'clicked', features: ['ad'], probabilities: '' },
      given: [
        { $time: 1, ad: 'shoes', clicked: true },
        { $time: 2, ad: 'socks', clicked: false },
        { $time: 3, ad: 'shoes', clicked: true },
        { $time: 4, ad: 'shoes', clicked: null },
        { $time: 5, ad: 'socks', clicked: null },
      ],
      expect: [
        { ad: 'shoes', clicked: true, prediction: null },
        { ad: 'socks', clicked: false, prediction: true },
        { ad: 'shoes', clicked: true, prediction: true },
        { ad: 'shoes', clicked: null, prediction: true },
        { ad: 'socks', clicked: null, prediction: false },
      ],
    },
  ],
  maker: (options) => ({
    create: () => new FtrlModel(options),
    restore: (saved) => FtrlModel.restore(options, saved),
  }),
});
