import { field, regexProblem, source, WeirError } from '#stage';
import { PARTS } from '../lib/kafka/added-fields.ts';
import { startOf } from '../lib/kafka/offsets.ts';
import { connectOptions } from '../lib/kafka/options.ts';
import { KafkaReader } from '../lib/kafka/reader.ts';
import { partitionSplits, subtaskOf, topicsOf, withClient } from '../lib/kafka/splits.ts';

const options = {
  topics: field.list('Topics to read.', field.text('Name of a topic.'), { default: [] }),
  pattern: field.text('In place of `topics`: a regular expression that whole names of topics match.', {
    optional: true,
  }),
  ...connectOptions,
  group: field.text('A consumer group that is told how far the checkpoints are.', { optional: true }),
  share: field.flag('Share the partitions with other processes of the group; each is read by one of them.', {
    default: false,
  }),
  member: field.text('A name of this process within the group: come back within `session` it keeps its partitions.', {
    optional: true,
  }),
  session: field.duration('A process that was not heard of for so long loses its partitions to others.', {
    min: 1000,
    default: '45s',
  }),
  start: field.text(
    'Where to begin at the first start: `earliest`, `latest`, `committed` (by the group; where it has nothing, earliest), or a time.',
    { default: 'committed' },
  ),
  until: field.choice('Read for ever, or what is there at the first start.', ['never', 'latest'], { default: 'never' }),
  isolation: field.choice(
    'Whether records of transactions count only when they are committed.',
    ['committed', 'uncommitted'],
    {
      default: 'committed',
    },
  ),
  add: field.map(
    'Fields to add to each record: name → key, headers, timestamp, topic, partition or offset.',
    field.choice('What of the record.', PARTS),
    { default: {} },
  ),
  tombstones: field.flag('Give records without a value too: the fields of `add` alone.', { default: false }),
  lost: field.choice('What to do when records that come next have been deleted.', ['fail', 'earliest'], {
    default: 'fail',
  }),
  fetch: field.bytes('Read ahead so much of each partition.', { min: 1024, max: 64 * 2 ** 20, default: '1MiB' }),
  discover: field.duration('Look for new topics and partitions so often.', { min: 100, default: '30s' }),
};

/** Reads topics of Kafka, each partition a split with its own watermark. */
export default source({
  summary: 'Read topics of Kafka, nothing lost and nothing twice, with a watermark for each partition.',
  docs: `A record's value goes through the codec; its event time, where the stream names none, is its timestamp. \`add\` puts the key, the
headers (an object of texts), timestamp, topic, partition and offset into the record as fields.

Partitions are dealt out to the subtasks by a rule of their own, and nobody joins the group: positions are in the checkpoint, and
a restart goes on there. With \`group\` they are committed to the group too, for those who watch its lag. Partitions and topics that
come while the topology runs are found after \`discover\` and read from their beginning. A partition without records holds back event
time: \`idle\` of \`time\` lets the others go on.

When a broker cannot be reached it is tried again for as long as the topology runs, with pauses of 5 s at most. A refused login
(\`WEIR_KAFKA_AUTH\`), TLS that does not fit (\`WEIR_KAFKA_TLS\`), missing rights (\`WEIR_KAFKA_DENIED\`) end the run; at the first start also
an address where nobody answers (\`WEIR_KAFKA_CONNECT\`) and an unknown topic (\`WEIR_KAFKA_TOPIC\`), which is never created. So does a position whose records have been
deleted (\`WEIR_KAFKA_LOST\`), unless \`lost: earliest\`. A record that the codec cannot read is a dead letter.
So is a batch that cannot be read (a wrong checksum, damaged records, more than 256 MiB of them), as a whole: reading goes on behind it.

With \`share\` it joins the group, cooperatively, and reads what falls to it, on one thread; give each process a topology name and
folder of its own. A partition that goes to another process is read no further, and passes over once a checkpoint holds all that was read
of it: nothing is read twice. Keyed state stays where it is. A process that dies passes on its partitions after \`session\`, at
the last checkpoint that the group knows; with \`member\` it comes back to them if it is quicker.

Read are gzip, snappy, lz4 and zstd, from Kafka 3.1 on.`,
  since: '0.1.0',
  main: 'topics',
  options,
  cost: 'about 1 µs for a record of 100 bytes, with its codec; twice `fetch` of memory a partition, and of unpacked batches 64 MiB and one more a subtask',
  references: ['Apache Kafka protocol guide: Fetch, ListOffsets; KIP-98: exactly-once delivery'],
  examples: [
    { title: 'a topic', options: { topics: ['clicks'], group: 'shop' } },
    {
      title: 'topics by a pattern, with the key, by a login over TLS',
      options: {
        pattern: 'clicks-.*',
        brokers: ['kafka.example:9093'],
        add: { user: 'key' },
        sasl: { user: 'weir', password: 'of the vault' },
        tls: {},
      },
    },
  ],
  optOut: {
    examples: 'its records come from a broker; test/servers/kafka.test.ts has one',
    'close gives back what open took':
      'its splits come from a broker; every test in test/servers ends its process by itself',
    'positions replay': 'its records come from a broker; test/servers/kafka.test.ts has one',
  },
  codec: 'ndjson',
  clockTime: false,
  bounded: ({ until }) => until === 'latest',
  replayable: true,
  refuse({ topics, pattern, start, share, group, until, member }) {
    const problem = pattern === undefined ? undefined : regexProblem(pattern, '');
    const wrong =
      (topics.length > 0 === (pattern !== undefined) && 'name either topics or a pattern') ||
      (problem !== undefined && `option pattern: ${problem.what}`) ||
      (share && group === undefined && 'share needs a group to share with') ||
      (share && until === 'latest' && 'share reads for ever: leave out until') ||
      (member !== undefined && !share && 'member is a name among those that share: set share too');
    if (wrong) throw new WeirError('WEIR_OPTION', wrong);
    startOf(start);
  },
  splits: (given) => partitionSplits({ ...given, readCommitted: given.isolation === 'committed' }),
  subtaskOf,
  create: (given, context) => new KafkaReader(context, { ...given, readCommitted: given.isolation === 'committed' }),
  connect: (given) =>
    withClient(given, async (client) => {
      await topicsOf(client, { ...given, readCommitted: true });
    }),
});
