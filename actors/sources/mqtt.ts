import { field, type OptionsOf, source, WeirError } from '#stage';
import { brokerFields, filterProblem, QOS, refuseBroker } from '../lib/mqtt/options.ts';
import { MqttReader, PARTS } from '../lib/mqtt/reader.ts';
import { checkBroker } from '../lib/mqtt/session.ts';

const options = {
  topics: field.list('What to subscribe to: `plant/+/temperature`, `plant/#`.', field.text('A topic or filter.')),
  ...brokerFields,
  clientId: field.text(
    'By what the broker knows the session, so that it goes on after a crash or a stop; no other client has it.',
    {
      optional: true,
    },
  ),
  qos: field.choice('Quality of service, at most: 0 may lose messages, 1 and 2 do not.', QOS, { default: '1' }),
  ack: field.choice('When a message is acknowledged.', ['checkpoint', 'queued'], { default: 'checkpoint' }),
  add: field.map(
    'Fields to add to each record: name → topic, retained, qos, duplicate, properties or contentType.',
    field.choice('What of the message.', PARTS),
    { default: {} },
  ),
  inFlight: field.count('Version 5: messages that the broker sends without an acknowledgement.', {
    unit: 'messages',
    default: 10_000,
    min: 1,
    max: 65_535,
  }),
  maxMessage: field.bytes('The largest message.', { default: '1MiB', min: 1, max: 2 ** 28 }),
  queueBytes: field.bytes('Bytes that may wait for the stream.', { default: '16MiB', min: 1024 }),
};

type Options = OptionsOf<typeof options>;

/** Takes messages of an MQTT broker. */
export default source({
  summary: 'Subscribe to topics of an MQTT broker (3.1.1 and 5), nothing lost with QoS 1 and 2.',
  docs: `Each message is taken apart by the codec as a file of its own. \`add\` puts its topic, whether the broker had kept it (\`retained\`), its
quality of service, whether it was sent before (\`duplicate\`) and, of version 5, its user properties and content type into the record.

With \`clientId\` the session belongs to that name: the broker keeps what comes while nobody is connected, for \`sessionExpiry\`. A message of
QoS 1 or 2 is acknowledged when a checkpoint holds it (\`ack: checkpoint\`), so none is lost at a crash; those since the last checkpoint come
again. A connection that breaks loses nothing. Where the session goes on, nothing of QoS 2 comes twice then; of QoS 1 those do whose acknowledgement
the broker had not read yet, \`inFlight\` at most. Without \`clientId\` a crash loses what was on its way, and so does \`ack: queued\`.
What topics a session is subscribed to is in the checkpoint: topics that are added are subscribed to, those taken away no longer.

Between two checkpoints the broker sends as many messages of QoS 1 and 2 as it may without an acknowledgement: of version 5 \`inFlight\`, of
3.1.1 what the broker is set to, which in Mosquitto is 20 (\`max_inflight_messages\`).

What is published before the source has subscribed for the first time, it does not get. Subscribing brings the messages that the broker keeps (retained); a session that goes on is not subscribed anew. While \`queueBytes\` wait for the
stream, nothing is read. A broker that is away is tried again after pauses of at most 5 s. At the first start that is \`WEIR_MQTT_CONNECT\`; a
refused login (\`WEIR_MQTT_AUTH\`), a topic that it does not give (\`WEIR_MQTT_DENIED\`), TLS that does not fit (\`WEIR_MQTT_TLS\`) end the run,
and so does another client of the same name where the broker tells (\`WEIR_MQTT_TAKEN\`; Mosquitto does not, and the two take turns). A message beyond \`maxMessage\`, or that is no record, is a dead letter.`,
  since: '0.1.0',
  main: 'topics',
  options,
  cost: 'about 20 µs of one core a message (QoS 1, small records; the plain client 11 µs); `queueBytes` of memory, and a note of each of `inFlight` messages',
  references: ['MQTT 5.0, OASIS', 'MQTT 3.1.1, OASIS'],
  examples: [
    {
      title: 'temperatures of a plant, with their topics',
      options: { topics: ['plant/+/temperature'], clientId: 'weir-plant', add: { topic: 'topic' } },
    },
    {
      title: 'by TLS and a login, exactly as QoS 2 has them',
      options: {
        topics: ['#'],
        url: 'mqtts://broker.example',
        user: 'weir',
        password: 'of the vault',
        qos: '2',
        tls: {},
      },
    },
  ],
  optOut: {
    examples: 'its records come from a broker; test/servers/mqtt.test.ts has one',
    'close gives back what open took':
      'it opens only where a broker answers; every test of test/servers ends its process by itself',
  },
  codec: 'ndjson',
  replayable: false,
  refuse,
  create: (given, context) => new MqttReader(context, readerOptions(given)),
  connect: (given) => checkBroker({ ...readerOptions(given), clientId: undefined, isKept: false }),
});

function refuse(given: Options): void {
  refuseBroker(given);
  if (given.topics.length === 0) throw new WeirError('WEIR_OPTION', 'topics: name at least one topic or filter');
  for (const topic of given.topics) {
    const problem = filterProblem(topic);
    if (problem !== undefined) throw new WeirError('WEIR_OPTION', `topics: ${problem}`);
  }
}

function readerOptions({ qos, ack, ...rest }: Options) {
  const isKept = rest.clientId !== undefined;
  return { ...rest, qos: Number(qos) as 0 | 1 | 2, ackCheckpoint: ack === 'checkpoint', isKept };
}
