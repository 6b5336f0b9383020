import { field, keyFunction, sink } from '#stage';
import { LakeCommitter } from '../lib/lake/committer.ts';
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
  retention: field.duration('Rows are deleted once they are so much older than the latest; by default never.', {
    min: 1,
    optional: true,
  }),
  path: field.path('The folder of the lake. All tables in it share one store.', { default: LAKE_FOLDER }),
};

/** Keeps records in a table on this machine's disk, ordered by key and time. */
export default sink({
  summary: 'Keep records in a table of the local lake, ordered by key and time, each exactly once.',
  docs: `The lake is one LevelDB in a folder, shared by all tables. Rows can be read back by key and by range of time with
\`weir lake scan\`, while no topology has the lake open: LevelDB takes one opener.

A row's place is its table, key, time, order in the source and a hash of the row, so what is written twice is there once: a
commit that is repeated after a crash, and also a whole run that is repeated on the same input.

Rows past their \`retention\` are deleted after commits, at most 10,000 each time, when they are late by a twentieth of it.`,
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
  ],
  create: (given, context) => {
    checkTableName(given.table);
    const { table, key, time } = given;
    return new LakeWriter(
      {
        table,
        keyOf: key === undefined ? (_, at) => at.key : keyFunction(key),
        timeOf: time === undefined ? (_, at) => at.time : (row, at) => time.evaluate(row, at),
      },
      context,
    );
  },
  committer: (given, { disk }) => {
    checkTableName(given.table);
    return new LakeCommitter(disk, given.path, given.table, given.retention);
  },
});
