import { field, source } from '#stage';
import { checkTable } from '../lib/cassandra/check.ts';
import { clusterFields, consistencyField, tableFields } from '../lib/cassandra/options.ts';
import { ringIn } from '../lib/cassandra/ranges.ts';
import { ScanReader } from '../lib/cassandra/scan-reader.ts';
import { columnsOf } from '../lib/cassandra/table.ts';

/** Ranges of the ring for each subtask: what a restart with other parallelism deals out. */
const RANGES_EACH = 8;

/** Reads a Cassandra table once. */
export default source({
  summary: 'Read all rows of a Cassandra table once.',
  docs: `The ring of tokens is cut into equal ranges, which are dealt out to the subtasks and read page by page; the next page is on its
way while one is given out. A position is the token of the last row and how many rows of it have been: after a crash reading
goes on there, and misses nothing of a table that does not change meanwhile. Rows come in no order; of one partition, in
that of its clustering columns.

A record has the columns as its fields. \`timestamp\` is milliseconds since 1970; \`bigint\` and \`varint\` a number, or text beyond 2^53;
\`decimal\`, \`uuid\`, \`inet\`, \`date\`, \`time\` and \`duration\` text; \`blob\` bytes; sets, tuples and vectors lists; maps and user types
objects. It takes Murmur3Partitioner, which all clusters have since 2011.

A cluster that is away is tried again for \`retryFor\`, and so is a page that replicas fail at, as for more tombstones than they read over:
then the run ends (\`WEIR_CASSANDRA_READ\`). Other errors are those of the sink \`cassandra\`.`,
  since: '0.1.0',
  options: {
    ...tableFields,
    columns: field.list('The columns that are read; by default all.', field.text('A column.'), { optional: true }),
    ...clusterFields,
    consistency: consistencyField,
    page: field.count('Rows that are asked for at a time.', { unit: 'rows', min: 1, max: 100_000, default: 5000 }),
  },
  cost: 'about 10 µs a row; two pages of memory a subtask',
  references: ['CQL 3.4.7: token()', 'native_protocol_v5.spec: paging'],
  examples: [{ title: 'a table', options: { keyspace: 'flink', table: 'data' } }],
  optOut: {
    examples: 'its records come of a cluster; test/servers/cassandra-source.test.ts has one',
    'close gives back what open took':
      'it opens a connection to a server; test/servers/cassandra-source.test.ts has one',
  },
  bounded: true,
  replayable: true,
  splits: async (_, { parallelism }) => ringIn(parallelism * RANGES_EACH),
  create: (options, context) => new ScanReader(options, context),
  connect: (options) => checkTable(options, (table, { where }) => void columnsOf(table, options, where)),
});
