import { clusterRows, linearRows, ratingRows } from './rows.mjs';

// What is timed: one entry a learner. `learner` and `options` are Weir's stage, `peers` the models of peer.py; `least` is how many
// times faster than the first of them it is to be. `model` makes the learner's numbers alone, from its module in actors/lib/learn.
// Plain steps, as River's SGD makes them.
const STEPS = { rate: 0.01, adaptive: false, l1: 0, l2: 0 };
const { rate, adaptive } = STEPS;
const sgd = {
  title: 'SGD with scaler',
  learner: 'sgd-regressor',
  options: { rate, adaptive },
  peers: ['sgd'],
  model: async (module) => {
    const { lossOf } = await module('losses');
    const { SgdModel } = await module('sgd-model');
    return () => new SgdModel(lossOf('squared', { margin: 1, quantile: 0.5 }), STEPS, 1);
  },
};
const logistic = {
  title: 'logistic with scaler',
  learner: 'logistic',
  options: { order: 'first', rate, adaptive },
  classes: 2,
  peers: ['logistic'],
  model: async (module) => {
    const { SoftmaxModel } = await module('softmax-model');
    return () => new SoftmaxModel(STEPS);
  },
};
const rls = {
  title: 'RLS, forgetting 0.999',
  learner: 'rls',
  options: { forgetting: 0.999 },
  // River has no RLS by that name: its Bayesian linear regression with smoothing is one.
  peers: ['bayes', 'numpy-rls'],
  model: async (module) => {
    const { RlsModel } = await module('rls-model');
    return () => new RlsModel({ forgetting: 0.999, ridge: 1, clip: 0 }, 1);
  },
};

const CLUSTERS = { k: 5, start: 150, step: 0.01, seed: 42 };

export const WORKS = [
  { ...sgd, d: 10, least: 50, rows: () => linearRows(20_000, 10) },
  { ...sgd, d: 100, least: 40, rows: () => linearRows(4000, 100) },
  { ...logistic, d: 10, least: 50, rows: () => linearRows(20_000, 10, 2) },
  { ...logistic, d: 100, least: 40, rows: () => linearRows(4000, 100, 2) },
  {
    title: 'softmax with scaler, 10 classes',
    learner: 'softmax',
    options: { rate, adaptive },
    classes: 10,
    peers: ['softmax'],
    d: 64,
    least: 50,
    rows: () => linearRows(2000, 64, 10),
    model: async (module) => {
      const { SoftmaxModel } = await module('softmax-model');
      return () => new SoftmaxModel(STEPS);
    },
  },
  { ...rls, d: 10, least: 40, rows: () => linearRows(10_000, 10) },
  { ...rls, d: 50, least: 4, rows: () => linearRows(3000, 50) },
  { ...rls, d: 200, least: 8, rows: () => linearRows(600, 200) },
  {
    title: 'biased matrix factorisation, 10 factors',
    learner: 'biased-factorization',
    options: { user: 'user', item: 'item' },
    plain: true,
    peers: ['factors'],
    d: 10,
    least: 50,
    rows: () => ratingRows(20_000, 300, 400),
    model: async (module) => {
      const { FactorModel } = await module('factor-model');
      const { sgdFactors } = await module('factor-rules');
      const rule = sgdFactors({ k: 10, step: 0.05, biasStep: 0.05, l2: 0.05 });
      return () => {
        const model = new FactorModel(rule, 10_000, 10_000);
        return {
          pair({ user, item, y }) {
            model.predict(user, item);
            model.learn(user, item, y);
          },
        };
      };
    },
  },
  {
    title: 'k-means, 5 centres',
    learner: 'k-means',
    options: CLUSTERS,
    peers: ['k-means'],
    d: 10,
    least: 100,
    rows: () => clusterRows(10_000, 10),
    model: async (module) => {
      const { KMeansModel } = await module('k-means-model');
      return () => {
        const model = new KMeansModel(CLUSTERS);
        return { take: (x) => model.learn(x, model.isReady ? model.predict(x) : undefined) };
      };
    },
  },
];

/** End to end: the same file read, predicted and learned; in Weir through supervised actors. */
export const FILE_WORKS = [
  {
    title: 'CSV file, SGD with scaler',
    learner: 'sgd-regressor',
    options: { rate, adaptive },
    peer: 'sgd',
    d: 10,
    least: 10,
    rows: () => linearRows(1_000_000, 10),
  },
  { title: 'CSV file, RLS', learner: 'rls', peer: 'bayes', d: 10, least: 10, rows: () => linearRows(1_000_000, 10) },
  // A third of it is the start of the thread.
  {
    title: 'short CSV file, SGD with scaler',
    learner: 'sgd-regressor',
    options: { rate, adaptive },
    peer: 'sgd',
    d: 10,
    rows: () => linearRows(200_000, 10),
  },
];
