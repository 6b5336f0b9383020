import { field } from '#stage';
import { classifier } from '../lib/learn/classifier.ts';
import { SoftmaxModel } from '../lib/learn/softmax-model.ts';

/** Softmax regression by steps against the slope, for many features and free text. */
export default classifier({
  kind: 'softmax',
  summary: 'Predict classes by softmax regression, one small step per record.',
  docs: `Steps against the slope of −log softmax(W x)_y: W ← W − η (p − onehot(y)) z', in the units z = (x − μ) / σ in which each
feature has been seen to vary. What is kept are the weights of the raw x, so that a mean or deviation that moves changes no
answer; where a deviation has doubled, the weight is halved. Columns of 0 and 1 are taken as they are. With \`adaptive\` a weight's
rate is η / √Σ slope² (AdaGrad); without it is η, which follows drift faster. A step is cut by 1 / (1 + its reach / 2), beyond which it
could overshoot (Böhning's bound).

\`l1\` and \`l2\` draw the weights of a record's features to 0 (elastic net when both are given), those by \`l1\` to 0 exactly.`,
  since: '0.3.0',
  sparse: true,
  options: {
    rate: field.number('η: how far a step goes, in standard deviations.', { min: 1e-6, max: 1000, default: 0.5 }),
    adaptive: field.flag('Steps of a weight shrink with the slopes it has seen.', { default: true }),
    l1: field.number('The penalty on each weight’s size, by record.', { min: 0, max: 1e6, default: 0 }),
    l2: field.number('The penalty on each squared weight, halved, by record.', { min: 0, max: 1e6, default: 0 }),
  },
  cost: 'O(features of the record · classes) per record; 2 d · classes + 4 d numbers per model; d · classes is 4 million at most: of features seen beyond that nothing is learned',
  references: [
    'D. Böhning, Multinomial logistic regression algorithm, Annals of the Institute of Statistical Mathematics 1992',
    'J. Duchi, E. Hazan and Y. Singer, Adaptive subgradient methods for online learning, JMLR 2011',
    'S. Ross, P. Mineiro and J. Langford, Normalized online learning, UAI 2013',
    'J. Langford, L. Li and T. Zhang, Sparse online learning via truncated gradient, JMLR 2009',
  ],
  examples: [
    {
      title: 'what is eaten',
      options: { target: 'food', features: ['animal'], probabilities: '' },
      given: [
        { $time: 1, animal: 'cow', food: 'grass' },
        { $time: 2, animal: 'cat', food: 'meat' },
        { $time: 3, animal: 'cow', food: 'grass' },
        { $time: 4, animal: 'cow', food: null },
        { $time: 5, animal: 'cat', food: null },
      ],
      expect: [
        { animal: 'cow', food: 'grass', prediction: null },
        { animal: 'cat', food: 'meat', prediction: 'grass' },
        { animal: 'cow', food: 'grass', prediction: 'meat' },
        { animal: 'cow', food: null, prediction: 'grass' },
        { animal: 'cat', food: null, prediction: 'meat' },
      ],
    },
  ],
  maker: (options) => ({
    create: () => new SoftmaxModel(options),
    restore: (saved) => SoftmaxModel.restore(options, saved),
  }),
});
