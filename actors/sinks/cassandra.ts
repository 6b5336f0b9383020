import { field, type OptionsOf, sink, WeirError } from '#stage';
import { checkTable } from '../lib/cassandra/check.ts';
import { clusterFields, tableFields, writtenConsistencyField } from '../lib/cassandra/options.ts';
import { isTypeText, primaryKeyOf, type TableForm, writtenColumns } from '../lib/cassandra/table.ts';
import { CassandraWriter } from '../lib/cassandra/writer.ts';

/** What Cassandra takes: 20 years. */
const MAX_TTL_MS = 20 * 365 * 86_400_000;

const options = {
  ...tableFields,
  columns: field.projection('Column → expression; by default each column gets the field of its name.', {
    optional: true,
  }),
  ...clusterFields,
  consistency: writtenConsistencyField,
  ttl: field.duration('How long a row lives; by default for ever, or as the table says.', {
    min: 1000,
    max: MAX_TTL_MS,
    optional: true,
  }),
  wins: field.choice(
    'Which of two rows with one primary key stays: the one written last, or the one of the later event time.',
    ['last', 'latest'],
    { default: 'last' },
  ),
  nulls: field.choice('Whether null deletes what stands in the column, or keeps it.', ['delete', 'keep'], {
    default: 'delete',
  }),
  batch: field.count('Rows of one partition that go out together, at most.', {
    unit: 'rows',
    min: 1,
    max: 10_000,
    default: 50,
  }),
  linger: field.duration('How long a row waits for others of its partition.', { min: 0, default: '50ms' }),
  concurrency: field.count('Batches of a subtask under way at the same time.', {
    unit: 'batches',
    min: 1,
    max: 2000,
    default: 128,
  }),
  create: field.flag('Create keyspace and table where they are not there.', { default: false }),
  types: field.map(
    'With `create`: column → type, as CQL writes it. Lists are made frozen.',
    field.text('The type, such as `text`.'),
    {
      optional: true,
    },
  ),
  primaryKey: field.text('With `create`: `id`, or `(tenant, day), at`.', { optional: true }),
  replicationFactor: field.count('With `create`: replicas of each row, by SimpleStrategy.', {
    min: 1,
    max: 100,
    default: 1,
  }),
};

type Options = OptionsOf<typeof options>;

function refuse({ create, types, primaryKey, user, password }: Options): void {
  const fault = (what: string) => new WeirError('WEIR_OPTION', what);
  if ((user === undefined) !== (password === undefined)) throw fault('user and password go together');
  if (!create) {
    if (types !== undefined || primaryKey !== undefined) throw fault('types and primaryKey go with `create: true`');
    return;
  }
  if (types === undefined || primaryKey === undefined) throw fault('create needs types and primaryKey');
  for (const [name, type] of Object.entries(types)) {
    if (!isTypeText(type)) throw fault(`types: '${type}', of ${name}, is no type of CQL such as text or list<int>`);
  }
  primaryKeyOf(primaryKey, types);
}

function formOf({ create, types = {}, primaryKey = '', replicationFactor }: Options): TableForm | undefined {
  return create ? { types, primaryKey, replicationFactor } : undefined;
}

/** Keeps records as rows of a Cassandra table. */
export default sink({
  summary: 'Write records to a Cassandra table, as upserts by its primary key.',
  docs: `Rows go out by prepared statements: those of one partition together, in unlogged batches; others side by side. A
checkpoint waits until all that was written before it has been acknowledged at \`consistency\`. After a crash the rows since
the last checkpoint are written again, and take the place of themselves: so each takes effect once, if the primary key is made of
the record. Of two rows with one primary key the one stays that was written last; with several threads put a \`key\` step before
the sink, so that they come by one way, or say \`wins: latest\`: then the write's timestamp is the event time, and which one
stays does not depend on when it is written. Rows of one key and one event time Cassandra merges: of each column it keeps the greater
value, null before all, whichever row it is of, and it joins the items of sets and maps that are not frozen.

| column | value of the record |
|---|---|
| \`text\`, \`ascii\` | text |
| \`tinyint\`, \`smallint\`, \`int\` | a whole number that fits |
| \`bigint\`, \`varint\` | a whole number up to 2^53, or text of digits |
| \`float\`, \`double\` | a number |
| \`decimal\` | a number, or text such as \`12.50\` |
| \`boolean\` | true or false |
| \`timestamp\`, \`date\` | milliseconds since 1970, or ISO 8601 text |
| \`time\`, \`duration\` | text: \`08:30:00.5\`; \`1h30m\` |
| \`uuid\`, \`timeuuid\`, \`inet\` | text |
| \`blob\` | bytes, or text such as \`0xcafe\` |
| \`list\`, \`set\`, \`vector\`, \`tuple\` | a list |
| \`map\`, a user type | an object |

A value that does not fit its column makes the record a dead letter, \`WEIR_CASSANDRA_VALUE\`; so does null in the primary key.
Null elsewhere deletes what stands there, which costs Cassandra a tombstone, or with \`nulls: keep\` leaves it. Counters are refused,
and lists that are not frozen: written again, by the driver or after a crash, their items would be doubled.

A cluster that is away, overloaded or short of replicas is tried again after longer and longer waits, up to 5 s, for \`retryFor\`;
meanwhile the stream waits, and what it holds stays bounded. A wrong password (\`WEIR_CASSANDRA_LOGIN\`), no such table or column
(\`WEIR_CASSANDRA_TABLE\`) and TLS that does not fit (\`WEIR_CASSANDRA_TLS\`) end the run.`,
  since: '0.1.0',
  options,
  cost: 'one request per row, or per batch of a partition; about 30,000 rows of their own partition a second beside their node, 150,000 in batches; 8,192 rows or 32 MiB, and 16 MiB under way, in memory',
  references: ['CQL 3.4.7: INSERT, BATCH, USING TIMESTAMP', 'native_protocol_v5.spec'],
  delivery: 'effectively-once',
  proof: 'test/servers/cassandra-sink.test.ts',
  partition: 'any',
  changes: 'rows',
  examples: [
    {
      title: 'a table of texts by their id, created if absent',
      options: {
        keyspace: 'flink',
        table: 'data',
        columns: { id: 'id', value: 'text' },
        create: true,
        types: { id: 'uuid', value: 'text' },
        primaryKey: 'id',
      },
    },
    {
      title: 'readings by device and day, kept for 30 days, from a cluster that asks who we are',
      options: {
        contactPoints: ['10.0.0.1', '10.0.0.2'],
        localDataCenter: 'eu',
        keyspace: 'plant',
        table: 'readings',
        columns: { device: 'device', day: 'time', at: 'time', value: 'value' },
        ttl: '30d',
        wins: 'latest',
        user: 'weir',
        password: 'the one of weir',
      },
    },
  ],
  optOut: { examples: 'its records go to a cluster; the test of its proof has one' },
  refuse,
  create: (given, context) => {
    refuse(given);
    return new CassandraWriter({ ...given, form: formOf(given) }, context);
  },
  connect: (given) =>
    checkTable(given, (table, cluster) => void writtenColumns(table, given, cluster), { mayLack: given.create }),
});
