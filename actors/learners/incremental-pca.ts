import { field } from '#stage';
import { type Observe, observer } from '../lib/learn/observer.ts';
import { PcaModel } from '../lib/learn/pca-model.ts';
import { forgettingField } from '../lib/learn/weighing-fields.ts';

/** Principal components of a stream. */
export default observer({
  kind: 'incremental-pca',
  summary: 'Give the principal components of the features: a record along them, and what they leave of it.',
  docs: `The rows X of each \`block\`, with mean m₁, are put under what is known of the n before, with mean m₀:
[√λᵇ Σ V'; X − m₁; √(n b / (n + b)) (m₀ − m₁)] = U Σ V', of which the first \`components\` stay (Ross et al.). \`scores\` are V' (x − m),
the largest component first, its largest loading positive; \`error\` is |x − m − V V' (x − m)|², large of a record that is unlike
those before. Both are null before the first block is full. \`block: 1\` takes in each record at once and costs most.

Components depend on the units of features: put them through \`standard-scaler\` before where these differ. What a record has no
value of is taken at its mean.`,
  since: '0.3.0',
  options: {
    components: field.count('How many are kept.', { unit: 'components', min: 1, max: 1000, default: 2 }),
    block: field.count('Records that are taken in together.', { unit: 'records', min: 1, max: 10_000, default: 50 }),
    forgetting: forgettingField(1),
    as: field.text('The field that gets the scores, a list.', { default: 'scores' }),
    error: field.text('The field that gets the error.', { default: 'error' }),
    basis: field.text(
      'The field that gets the components, a list of `{ explained, loadings }`; by default they are not given.',
      { optional: true },
    ),
  },
  cost: 'O(k d) per record, and O((k + b)² d) per block; (k + b) d numbers per model; records wait until the watermark has passed them',
  references: [
    'D. A. Ross, J. Lim, R.-S. Lin and M.-H. Yang, Incremental learning for robust visual tracking, International Journal of Computer Vision 2008',
    'M. Brand, Fast low-rank modifications of the thin singular value decomposition, Linear Algebra and its Applications 2006',
  ],
  examples: [
    {
      title: 'points near a line',
      options: { components: 1, block: 4, basis: 'basis' },
      given: [
        { $time: 1, x: 2, y: 2 },
        { $time: 2, x: -2, y: -2 },
        { $time: 3, x: 1, y: -1 },
        { $time: 4, x: -1, y: 1 },
        { $time: 5, x: 3, y: 1 },
      ],
      expect: [
        { x: 2, y: 2, scores: null, error: null, basis: null },
        { x: -2, y: -2, scores: null, error: null, basis: null },
        { x: 1, y: -1, scores: null, error: null, basis: null },
        { x: -1, y: 1, scores: null, error: null, basis: null },
        {
          x: 3,
          y: 1,
          scores: [2.8284271247461903],
          error: 2,
          basis: [{ explained: 0.8, loadings: { x: 0.7071067811865475, y: 0.7071067811865475 } }],
        },
      ],
    },
  ],
  adds: ({ as, error, basis }) => ({
    [as]: 'list',
    [error]: 'number',
    ...(basis !== undefined && { [basis]: 'list' }),
  }),
  maker: (options) => ({
    create: () => new PcaModel(options),
    restore: (saved) => PcaModel.restore(options, saved),
  }),
  observe:
    ({ as, error, basis }): Observe<PcaModel> =>
    (model, x, made, learn, names) => {
      const scores: number[] = [];
      const isReady = model.count > 0;
      made[error] = isReady ? model.predict(x, scores) : null;
      made[as] = isReady ? scores : null;
      if (basis !== undefined) made[basis] = isReady ? basisOf(model, names) : null;
      if (learn) model.learn(x);
    },
});

function basisOf(model: PcaModel, names: readonly string[]): unknown[] {
  return Array.from({ length: model.count }, (_, i) => ({
    explained: model.explained(i),
    loadings: Object.fromEntries([...model.component(i)].map((loading, j) => [names[j], loading])),
  }));
}
