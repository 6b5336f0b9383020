import { field } from '#stage';
import { KMeansModel, type KMeansOptions } from '../lib/learn/k-means-model.ts';
import { type Observe, observer } from '../lib/learn/observer.ts';

/** Clusters whose centres follow the stream. */
export default observer({
  kind: 'k-means',
  summary: 'Say which of k clusters a record belongs to, and how far it is from its centre.',
  docs: `The nearest centre c of a record goes towards it, c ← c + max(1 / n, step) (x − c), n being the records of that centre: so
centres follow clusters that move, however long they have been learned. They are first sought among the first \`start\` records,
at 2 k, 4 k, 8 k, … of them: by k-means++ and Lloyd's rounds several times, and new ones must be better by 5 %; a cluster keeps its
number as far as it can. Before, cluster and distance are null.

Of each \`start\` records a centre that got less than a tenth of an even share is dead: it is put where it brings the latest
records nearest to a centre. Distances are Euclidean: put features of different units through \`standard-scaler\` before. What a
record has no value of is taken at its mean.`,
  since: '0.3.0',
  options: {
    k: field.count('Clusters.', { unit: 'clusters', min: 1, max: 1000 }),
    step: field.number('The least share of the way that a centre goes to a record of its own: larger follows faster.', {
      min: 0,
      max: 1,
      default: 0.05,
    }),
    start: field.count(
      'Records that centres are first sought among, and that are kept; by default 30 for each cluster.',
      {
        unit: 'records',
        min: 1,
        max: 100_000,
        optional: true,
      },
    ),
    as: field.text('The field that gets the number of the cluster, from 0 on.', { default: 'cluster' }),
    distance: field.text('The field that gets the distance from its centre.', { default: 'distance' }),
    seed: field.count('Other numbers draw other first centres.', { unit: '', min: 0, max: 1e9, default: 1 }),
  },
  cost: 'O(k d) per record, more while centres are sought; start · d numbers per model; records wait until the watermark has passed them',
  references: [
    'J. MacQueen, Some methods for classification and analysis of multivariate observations, Berkeley Symposium 1967',
    'L. Bottou and Y. Bengio, Convergence properties of the k-means algorithms, NIPS 1995',
    'D. Arthur and S. Vassilvitskii, k-means++: the advantages of careful seeding, SODA 2007',
    'J. H. Ward, Hierarchical grouping to optimize an objective function, Journal of the American Statistical Association 1963',
  ],
  examples: [
    {
      title: 'two clusters on a line',
      options: { k: 2, start: 4 },
      given: [
        { $time: 1, x: 1 },
        { $time: 2, x: 11 },
        { $time: 3, x: 3 },
        { $time: 4, x: 13 },
        { $time: 5, x: 2.5 },
        { $time: 6, x: 10 },
      ],
      // Centres at 2 and 12; the first then moves by a quarter of the way.
      expect: [
        { x: 1, cluster: null, distance: null },
        { x: 11, cluster: null, distance: null },
        { x: 3, cluster: null, distance: null },
        { x: 13, cluster: null, distance: null },
        { x: 2.5, cluster: 0, distance: 0.5 },
        { x: 10, cluster: 1, distance: 2 },
      ],
    },
  ],
  adds: ({ as, distance }) => ({ [as]: 'number', [distance]: 'number' }),
  maker(given) {
    const options: KMeansOptions = { ...given, start: Math.max(2 * given.k, given.start ?? 30 * given.k) };
    return {
      create: () => new KMeansModel(options),
      restore: (saved) => KMeansModel.restore(options, saved),
    };
  },
  observe:
    ({ as, distance }): Observe<KMeansModel> =>
    (model, x, made, learn) => {
      const cluster = model.isReady ? model.predict(x) : undefined;
      made[as] = cluster ?? null;
      made[distance] = cluster === undefined ? null : model.distance;
      if (learn) model.learn(x, cluster);
    },
});
