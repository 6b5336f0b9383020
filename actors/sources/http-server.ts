import { field, source, WeirError } from '#stage';
import { HttpReader } from '../lib/http-server/http-reader.ts';
import { admitting } from '../lib/http-server/tokens.ts';
import { refuseTls, tlsField } from '../lib/sockets/tls.ts';

/** Takes records that others POST. */
export default source({
  summary: 'Take records by HTTP: POST one, an array, or a line for each.',
  docs: `\`curl --json '{"id": 1}' http://127.0.0.1:7310/events\`

The body is JSON (an object or an array of objects) or NDJSON, by its content type and by its looks; \`Content-Encoding\` may be
gzip, deflate or zstd. Of a request all records
are taken or none. \`GET /health\` says that it is alive and how many records wait.

| answer | when |
|---|---|
| 202 \`{"accepted": n}\` | the records are taken |
| 400 | the body is no JSON, or cannot be unpacked; with the reason and the line |
| 401 | there are \`tokens\`, and the request has none of them |
| 404, 405, 415 | another path, method or content type |
| 413 | a body beyond \`maxBody\`, or more records than \`queue\` |
| 429, Retry-After | the stream is behind and the queue full: send it again later |
| 503, Retry-After | shutting down |

With \`ack: queued\` the answer comes at once, and a crash loses what was in memory. With \`ack: checkpoint\` it comes when a
checkpoint holds the records, so whoever repeats what was not answered loses nothing, and may double it; set the
topology's checkpoint interval to what senders can wait for.

Requests are read between the turns of their thread: where a chain on it needs the whole core, they are answered late before
the queue is full and they get 429.`,
  since: '0.1.0',
  options: {
    host: field.text('The address to listen on; 0.0.0.0 is all of them.', { default: '127.0.0.1' }),
    port: field.count('The port to listen on; 0 takes a free one.', { default: 7310, min: 0, max: 65_535 }),
    path: field.text('The path to POST to.', { default: '/events' }),
    ack: field.choice('When a request is answered.', ['queued', 'checkpoint'], { default: 'queued' }),
    queue: field.count('Records that may wait for the stream.', { unit: 'records', default: 10_000, min: 1, max: 1e7 }),
    queueBytes: field.bytes('Bytes of bodies that may wait for the stream.', { default: '64MiB', min: 1024 }),
    maxBody: field.bytes('The largest body, unpacked.', { default: '1MiB', min: 1, max: 2 ** 28 }),
    timeout: field.duration('A request that takes longer to come is ended.', { default: '30s', min: 1 }),
    tokens: field.list('Who sends has one of these: `Authorization: Bearer TOKEN`.', field.text('A token.'), {
      default: [],
    }),
    tls: tlsField,
    connections: field.count('Open connections at a time.', { unit: 'connections', default: 256, min: 1, max: 65_535 }),
  },
  main: 'port',
  refuse: ({ tls, tokens }) => {
    refuseTls(tls, true);
    if (tokens.some((token) => !/^[!-~]+$/.test(token))) {
      throw new WeirError('WEIR_OPTION', '`tokens`: a token has no spaces and is ASCII; one of them is otherwise');
    }
  },
  cost: 'some thousand requests a second on one core; a record in a large request little more than JSON.parse',
  examples: [
    {
      title: 'a line for each record',
      options: { port: 0 },
      text: '{"id": 1}\n{"id": 2}\n',
      expect: [{ id: 1 }, { id: 2 }],
    },
  ],
  clockTime: true,
  replayable: false,
  create: ({ queue, queueBytes, ack, timeout, tokens, ...rest }, context) =>
    new HttpReader(context, {
      ...rest,
      timeoutMs: timeout,
      admits: admitting(tokens),
      limits: { records: queue, bytes: queueBytes },
      ackCheckpoint: ack === 'checkpoint',
    }),
});
