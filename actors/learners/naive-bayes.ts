import { field } from '#stage';
import { classifier } from '../lib/learn/classifier.ts';
import { NaiveBayesModel } from '../lib/learn/naive-bayes-model.ts';

/** Naive Bayes of numbers, truth values, levels and words. */
export default classifier({
  kind: 'naive-bayes',
  summary: 'Predict classes by naive Bayes: numbers, truth values, levels and words, each by its own distribution.',
  docs: `p(y | x) ~ p(y) Π p(xⱼ | y), as if features were independent in each class. Levels and words are multinomial,
(count in the class + α) / (all in the class + α · words); truth values Bernoulli; numbers Gaussian by each class's mean and
variance (Welford). A class's variance is taken to have seen \`shrink\` records of the variance over all classes besides, so that a
number that never varied in a class does not decide alone.

What a feature is its values decide: numbers are below 0 or above 1, or between them in every record or where 0 occurs. It learns
from few records, and is too sure of itself where features tell the same. All records count the same for ever.`,
  since: '0.3.0',
  sparse: true,
  options: {
    smoothing: field.number('α: how often every level and word is taken to have been seen besides.', {
      min: 1e-9,
      max: 1e6,
      default: 0.1,
    }),
    shrink: field.number('Records of the variance over all classes that are added to each class’s.', {
      min: 0,
      max: 1e6,
      default: 1,
    }),
  },
  cost: 'O(features of the record · classes) per record; 3 d (classes + 1) numbers per model; d · classes is 4 million at most: of features seen beyond that nothing is learned',
  references: [
    'B. P. Welford, Note on a method for calculating corrected sums of squares and products, Technometrics 1962',
    'T. F. Chan, G. H. Golub and R. J. LeVeque, Algorithms for computing the sample variance, American Statistician 1983',
    'A. McCallum and K. Nigam, A comparison of event models for naive Bayes text classification, AAAI workshop 1998',
  ],
  examples: [
    {
      title: 'one level, α = 1',
      options: { target: 'play', features: ['sky'], smoothing: 1 },
      given: [
        { $time: 1, sky: 'clear', play: 'yes' },
        { $time: 2, sky: 'rain', play: 'no' },
        { $time: 3, sky: 'clear', play: 'yes' },
        { $time: 4, sky: 'rain', play: 'no' },
        { $time: 5, sky: 'clear', play: null },
      ],
      expect: [
        { sky: 'clear', play: 'yes', prediction: null, probabilities: null },
        { sky: 'rain', play: 'no', prediction: 'yes', probabilities: { yes: 1 } },
        {
          sky: 'clear',
          play: 'yes',
          prediction: 'yes',
          probabilities: { yes: 0.6666666666666666, no: 0.3333333333333333 },
        },
        { sky: 'rain', play: 'no', prediction: 'no', probabilities: { yes: 0.36, no: 0.64 } },
        { sky: 'clear', play: null, prediction: 'yes', probabilities: { yes: 0.75, no: 0.25 } },
      ],
    },
  ],
  maker: (options) => ({
    create: () => new NaiveBayesModel(options),
    restore: (saved) => NaiveBayesModel.restore(options, saved),
  }),
});
