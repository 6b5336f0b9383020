import { field, source } from '#stage';
import { reachTcp } from '../lib/connect/dial.ts';
import { InboxReader } from '../lib/sockets/inbox-reader.ts';
import { TcpFeed } from '../lib/sockets/tcp-feed.ts';
import { refuseTls, tlsField } from '../lib/sockets/tls.ts';

/** Messages by TCP. */
export default source({
  summary: 'Take messages by TCP, of those who connect or from a server.',
  docs: `\`nc 127.0.0.1 7311 < events.ndjson\`

As \`server\` it listens; as \`client\` it connects, and again after growing pauses whenever the connection is lost. \`framing\` says
where a message ends: \`newline\`; \`length\`, four bytes before each that count it, big-endian; \`octets\`, its length in digits and a
space (RFC 6587). Each message is taken apart by the codec as a file of its own.

A message beyond \`maxMessage\`, one that a connection breaks off in and one without the length that there must be are dead letters;
behind the last the connection is closed, since nothing tells where the next would begin. While \`queueBytes\` wait for the stream
no connection is read, so senders have to wait. What was taken and is in no checkpoint is lost at a crash: TCP tells the
sender only that the machine has it.`,
  since: '0.1.0',
  options: {
    port: field.count('The port; as a server 0 takes a free one.', { min: 0, max: 65_535 }),
    host: field.text('The address to listen on, or whom to connect to; 0.0.0.0 listens on all.', {
      default: '127.0.0.1',
    }),
    mode: field.choice('Listen, or connect.', ['server', 'client'], { default: 'server' }),
    framing: field.choice('Where a message ends.', ['newline', 'length', 'octets'], { default: 'newline' }),
    tls: tlsField,
    maxMessage: field.bytes('The largest message.', { default: '1MiB', min: 1, max: 2 ** 28 }),
    queueBytes: field.bytes('Bytes that may wait for the stream.', { default: '16MiB', min: 1024 }),
    connections: field.count('Open connections at a time.', {
      unit: 'connections',
      default: 1024,
      min: 1,
      max: 65_535,
    }),
    timeout: field.duration('With `client`: how long making the connection may take.', { default: '10s', min: 1 }),
  },
  main: 'port',
  cost: 'two copies of each message; memory of `queueBytes`, and up to `maxMessage` for each connection',
  references: ['RFC 6587, 3.4.1: octet counting'],
  examples: [
    {
      title: 'a line for each record',
      options: { port: 0 },
      text: '{"id": 1}\n{"id": 2}\n',
      expect: [{ id: 1 }, { id: 2 }],
    },
  ],
  refuse: ({ tls, mode }) => refuseTls(tls, mode === 'server'),
  codec: 'ndjson',
  replayable: false,
  create: ({ queueBytes, timeout, ...rest }, context) =>
    new InboxReader(
      context,
      new TcpFeed(context, { ...rest, timeoutMs: timeout, what: 'taking messages' }),
      queueBytes,
    ),
  connect: async ({ mode, timeout, ...rest }) => {
    if (mode === 'client') await reachTcp({ ...rest, timeoutMs: timeout });
  },
});
