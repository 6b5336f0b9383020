import { field, source } from '#stage';
import { notFine, reach } from '../lib/connect/reach.ts';
import { refuseUser } from '../lib/http/shown.ts';
import { refusePaging } from '../lib/http-poll/next-page.ts';
import { PollFeed } from '../lib/http-poll/poll-feed.ts';
import { InboxReader } from '../lib/sockets/inbox-reader.ts';
import { refuseTls, tlsField } from '../lib/sockets/tls.ts';

/** Asks a web server every so often. */
export default source({
  summary: 'Ask a web server by GET every so often, page by page.',
  docs: `Each answer is taken apart by the codec as a file of its own; \`codec: { json: { at: data.items } }\` gives the elements of a list in it.
What has not changed is not given again, where the server says so by \`ETag\` or \`Last-Modified\`; what has changed is given whole.

| \`pages.by\` | the next page |
|---|---|
| \`link\` | that of the header \`Link\` with \`rel="next"\`, of the same server |
| \`cursor\` | \`url\` with the \`parameter\` of the query set to what stands in the \`field\` of the answer |
| \`number\` | \`parameter\` counts from \`first\` on, until the list at \`field\` is empty or the page is not found |

A cursor that stays the same is where the next round goes on, so that only what is new comes; where there is none, the next round
begins anew. Network errors, timeouts, 408, 425, 429 and 5xx are tried again after growing pauses or as \`Retry-After\` says; another 4xx
ends the run (\`WEIR_HTTP_POLL\`). After a crash it goes on behind the last page of the checkpoint, by \`link\` with a round that begins anew; what the server has
replaced meanwhile is lost. TLS that does not fit (\`WEIR_TLS\`) or a header that HTTP does not allow (\`WEIR_HTTP_REQUEST\`) ends the run.`,
  since: '0.1.0',
  options: {
    url: field.url('What to ask.', { schemes: ['http', 'https'] }),
    every: field.duration('From the end of one round to the next.', { default: '1m', min: 1 }),
    headers: field.map('Headers of the request, such as Authorization.', field.text('Value of the header.'), {
      default: {},
    }),
    pages: field.group(
      'An answer has several pages.',
      {
        by: field.choice('How the next one is found.', ['link', 'cursor', 'number']),
        field: field.text('Where the cursor, or the list, stands in the answer: names joined by dots.', {
          optional: true,
        }),
        parameter: field.text('What of the query names the cursor or the number.', { optional: true }),
        first: field.count('The number of the first page.', { default: 1, min: 0 }),
        most: field.count('Pages of one round.', { unit: 'pages', default: 1000, min: 1, max: 1e6 }),
      },
      { optional: true },
    ),
    tls: tlsField,
    timeout: field.duration('How long to wait for an answer.', { default: '30s', min: 1 }),
    maxBody: field.bytes('The largest answer, decompressed; a larger one is a dead letter.', {
      default: '16MiB',
      min: 1,
      max: 2 ** 29,
    }),
  },
  main: 'url',
  refuse: ({ url, pages, tls }) => {
    refuseTls(tls, false);
    if (pages !== undefined) refusePaging(pages);
    refuseUser(url);
  },
  cost: 'a request a page; two answers of memory',
  references: ['RFC 9110, 13: conditional requests', 'RFC 8288: Link', 'RFC 9110, 10.2.3: Retry-After'],
  examples: [
    {
      title: 'the elements of a list, each minute',
      options: { url: 'http://127.0.0.1:8080/items', codec: { json: { at: 'data.items' } } },
    },
  ],
  optOut: { examples: 'it asks a server; the test beside it has one' },
  codec: 'json',
  replayable: false,
  create: ({ every, timeout, maxBody, ...rest }, context) =>
    new InboxReader(context, new PollFeed(context, { ...rest, everyMs: every, timeoutMs: timeout, maxBody }), maxBody),
  connect: ({ url, headers, tls, timeout }) =>
    reach({ url, headers, tls, timeoutMs: timeout, code: 'WEIR_HTTP_POLL', judge: notFine }),
});
