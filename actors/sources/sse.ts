import { field, source } from '#stage';
import { notFine, reach } from '../lib/connect/reach.ts';
import { refuseUser } from '../lib/http/shown.ts';
import { InboxReader } from '../lib/sockets/inbox-reader.ts';
import { refuseTls, tlsField } from '../lib/sockets/tls.ts';
import { SseFeed } from '../lib/sse/sse-feed.ts';

/** How long `weir check --connect` waits for an answer. */
const CONNECT_MS = 10_000;

/** Events that a web server sends. */
export default source({
  summary: 'Follow the server-sent events of a web server, and go on behind the last one.',
  docs: `The data of each event is taken apart by the codec as a file of its own. When the connection is lost, it connects again after
growing pauses, or as the server says by \`retry\`, and asks by \`Last-Event-ID\` for what came meanwhile. The checkpoint holds the id
of the last event that was given on, so nothing is lost at a crash where the server gives ids and keeps what is behind them.

A server that answers with 204 has no more: the source is at its end. Another 4xx, or what is no \`text/event-stream\`, ends the run
(\`WEIR_SSE\`). An event beyond \`maxMessage\` is a dead letter; while \`queueBytes\` wait for the stream, the connection is not read. TLS
that does not fit (\`WEIR_TLS\`) or a header that HTTP does not allow (\`WEIR_HTTP_REQUEST\`) ends the run.`,
  since: '0.1.0',
  options: {
    url: field.url('The stream.', { schemes: ['http', 'https'] }),
    headers: field.map('Headers of the request, such as Authorization.', field.text('Value of the header.'), {
      default: {},
    }),
    tls: tlsField,
    events: field.list('Types of events to take; by default all.', field.text('A type.'), { default: [] }),
    idle: field.duration('A connection on which nothing comes for so long is given up.', { default: '2m', min: 1 }),
    maxMessage: field.bytes('The largest event.', { default: '1MiB', min: 1, max: 2 ** 28 }),
    queueBytes: field.bytes('Bytes that may wait for the stream.', { default: '16MiB', min: 1024 }),
  },
  main: 'url',
  refuse({ url, tls }) {
    refuseTls(tls, false);
    refuseUser(url);
  },
  cost: 'two copies of each event',
  references: ['https://html.spec.whatwg.org/multipage/server-sent-events.html'],
  examples: [{ title: 'changes as they are made', options: { url: 'http://127.0.0.1:8080/changes' } }],
  optOut: { examples: 'it follows a server; the test beside it has one' },
  codec: 'ndjson',
  replayable: false,
  create: ({ idle, queueBytes, ...rest }, context) =>
    new InboxReader(context, new SseFeed(context, { ...rest, idleMs: idle }), queueBytes),
  connect: ({ url, headers, tls }) =>
    reach({
      url,
      headers: { Accept: 'text/event-stream', ...headers },
      tls,
      timeoutMs: CONNECT_MS,
      code: 'WEIR_SSE',
      judge: notFine,
    }),
});
