import { field } from '#stage';
import { anomaly } from '../lib/learn/anomaly.ts';
import { HalfSpaceTreesModel } from '../lib/learn/half-space-trees-model.ts';

/** Half-space trees: isolated records by random cuts. */
export default anomaly({
  kind: 'half-space-trees',
  summary: 'Tell records that lie where few of late did, by random trees over the space of the features.',
  docs: `Each of the trees halves the space of the features \`depth\` times, at random and without looking at data; the rows of the last
\`window\` records are counted in its nodes. With m the rows in the first node on a record's way that has no more than a tenth of
the window, or in its leaf, and h the cuts down to it, the score is 1 / (1 + e), e being the geometric mean of
(m + ½) 2ʰ / window over the trees: near 1 where hardly any row fell, near 0 in the middle of them. (The paper adds up the
trees, in which the few that notice a single odd feature are lost.) The space is the range of each feature in the window, and
some around it. Scores are null until the first window is full.

What a record has no value of is taken at its mean. It needs no shape of what is usual, so of features that go together in a line
\`robust-mahalanobis\` tells more.`,
  since: '0.3.0',
  options: {
    trees: field.count('How many trees.', { unit: 'trees', min: 1, max: 1000, default: 25 }),
    depth: field.count('Cuts from the root of a tree to a leaf: memory doubles with each.', {
      unit: 'cuts',
      min: 1,
      max: 12,
      default: 8,
    }),
    window: field.count('Records that are counted, and after which they are counted anew.', {
      unit: 'records',
      min: 2,
      max: 100_000,
      default: 250,
    }),
    seed: field.count('Other numbers draw other trees.', { unit: '', min: 0, max: 1e9, default: 1 }),
  },
  cost: 'O(trees · depth + d) per record; trees · 2ᵈᵉᵖᵗʰ⁺² + window · d numbers per model; records wait until the watermark has passed them',
  references: ['S. C. Tan, K. M. Ting and T. F. Liu, Fast anomaly detection for streaming data, IJCAI 2011'],
  examples: [
    {
      title: 'one cut: above and below the middle',
      options: { trees: 1, depth: 1, window: 4 },
      given: [
        { $time: 1, x: 0 },
        { $time: 2, x: 0 },
        { $time: 3, x: 0 },
        { $time: 4, x: 10 },
        { $time: 5, x: 0 },
        { $time: 6, x: 10 },
      ],
      // Three of four rows on one side, one on the other: 1 / (1 + 2 · 3.5 / 4) and 1 / (1 + 2 · 1.5 / 4).
      expect: [
        { x: 0, score: null, anomaly: false },
        { x: 0, score: null, anomaly: false },
        { x: 0, score: null, anomaly: false },
        { x: 10, score: null, anomaly: false },
        { x: 0, score: 0.36363636363636365, anomaly: false },
        { x: 10, score: 0.5714285714285714, anomaly: false },
      ],
    },
  ],
  maker: (options) => ({
    create: () => new HalfSpaceTreesModel(options),
    restore: (saved) => HalfSpaceTreesModel.restore(options, saved),
  }),
});
