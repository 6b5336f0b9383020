import { type At, field, type OptionsOf, type Row, type SinkContext, sink } from '#stage';
import { TransactionCommitter } from '../lib/kafka/committer.ts';
import { COMPRESSIONS } from '../lib/kafka/compression.ts';
import { connectOptions } from '../lib/kafka/options.ts';
import { withClient } from '../lib/kafka/splits.ts';
import { KafkaWriter, noTopic } from '../lib/kafka/writer.ts';

const options = {
  topic: field.template('The topic, with holes for fields if records go to several: `clicks-${country}`.'),
  ...connectOptions,
  codec: field.codec('How a record becomes a value.', { default: 'ndjson' }),
  key: field.expression('The key; by default that of the stream, if any.', { optional: true }),
  headers: field.map('Headers: name → expression.', field.expression('Its value.'), { default: {} }),
  partition: field.expression('The number of the partition; by default by the key, as Kafka’s own clients do.', {
    optional: true,
  }),
  delivery: field.choice('By transactions, or each record as soon as it comes.', ['exactly-once', 'at-least-once'], {
    default: 'exactly-once',
  }),
  transactions: field.text('What the transactional ids begin with; by default the names of topology and stage.', {
    optional: true,
  }),
  transactionTimeout: field.duration('The broker takes back a transaction that is open for longer.', {
    min: 1000,
    default: '15m',
  }),
  compression: field.choice('How batches are compressed.', COMPRESSIONS, { default: 'none' }),
  batch: field.bytes('Bytes of a batch, before compression, at most.', {
    min: 1024,
    max: 16 * 2 ** 20,
    default: '512KiB',
  }),
  linger: field.duration('How long a record waits for others.', { min: 0, default: '10ms' }),
  buffer: field.bytes('So much may wait to be acknowledged; then the stream waits.', { min: 1024, default: '16MiB' }),
  maxRecord: field.bytes('A longer record, its key and headers included, is a dead letter.', {
    min: 1,
    default: '900KiB',
  }),
};

type Options = OptionsOf<typeof options>;

/** Codecs whose records are no lines. */
const BINARY = new Set(['msgpack', 'avro', 'protobuf']);

/** Writes records to topics of Kafka, by default in transactions that are bound to the checkpoints. */
export default sink({
  summary: 'Write records to topics of Kafka, each exactly once.',
  docs: `**\`delivery: exactly-once\`**: what is written between two checkpoints is one transaction of each subtask, and is committed when the
checkpoint is durable; who reads with \`isolation.level=read_committed\` sees each record once, no matter what crashes. A commit that was
cut short is done again at the next start, if that comes within \`transactionTimeout\`: later the broker has taken the transaction
back, and the run ends with \`WEIR_KAFKA_TRANSACTION\`. The brokers allow 15 minutes (\`transaction.max.timeout.ms\`). Two runs must not
write under the same ids, \`transactions\`: the one that began first is fenced (\`WEIR_KAFKA_FENCED\`).

**\`delivery: at-least-once\`**: records are there after \`linger\`. Batches are numbered, so a broker drops what it is sent twice; only what
came after the last checkpoint is written again after a crash.

Values come of the codec, without the end of the line. A key that is no text or number is written as JSON, and so are headers. The timestamp is
the record's event time, and a topic's retention counts from it: records of times long past are deleted by the brokers within minutes,
unless the topic has \`retention.ms=-1\` or \`message.timestamp.type=LogAppendTime\`. No topic is created, also where the brokers create
what clients name (\`auto.create.topics.enable\`): one that a record names and that does not exist makes it a dead letter
(\`WEIR_KAFKA_TOPIC\`); so does one that is larger than \`maxRecord\` or than the topic allows (\`WEIR_KAFKA_TOO_LARGE\`), and
one that the broker refuses for its timestamp or for want of a key (\`WEIR_KAFKA_REFUSED\`): what the broker refuses is
a dead letter with its value, and the others of its batch are written. While a broker cannot be reached its batches are tried again
and the stream waits.`,
  since: '0.1.0',
  main: 'topic',
  options,
  cost: 'about 1 µs for a record of 100 bytes; `buffer` of memory a subtask',
  references: [
    'KIP-98: exactly-once delivery and transactional messaging',
    'Apache Kafka protocol guide: Produce, EndTxn',
  ],
  delivery: ({ delivery }) => delivery,
  proof: 'test/servers/kafka-once.test.ts',
  partition: 'any',
  changes: 'rows',
  codec: 'ndjson',
  examples: [
    { title: 'by key, compressed', options: { topic: 'totals', key: 'user', compression: 'lz4' } },
    { title: 'a topic for each country', options: { topic: 'clicks-${country}', delivery: 'at-least-once' } },
  ],
  optOut: {
    examples: 'its records go to a broker; test/servers/kafka.test.ts has one',
    'crashes keep its promise': 'its records go to a broker; test/servers/kafka-once.test.ts kills it',
    'hostile records': 'it opens only where a broker answers',
  },
  create: (given, context) => writerOf(given, context),
  committer: (given, context) => new TransactionCommitter(given, context),
  connect: (given) =>
    withClient(given, async (client) => {
      const topic = constant(given);
      const found = await client.topics(topic === undefined ? [] : [topic]);
      if (topic !== undefined && found.length === 0) throw noTopic(topic, client.address);
    }),
});

/** The topic, if it has no holes. */
function constant({ topic }: Options): string | undefined {
  return topic.fields.length === 0 && !topic.text.includes('${') ? topic.text : undefined;
}

function writerOf(given: Options, context: SinkContext): KafkaWriter {
  const { topic, key, headers, partition } = given;
  const of = (expression: Options['key']) =>
    expression === undefined ? undefined : (row: Row, at: At) => expression.evaluate(row, at);
  return new KafkaWriter(
    {
      ...given,
      topic: constant(given),
      topicOf: (row, at) => topic.evaluate(row, at),
      keyOf: of(key) ?? (context.keyNames.length > 0 ? (_, at) => at.key : undefined),
      headersOf: Object.entries(headers).map(([name, value]) => [Buffer.from(name), of(value)!] as const),
      partitionOf: of(partition),
      exactlyOnce: given.delivery === 'exactly-once',
      transactions: given.transactions ?? context.name,
      lines: !BINARY.has(given.codec.name),
    },
    context,
  );
}
