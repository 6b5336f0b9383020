import { field, type OptionsOf, type SinkContext, sink, WeirError } from '#stage';
import { brokerFields, QOS, refuseBroker, topicProblem } from '../lib/mqtt/options.ts';
import { checkBroker } from '../lib/mqtt/session.ts';
import { MqttWriter } from '../lib/mqtt/writer.ts';

const options = {
  topic: field.template('The topic, with holes for fields: `plant/${machine}/alarm`.'),
  ...brokerFields,
  clientId: field.text(
    'By what the broker knows us; with several subtasks their number follows. By default a random one.',
    {
      optional: true,
    },
  ),
  codec: field.codec('How a record becomes a message.', { default: 'ndjson' }),
  qos: field.choice('Quality of service: 0 is not acknowledged.', QOS, { default: '1' }),
  retain: field.flag('The broker keeps the last message of each topic for those who subscribe later.', {
    default: false,
  }),
  inFlight: field.count(
    'Messages under way without an acknowledgement; a broker of version 5 may take fewer, and with 3.1.1 and QoS 2 it is 20 at most.',
    {
      unit: 'messages',
      default: 1000,
      min: 1,
      max: 65_535,
    },
  ),
  buffer: field.bytes('So much may wait to be acknowledged; then the stream waits.', { default: '16MiB', min: 1024 }),
  maxMessage: field.bytes('A longer message is a dead letter.', { default: '1MiB', min: 1, max: 2 ** 28 }),
};

type Options = OptionsOf<typeof options>;

/** Codecs whose records are no lines. */
const BINARY = new Set(['msgpack', 'avro', 'protobuf']);

/** Publishes records by an MQTT broker. */
export default sink({
  summary: 'Publish records by an MQTT broker (3.1.1 and 5), each at least once with QoS 1 and 2.',
  docs: `Each record is a message: what the codec makes of it, without the end of the line. A checkpoint waits until the broker has acknowledged all
that came before it, so with QoS 1 and 2 nothing is lost; what came after the last checkpoint is published again after a crash. So is what was
on its way when the connection broke, \`inFlight\` at most. With QoS 0 nobody acknowledges, and that may be lost.

A broker that is away is tried again after pauses of at most 5 s; the stream waits, and what it holds stays below \`buffer\`. At the first start
that is \`WEIR_MQTT_CONNECT\`; a refused login (\`WEIR_MQTT_AUTH\`), TLS that does not fit (\`WEIR_MQTT_TLS\`) and, where the broker tells,
another client of the same name (\`WEIR_MQTT_TAKEN\`) end the run. A topic with a wildcard (\`WEIR_MQTT_TOPIC\`), a message that is too large (\`WEIR_MQTT_TOO_LARGE\`) and one that
a broker of version 5 refuses (\`WEIR_MQTT_REFUSED\`) are dead letters; a broker of 3.1.1 does not say what it refuses.`,
  since: '0.1.0',
  main: 'topic',
  options,
  cost: 'about 50 µs of one core a message (QoS 1, small records; the plain client 30 µs); `buffer` of memory a subtask',
  references: ['MQTT 5.0, OASIS', 'MQTT 3.1.1, OASIS'],
  delivery: ({ qos }) => (qos === '0' ? 'best-effort' : 'at-least-once'),
  proof: 'test/servers/mqtt.test.ts',
  partition: 'any',
  changes: 'rows',
  codec: 'ndjson',
  examples: [
    { title: 'alarms of each machine', options: { topic: 'plant/${machine}/alarm', qos: '2' } },
    {
      title: 'the last state, for those who come later; and whether we are there',
      options: {
        topic: 'plant/state',
        retain: true,
        clientId: 'weir-state',
        will: { topic: 'weir/state', payload: 'gone', retain: true },
      },
    },
  ],
  optOut: {
    examples: 'its records go to a broker; test/servers/mqtt.test.ts has one',
    'crashes keep its promise': 'its records go to a broker; test/servers/mqtt.test.ts has that',
    'hostile records': 'it opens only where a broker answers',
  },
  refuse: (given) => {
    refuseBroker(given);
    const { topic } = given;
    const problem = topic.fields.length === 0 && !topic.text.includes('${') ? topicProblem(topic.text) : undefined;
    if (problem !== undefined) throw new WeirError('WEIR_OPTION', `topic: ${problem}`);
  },
  create: (given, context) => new MqttWriter(writerOptions(given, context), context),
  connect: (given) => checkBroker({ ...given, clientId: undefined, isKept: false }),
});

function writerOptions({ topic, qos, codec, clientId, will, ...rest }: Options, { subtask, parallelism }: SinkContext) {
  return {
    ...rest,
    // One will is enough.
    will: subtask === 0 ? will : undefined,
    qos: Number(qos) as 0 | 1 | 2,
    topicOf: topic.evaluate.bind(topic),
    lines: !BINARY.has(codec.name),
    clientId: clientId === undefined || parallelism === 1 ? clientId : `${clientId}-${subtask}`,
    // Numbers of a former life would be taken for ours.
    isKept: false,
  };
}
