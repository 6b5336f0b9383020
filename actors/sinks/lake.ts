import { field, keyFunction, type OptionsOf, sink, WeirError } from '#stage';
import { LakeCommitter } from '../lib/lake/committer.ts';
import { type Layout, partOf } from '../lib/lake/layout.ts';
import { checkTableName, LAKE_FOLDER } from '../lib/lake/table-name.ts';
import { LakeWriter } from '../lib/lake/writer.ts';

const options = {
  table: field.text('Name of the table: letters, digits, `_`, `.` and `-`.'),
  key: field.key('What the rows are found by, beside their time; by default the key of the stream, if any.', {
    optional: true,
  }),
  time: field.expression('The time of a row, milliseconds since the epoch; by default the event time.', {
    optional: true,
  }),
  retention: field.duration(
    'Rows are deleted once they are so much older than the latest, or than now where that is earlier; by default never.',
    {
      min: 1,
      optional: true,
    },
  ),
  partition: field.group(
    'Cuts the table into partitions; one of `hash`, `range` and `bounds`.',
    {
      by: field.expression('What is looked at; by default the key with `hash`, and the time of the row otherwise.', {
        optional: true,
      }),
      hash: field.count('So many partitions, by a hash of it.', {
        unit: 'partitions',
        min: 1,
        max: 10_000,
        optional: true,
      }),
      range: field.duration('A partition for each step of time, in UTC; `by` is milliseconds then.', {
        min: 1,
        optional: true,
      }),
      bounds: field.list('A partition from each of these on, in ascending order.', field.any('A number or a text.'), {
        optional: true,
      }),
    },
    { optional: true },
  ),
  timeOrder: field.flag('Whether rows can be read in the order of time over all keys too.', { default: false }),
  path: field.path('The folder of the lake. All tables in it share one store.', { default: LAKE_FOLDER }),
};

type Options = OptionsOf<typeof options>;

function refuse({ table, partition }: Options): void {
  checkTableName(table);
  if (partition === undefined) return;
  const { hash, range, bounds } = partition;
  const wrong = (text: string) => new WeirError('WEIR_OPTION', `partition: ${text}`);
  if ([hash, range, bounds].filter((one) => one !== undefined).length !== 1)
    throw wrong('give one of hash, range and bounds');
  if (bounds === undefined) return;
  const [first] = bounds;
  const odd = bounds.find((bound) => typeof bound !== typeof first || !['number', 'string'].includes(typeof bound));
  if (bounds.length === 0 || odd !== undefined) throw wrong('bounds is a list of numbers, or of texts');
  const late = bounds.find((bound, i) => i > 0 && (bounds[i - 1] as number) >= (bound as number));
  if (late !== undefined) throw wrong(`bounds: ${late} does not come after the one before it`);
}

function layoutOf({ partition, timeOrder }: Options): Layout {
  if (partition === undefined) return { partition: null, timeOrder };
  const { by, hash, range, bounds } = partition;
  const how = hash !== undefined ? { hash } : range !== undefined ? { range } : { bounds: bounds as number[] };
  return { partition: { by: by?.text ?? null, ...how }, timeOrder };
}

/** Keeps records in a table on this machine's disk, ordered by key and time. */
export default sink({
  summary: 'Keep records in a table of the local lake, ordered by key and time, each exactly once.',
  docs: `The lake is one LevelDB in a folder, shared by all tables. Rows can be read back by key and by range of time with
\`weir lake scan\`, while no topology has the lake open: LevelDB takes one opener.

A row's place is its table, key, time, order in the source and a hash of the row, so what is written twice is there once: a
commit that is repeated after a crash, and also a whole run that is repeated on the same input.

**Partitions.** \`partition: { hash: 8 }\` deals rows out by their key, \`{ by: user, hash: 8 }\` by something else,
\`{ range: 1d }\` by days of their time, \`{ by: size, bounds: [100, 1000] }\` at bounds: below 100, from 100 on, from 1000 on. The rows
of a partition lie together, each in the order of key and time. A range of time reads those partitions of \`range\` alone that it
touches.

**Order of time.** With \`timeOrder\` an index, written with the rows in one batch, lets \`weir lake scan --order time\` read over all
keys in the order of time. It makes a commit two to three times as long.

**Retention.** Rows past their \`retention\` are deleted after commits, at most 10,000 each time, when they are late by a twentieth
of it. Where \`range\` makes partitions of the rows' own time they go a whole partition at a time, when its last row may. Their room
is given back beside the stream, for one checkpoint after the other; \`weir lake compact\` does it at once.

A table with rows keeps its layout: other options of \`partition\` or \`timeOrder\` are refused at the first commit, with
\`WEIR_LAKE_LAYOUT\`.`,
  since: '0.1.0',
  main: 'table',
  options,
  cost: 'about 2 µs per row in the subtask, 5 µs at the commit; up to 200,000 rows per second',
  delivery: 'exactly-once',
  proof: 'test/actors/sinks/lake.test.ts',
  partition: 'any',
  examples: [
    {
      title: 'rows come back in the order of key and time',
      options: { table: 'loads', key: 'core', time: 't' },
      given: [
        { core: 2, t: 1000, load: 0.5 },
        { core: 1, t: 2000, load: 0.7 },
        { core: 1, t: 1000, load: 0.6 },
      ],
      expect: [
        { core: 1, t: 1000, load: 0.6 },
        { core: 1, t: 2000, load: 0.7 },
        { core: 2, t: 1000, load: 0.5 },
      ],
    },
    {
      title: 'a partition for each day, dropped whole after a month',
      options: { table: 'loads', key: 'core', time: 't', partition: { range: '1d' }, retention: '30d' },
      given: [
        { core: 1, t: 86_400_000, load: 0.7 },
        { core: 2, t: 1000, load: 0.5 },
      ],
      expect: [
        { core: 2, t: 1000, load: 0.5 },
        { core: 1, t: 86_400_000, load: 0.7 },
      ],
    },
    {
      title: 'partitions by a hash of the user, that can be read in the order of time over all of them',
      options: { table: 'clicks', key: 'page', partition: { by: 'user', hash: 8 }, timeOrder: true },
      given: [{ page: '/', user: 'ann' }],
      expect: [{ page: '/', user: 'ann' }],
    },
  ],
  refuse,
  create: (given, context) => {
    refuse(given);
    const { table, key, time, partition } = given;
    const layout = layoutOf(given);
    return new LakeWriter(
      {
        table,
        keyOf: key === undefined ? (_, at) => at.key : keyFunction(key),
        timeOf: time === undefined ? (_, at) => at.time : (row, at) => time.evaluate(row, at),
        layout,
        partOf: layout.partition === null ? undefined : partOf(layout.partition, partition?.by),
      },
      context,
    );
  },
  committer: (given, context) => {
    refuse(given);
    const { table, retention } = given;
    return new LakeCommitter(context, given.path, { table, retention, layout: layoutOf(given) });
  },
});
