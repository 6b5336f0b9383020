import { field } from '#stage';
import { classifier } from '../lib/learn/classifier.ts';
import { HoeffdingTreeModel } from '../lib/learn/hoeffding-tree-model.ts';

/** A decision tree that grows with the stream. */
export default classifier({
  kind: 'hoeffding-tree',
  summary: 'Predict classes by a decision tree that grows with the stream.',
  docs: `A leaf keeps of each feature and class a count, a Gaussian and the range, from which it reckons how much purer a split would leave
the classes: numbers are cut at \`cuts\` places of their range, a level or a truth value is there or not. Every \`grace\` records it is
split by the best, if that beats the second by ε = √(R² ln(1/\`delta\`) / 2n) (Hoeffding's bound after n records; R is log₂ of the classes,
or 1 by gini), or if ε < \`tie\`. Two features that split alike are one. What no split does counts as a split that wins nothing.

Where a number is missing a record goes the way of most; a level that is not there goes the way of the others. A number with wild
values is cut badly: take its logarithm first.

The tree only grows: no split is ever taken back. Where the stream drifts use \`class-mix\`, or let a detector begin anew under another
key at each change (docs/learning.md). Models cannot be merged (\`WEIR_MERGE\`).`,
  since: '0.3.0',
  options: {
    delta: field.number('δ: the chance that a split taken is not the best.', { min: 1e-300, max: 0.5, default: 1e-7 }),
    grace: field.count('Records that come to a leaf between two tries to split it.', {
      unit: 'records',
      min: 1,
      max: 1e9,
      default: 200,
    }),
    tie: field.number('With ε below this the best split is taken, however close the second.', {
      min: 0,
      max: 10,
      default: 0.05,
    }),
    criterion: field.choice(
      'What makes a leaf pure: bits won, or the chance that two of its records differ.',
      ['gain', 'gini'],
      {
        default: 'gain',
      },
    ),
    answer: field.choice(
      'How a leaf answers: by its classes’ shares, by naive Bayes of its records, or by what of these has been right more often there.',
      ['majority', 'bayes', 'adaptive'],
      { default: 'adaptive' },
    ),
    cuts: field.count('Places at which a number’s range is cut to try a split.', {
      unit: 'cuts',
      min: 1,
      max: 1000,
      default: 10,
    }),
    depth: field.count('Splits from the root to a leaf.', { unit: 'splits', min: 0, max: 1000, default: 50 }),
    leaves: field.count('Leaves of a model.', { unit: 'leaves', min: 1, max: 100_000, default: 1000 }),
    memory: field.bytes(
      'What the leaves of a model may keep of their features: beyond it those with least to win stop looking, and answer by shares.',
      { min: 1024, default: '16MiB' },
    ),
  },
  cost: 'O(features of the record · classes + depth) per record, O(features · cuts · classes) per try; 5 features · classes numbers per leaf that looks',
  references: [
    'P. Domingos and G. Hulten, Mining high-speed data streams, KDD 2000',
    'J. Gama, R. Rocha and P. Medas, Accurate decision trees for mining high-speed data streams, KDD 2003',
    'R. Kirkby, Improving Hoeffding trees, PhD thesis, University of Waikato 2007',
  ],
  examples: [
    {
      title: 'split after four records',
      options: { target: 'stay', features: ['rain'], grace: 4, tie: 10, answer: 'majority' },
      given: [
        { $time: 1, rain: true, stay: 'in' },
        { $time: 2, rain: false, stay: 'out' },
        { $time: 3, rain: true, stay: 'in' },
        { $time: 4, rain: false, stay: 'out' },
        { $time: 5, rain: true, stay: null },
        { $time: 6, rain: false, stay: null },
      ],
      expect: [
        { rain: true, stay: 'in', prediction: null, probabilities: null },
        { rain: false, stay: 'out', prediction: 'in', probabilities: { in: 1 } },
        { rain: true, stay: 'in', prediction: 'in', probabilities: { in: 0.5, out: 0.5 } },
        { rain: false, stay: 'out', prediction: 'in', probabilities: { in: 0.65625, out: 0.34375 } },
        { rain: true, stay: null, prediction: 'in', probabilities: { in: 2.1 / 2.2, out: 0.1 / 2.2 } },
        { rain: false, stay: null, prediction: 'out', probabilities: { in: 0.1 / 2.2, out: 2.1 / 2.2 } },
      ],
    },
  ],
  maker: (options) => ({
    create: () => new HoeffdingTreeModel(options),
    restore: (saved) => HoeffdingTreeModel.restore(options, saved),
  }),
});
