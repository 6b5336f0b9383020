import { ClassMixModel } from '../lib/learn/class-mix-model.ts';
import { classifier } from '../lib/learn/classifier.ts';

/** A mixture of classifiers that needs no tuning. */
export default classifier({
  kind: 'class-mix',
  summary: 'Predict classes by a mixture of classifiers of several kinds and memories; nothing to tune.',
  docs: `Experts learn side by side, and their probabilities are mixed in two ways, weighed by how well each did of late: by
exponential weights, pₖ times e^(−its log loss over the last 100 records or so), which follows the best expert through a drift; and as
Π pₖ^aₖ, the powers learned by steps against the slope of the log loss, which makes of many fair answers a better one.

While features are at most 256: logistic regression of second order with memories of 500 and 100 records; the same over marks of the
eighths that each number lies above (all records, and the last 500), which bends along each feature; and over 100 random
waves (2000 and 200 records), which bends along all together; naive Bayes; softmax regression with shrinking and with constant steps.
With more features, and free text: naive Bayes and softmax regression of four paces; with more than 100 classes, naive Bayes and softmax
regression with shrinking steps. Scales are those of the first 128 records, of
which the first 8, 16, 32 … are learned again when there are as many.

\`merge\` lets a part with fewer than 128 records be learned as it is. Of larger ones the scales and cuts of the largest are kept, what others know
is carried over to them but for the random waves; each expert then merges by its own rule, and the mixing becomes the mean by records. Parts must have seen
features and classes in the same order.`,
  since: '0.3.0',
  sparse: true,
  options: {},
  cost: 'dense O((d + 160)² + (d + 160) · classes) per record, some 0.1 to 0.6 ms with few classes, and (d + 160)² numbers per model thrice; sparse O(features of the record · classes) per record and up to 11 d · classes numbers; beyond 100 classes 5 d · classes, where d · classes is 4 million at most: of features seen beyond that nothing is learned',
  references: [
    'Y. Freund and R. E. Schapire, A decision-theoretic generalization of on-line learning and an application to boosting, JCSS 1997',
    'C. Genest and J. V. Zidek, Combining probability distributions: a critique and an annotated bibliography, Statistical Science 1986',
    'A. Rahimi and B. Recht, Random features for large-scale kernel machines, NIPS 2007',
  ],
  examples: [
    {
      title: 'which side of five',
      options: { target: 'side', features: ['x'], probabilities: '' },
      given: [
        { $time: 1, x: 1, side: 'low' },
        { $time: 2, x: 9, side: 'high' },
        { $time: 3, x: 2, side: 'low' },
        { $time: 4, x: 8, side: 'high' },
        { $time: 5, x: 10, side: null },
        { $time: 6, x: 0, side: null },
      ],
      expect: [
        { x: 1, side: 'low', prediction: null },
        { x: 9, side: 'high', prediction: 'low' },
        { x: 2, side: 'low', prediction: 'low' },
        { x: 8, side: 'high', prediction: 'high' },
        { x: 10, side: null, prediction: 'high' },
        { x: 0, side: null, prediction: 'low' },
      ],
    },
  ],
  maker: () => ({
    create: () => new ClassMixModel(),
    restore: (saved) => ClassMixModel.restore(saved),
  }),
});
