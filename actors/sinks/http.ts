import { field, sink } from '#stage';
import { reach } from '../lib/connect/reach.ts';
import { refuseUser } from '../lib/http/shown.ts';
import { HttpWriter } from '../lib/http/writer.ts';
import { refuseTls, tlsField } from '../lib/sockets/tls.ts';

/** Posts records to a web server, in batches. */
export default sink({
  summary: 'Post records to a web server in batches, with retries and an idempotency key.',
  docs: `A batch goes out when it has \`batch\` records, when its first record has waited for \`linger\`, and at each checkpoint, which
waits for all answers. Network errors, timeouts, 408, 425, 429 and 5xx are tried again after longer and longer waits, or as
\`Retry-After\` says, for \`retryFor\` (and no more than \`retries\` times); then, or at once where \`Retry-After\` says to come back later
than that, the topology fails (\`WEIR_HTTP\`) and begins again at its last checkpoint. That the server is away is told at once, then each minute, and when it is back. A batch that is too large for
the server (413) is sent in halves, down to single records; one that it refuses (other 3xx and 4xx, 413 for one record) makes its records dead letters with the code \`WEIR_HTTP_STATUS\`; TLS that does not fit (\`WEIR_TLS\`) or a header that HTTP does not allow (\`WEIR_HTTP_REQUEST\`) ends the run.

Each request has an \`Idempotency-Key\`: a hash of its records, their places in the source and, where the stream has \`time\`,
their event times. Records since the last checkpoint are sent again after a crash. A batch of the same records has the same key,
so a server that remembers keys drops it; but batches may be cut in other places then. With \`batch: 1\` there is nothing to cut,
and each record takes effect once, if its source can be read again and the same records come of it: not by \`clock: processing\`,
or \`map\` to something random. Equal records at equal places of two sources have the same key: a field for the source
tells them apart. Batches keep their order only with \`concurrency: 1\`.`,
  since: '0.1.0',
  main: 'url',
  options: {
    url: field.url('Where to post to.', { schemes: ['http', 'https'] }),
    batch: field.count('Records of a request at most.', { unit: 'records', min: 1, max: 100_000, default: 500 }),
    linger: field.duration('How long a record waits for others.', { min: 0, default: '200ms' }),
    format: field.choice(
      'The body: a JSON object a line, a JSON array, or a single object, which makes every record a request.',
      ['ndjson', 'array', 'object'],
      { default: 'ndjson' },
    ),
    compression: field.choice('How the body is packed, which `Content-Encoding` tells.', ['none', 'gzip', 'zstd'], {
      default: 'none',
    }),
    headers: field.map('Further headers of the request.', field.text('Value of the header.'), { default: {} }),
    tls: tlsField,
    timeout: field.duration('How long to wait for an answer.', { min: 1, default: '10s' }),
    retryFor: field.duration('How long a request is tried again before the topology fails.', { min: 0, default: '5m' }),
    retries: field.count('How often at most, within that time.', { unit: 'times', min: 0, max: 1000, optional: true }),
    concurrency: field.count('Requests of a subtask at the same time.', {
      unit: 'requests',
      min: 1,
      max: 1000,
      default: 4,
    }),
  },
  refuse({ url, tls }) {
    refuseTls(tls, false);
    refuseUser(url);
  },
  cost: 'one request per batch; up to (concurrency + 2) × batch records of memory per subtask',
  references: ['IETF draft-ietf-httpapi-idempotency-key-header', 'RFC 9110, 10.2.3: Retry-After'],
  delivery: ({ batch, format }) => (batch === 1 || format === 'object' ? 'effectively-once' : 'at-least-once'),
  proof: 'test/actors/sinks/http.test.ts',
  partition: 'any',
  changes: 'rows',
  examples: [{ title: 'alerts to a hook', options: { url: 'http://127.0.0.1:8080/hook', batch: 1 } }],
  optOut: { examples: 'its records go to a server; the test beside it has one' },
  create: (options, context) =>
    new HttpWriter({ ...options, batch: options.format === 'object' ? 1 : options.batch }, context),
  connect: ({ url, headers, tls, timeout }) =>
    reach({ url, method: 'HEAD', headers, tls, timeoutMs: timeout, code: 'WEIR_HTTP' }),
});
