import { type Aggregation, field, type OptionsOf, operator, WeirError } from '#stage';
import { ttlOption } from '../lib/keys/expiry.ts';
import { readsOf } from '../lib/keys/reads-of.ts';
import { distinct, rowMaker } from '../lib/window/aggregate-fold.ts';
import { type Gathering, GlobalWindows } from '../lib/window/global-windows.ts';
import { foldOf, refuse, resultReads, unboundedOptions } from '../lib/window/options.ts';
import type { Ranked } from '../lib/window/ranking.ts';

const options = {
  ...unboundedOptions,
  records: field.count('Gives the window once it has so many records that have not been given.', {
    unit: 'records',
    min: 1,
    optional: true,
  }),
  when: field.expression('Gives the window with a record for which this is true; the record is part of it.', {
    optional: true,
  }),
  every: field.duration('Gives the window whenever so much time of the wall clock is over, at multiples of it.', {
    min: 1,
    optional: true,
  }),
  keep: field.flag('Keeps the records when the window is given; the next result is of these and of what comes.', {
    default: false,
  }),
  ttl: ttlOption,
};
type Options = OptionsOf<typeof options>;

function check(given: Options): void {
  refuse(given);
  const { records, when, every, keep, top } = given;
  if (records === undefined && when === undefined && every === undefined) {
    throw new WeirError('WEIR_OPTION', 'nothing gives the window: say records, when or every');
  }
  if (keep && top !== undefined) {
    throw new WeirError('WEIR_OPTION', '`top` cannot be kept: the best records of a key so far are what `rank` gives');
  }
}

/** One window per key that has no bounds in time: triggers give it. */
export default operator({
  summary: 'Aggregate or rank the records of each key until a count, a condition or the clock gives the result.',
  docs: `All records of a key are in one window, in the order in which they arrive. A trigger gives it: \`records\` (a number of them),
\`when\` (a condition on the record in hand, which still belongs to the window), \`every\` (the wall clock, at multiples of it; keys
without a new record give nothing). With several the first one counts. Then the window begins anew. What no trigger has given
comes out at the end of the input.

With \`keep: true\` a window that was given goes on, so that each result is of all records of the key so far: an updating
result, one row per key. Write it to a sink that keeps one row per key.

A row has the key's fields and the aggregates, and as its event time the latest one of its records (by the clock, or with
\`ttl\`, the next behind the watermark if that is later). With \`top\` the best records come out as they came in.

With \`ttl\` a key whose latest record lies so far behind the watermark, or farther, is forgotten: what it has not given comes out then; with
\`keep\` its row is retracted instead. Without \`ttl\`, \`keep\` holds every key that ever came, and else every key with a window
that has begun.

**Order is that of arrival**, not of event time, so which records come together depends on how they arrive. With one
thread that is the order of the source. With several, the records of a key that are read by different subtasks (chunks of
a file that is read in parts, several sources) mix in another way in every run; those of one split keep their order. Where
that matters, use one thread, or windows over event time; \`first\`, \`last\` and \`collect\` go by event time within a window.`,
  since: '0.2.0',
  stateVersion: 1,
  options,
  cost: 'O(1) per record, O(log n) with `ttl`; one accumulator per key, with `keep` also the row given last',
  partition: 'key',
  eventTime: ({ ttl }) => ttl !== undefined,
  updates: ({ keep }) => keep,
  reads: (given) => {
    const [results, condition] = [resultReads(given), readsOf([given.when])];
    return results === 'all' || condition === 'all' ? 'all' : [...results, ...condition];
  },
  fields: (given, keyNames) => {
    check(given);
    return given.aggregate && distinct([...keyNames, ...given.aggregate.names]);
  },
  examples: [
    {
      title: 'the mean of every three readings of a sensor',
      options: { records: 3, aggregate: { mean: 'mean(value)' } },
      given: [
        { $key: 'a', value: 1 },
        { $key: 'b', value: 7 },
        { $key: 'a', value: 2 },
        { $key: 'a', value: 6 },
        { $key: 'a', value: 5 },
      ],
      expect: [
        { key: 'a', mean: 3 },
        { key: 'b', mean: 7 },
        { key: 'a', mean: 5 },
      ],
    },
    {
      title: 'a trip ends with the record that says so',
      options: { when: 'ends', aggregate: { metres: 'sum(metres)', stops: 'count()' } },
      given: [
        { $key: 'taxi 7', metres: 300, ends: false },
        { $key: 'taxi 7', metres: 200, ends: true },
        { $key: 'taxi 7', metres: 50, ends: true },
      ],
      expect: [
        { key: 'taxi 7', metres: 500, stops: 2 },
        { key: 'taxi 7', metres: 50, stops: 1 },
      ],
    },
    {
      title: 'all sales so far, with every second one, or at the latest after ten seconds',
      options: { records: 2, every: '10s', keep: true, aggregate: { sold: 'sum(n)' } },
      given: [
        { $key: 'tea', n: 1 },
        { $key: 'tea', n: 2 },
        { $key: 'tea', n: 3 },
      ],
      expect: [
        { key: 'tea', sold: 3 },
        { key: 'tea', sold: 6 },
      ],
    },
    {
      title: 'the dearest of two offers',
      options: { records: 2, top: { by: 'price' }, ttl: '1m' },
      given: [
        { $time: 0, $key: 'tea', price: 4 },
        { $time: 1, $key: 'tea', price: 3 },
        { $time: 2, $key: 'tea', price: 5 },
      ],
      expect: [{ price: 4 }, { price: 5 }],
    },
  ],
  types: {},
  create: (given, context) => {
    check(given);
    const fold = foldOf(given, context);
    const gathering: Gathering<unknown> = {
      create: fold.create,
      add: fold.add,
      rows: (list) => (list as Ranked[]).map(({ row }) => row),
      encode: fold.encode,
      decode: fold.decode,
    };
    if (given.aggregate !== undefined) {
      const rowOf = rowMaker(given.aggregate as Aggregation, context);
      gathering.rows = (acc, key, place) => [rowOf(acc, key, place) ?? []].flat();
    }
    return new GlobalWindows(gathering, given, context);
  },
});
