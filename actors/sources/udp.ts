import { field, source } from '#stage';
import { resolves } from '../lib/connect/dial.ts';
import { InboxReader } from '../lib/sockets/inbox-reader.ts';
import { UdpFeed } from '../lib/sockets/udp-feed.ts';

/** Messages by UDP. */
export default source({
  summary: 'Take datagrams by UDP, of anybody or of a server.',
  docs: `\`echo '{"id": 1}' | nc -u -w0 127.0.0.1 7312\`

As \`server\` it takes what is sent to its port; as \`client\` what one server answers from its own: it sends \`hello\` to be known to it,
again each \`helloEvery\`. Each datagram is taken apart by the codec as a file of its own. One beyond \`maxMessage\`, and one that
is no record, is a dead letter.

Nobody can make senders of datagrams wait. What finds \`queueBytes\` full is lost, and so is what the system drops because its
buffer (\`receiveBuffer\`, as far as the system allows) is full. Both are counted, the latter from \`/proc/net/udp\` on Linux: for each
second with losses there is one dead letter and one warning that say how many. What was taken and is in no checkpoint is lost at a crash.`,
  since: '0.1.0',
  options: {
    port: field.count('The port; as a server 0 takes a free one.', { min: 0, max: 65_535 }),
    host: field.text('The address to take datagrams at, or whom to ask; 0.0.0.0 takes them at all.', {
      default: '127.0.0.1',
    }),
    mode: field.choice('Wait for datagrams, or ask for them.', ['server', 'client'], { default: 'server' }),
    hello: field.text('With `client`: what to send first.', { optional: true }),
    helloEvery: field.duration('Send `hello` again so often.', { min: 10, optional: true }),
    maxMessage: field.bytes('The largest datagram.', { default: '64KiB', min: 1, max: 65_536 }),
    queueBytes: field.bytes('Bytes that may wait for the stream.', { default: '16MiB', min: 1024 }),
    receiveBuffer: field.bytes('What the system may keep of datagrams that were not read yet.', {
      default: '4MiB',
      min: 1024,
      max: 2 ** 30,
    }),
  },
  main: 'port',
  cost: 'one turn of the event loop and about 0.2 KB besides its bytes for each datagram that waits',
  references: ['https://man7.org/linux/man-pages/man7/udp.7.html'],
  examples: [
    {
      title: 'a record for each datagram',
      options: { port: 0 },
      text: '{"id": 1}\n{"id": 2}\n',
      expect: [{ id: 1 }, { id: 2 }],
    },
  ],
  codec: 'ndjson',
  replayable: false,
  create: ({ queueBytes, helloEvery, ...rest }, context) =>
    new InboxReader(
      context,
      new UdpFeed(context, { ...rest, helloEveryMs: helloEvery, what: 'taking datagrams' }),
      queueBytes,
    ),
  connect: ({ host }) => resolves(host),
});
