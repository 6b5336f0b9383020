import { field, source } from '#stage';
import { reachWebSocket } from '../lib/connect/dial.ts';
import { admitting } from '../lib/http-server/tokens.ts';
import { InboxReader } from '../lib/sockets/inbox-reader.ts';
import { refuseWs, wsFields } from '../lib/websocket/options.ts';
import { WsFeed } from '../lib/websocket/ws-feed.ts';

/** Messages by WebSocket. */
export default source({
  summary: 'Take messages by WebSocket, of a server or of all who connect.',
  docs: `Each message, text or binary, is taken apart by the codec as a file of its own. With \`url\` it connects, sends what \`hello\` says,
and connects again after growing pauses whenever the connection is lost; each half minute it asks whether the server is still
there. A server that refuses for good (401, 403, 404) ends the run (\`WEIR_WEBSOCKET\`). WebSockets know no place to go on at:
what is sent while nobody is connected is lost, unless \`hello\` asks for it.

A message beyond \`maxMessage\`, also one that grows so large when it is decompressed, and what is against the protocol are dead
letters and close their connection. While \`queueBytes\` wait for the stream, no connection is read. What was taken and is in no
checkpoint is lost at a crash.`,
  since: '0.1.0',
  options: {
    ...wsFields,
    hello: field.list('With `url`: messages to send each time it has connected.', field.text('A message.'), {
      default: [],
    }),
    maxMessage: field.bytes('The largest message.', { default: '1MiB', min: 1, max: 2 ** 28 }),
    queueBytes: field.bytes('Bytes that may wait for the stream.', { default: '16MiB', min: 1024 }),
  },
  main: 'url',
  refuse: refuseWs,
  cost: 'one turn of the event loop and about 0.2 KB besides its bytes for each message that waits',
  references: ['RFC 6455'],
  examples: [
    {
      title: 'a record for each message',
      options: { port: 0 },
      text: '{"id": 1}\n{"id": 2}\n',
      expect: [{ id: 1 }, { id: 2 }],
    },
  ],
  codec: 'ndjson',
  replayable: false,
  create: ({ queueBytes, timeout, tokens, ...rest }, context) =>
    new InboxReader(
      context,
      new WsFeed(context, { ...rest, timeoutMs: timeout, admits: admitting(tokens) }),
      queueBytes,
    ),
  connect: async ({ url, headers, tls, timeout }) => {
    if (url !== undefined) await reachWebSocket({ url, headers, tls, timeoutMs: timeout });
  },
});
