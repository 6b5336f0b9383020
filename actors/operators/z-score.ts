import { field, operator, type Row } from '#stage';
import { readsOf } from '../lib/keys/reads-of.ts';
import { heldCapacity, IN_TURN_DOCS } from '../lib/ordered/held-records.ts';
import { inTurn } from '../lib/ordered/in-turn.ts';
import { copyOf } from '../lib/records/copy-of.ts';

/** Weighted moments of a key's values. */
interface Moments {
  /** Values so far, unweighted. */
  count: number;
  /** Sum of the weights, each e^(−age / memory). */
  weight: number;
  mean: number;
  /** Weighted sum of squared differences from the mean. */
  squares: number;
  /** Event time that the weights are reckoned from. */
  time: number;
}

/** Where scores end: a constant signal that moves at all is infinitely far from its mean, and no file holds infinity. */
const LIMIT = 1e9;

/** How far a value is from what was usual of late. */
export default operator({
  summary: 'Add how many standard deviations a value is from the recent mean of its key.',
  docs: `Adds \`z\`, \`mean\` and \`stddev\`: mean and standard deviation of the key's values before this one, each weighted by
e^(−age / memory), age in event time, and \`z = (value − mean) / stddev\`. \`z\` is null for a key's first \`minCount\` values and
for what is no number, which is not learned from either; it stays within ±1e9.

With weight w of a value, W ← W + w; d = x − mean; mean ← mean + d·w / W; S ← S + w·d·(x − mean); variance = S / W, where W and
S shrink by e^(−Δt / memory) as time goes on.

${IN_TURN_DOCS}`,
  since: '0.1.0',
  stateVersion: 2,
  main: 'of',
  options: {
    of: field.expression('The value.'),
    memory: field.duration('The age at which a value counts e times less.', { min: 1, default: '10m' }),
    minCount: field.count('Values of a key to learn from before it gets scores.', {
      unit: 'values',
      min: 1,
      max: 1e9,
      default: 10,
    }),
    capacity: heldCapacity,
  },
  cost: 'O(log n) per record; five numbers per key; records wait until the watermark has passed them',
  references: [
    'B. P. Welford, Note on a method for calculating corrected sums of squares and products, Technometrics 1962',
    'T. Finch, Incremental calculation of weighted mean and variance, Cambridge 2009',
  ],
  partition: 'key',
  eventTime: 'if-any',
  passes: true,
  types: { z: 'number', mean: 'number', stddev: 'number' },
  reads: ({ of }) => readsOf([of]),
  sides: () => ['late'],
  sideRecords: { late: ['input'] },
  examples: [
    {
      title: 'an outlier after two values',
      options: { of: 'x', minCount: 2, memory: '1d' },
      given: [
        { $time: 0, x: 1 },
        { $time: 0, x: 3 },
        { $time: 0, x: 5 },
      ],
      expect: [
        { x: 1, z: null, mean: null, stddev: null },
        { x: 3, z: null, mean: null, stddev: null },
        { x: 5, z: 3, mean: 2, stddev: 1 },
      ],
    },
  ],
  create: ({ of, memory, minCount, capacity }, context) => {
    const { at } = context;
    const state = context.keyed<Moments>('moments', {
      create: () => ({ count: 0, weight: 0, mean: 0, squares: 0, time: Number.NEGATIVE_INFINITY }),
    });
    const learn = (m: Moments, x: number, time: number) => {
      let weight = 1;
      if (time > m.time) {
        const fading = Math.exp((m.time - time) / memory);
        m.weight *= fading;
        m.squares *= fading;
        m.time = time;
      } else weight = Math.exp((time - m.time) / memory);
      m.count++;
      m.weight += weight;
      const d = x - m.mean;
      m.mean += (d * weight) / m.weight;
      m.squares += weight * d * (x - m.mean);
    };
    return inTurn<number | null>(
      {
        capacity,
        state,
        look(row) {
          const x = of.evaluate(row, at);
          return typeof x === 'number' && Number.isFinite(x) ? x : null;
        },
        take({ row, extra: x, time, order, key }, out) {
          const emit = (made: Row) => out.emitAt(made, time, order, key);
          if (x === null) {
            emit(withScore(row, null, null, null));
            return;
          }
          const moments = state.update(0, key);
          const { count, mean } = moments;
          const stddev = Math.sqrt(Math.max(0, moments.squares / moments.weight));
          learn(moments, x, time);
          if (count < minCount) emit(withScore(row, null, null, null));
          else emit(withScore(row, score(x - mean, stddev), mean, stddev));
        },
      },
      context,
    );
  },
});

function withScore(row: Row, z: number | null, mean: number | null, stddev: number | null): Row {
  const made = copyOf(row);
  made.z = z;
  made.mean = mean;
  made.stddev = stddev;
  return made;
}

function score(difference: number, stddev: number): number {
  if (difference === 0) return 0;
  return Math.max(-LIMIT, Math.min(LIMIT, difference / stddev));
}
