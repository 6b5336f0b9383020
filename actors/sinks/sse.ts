import { field, sink, WeirError } from '#stage';
import { admitting } from '../lib/http-server/tokens.ts';
import { refuseTls, tlsField } from '../lib/sockets/tls.ts';
import { SseWriter } from '../lib/sse/sse-writer.ts';

/** Sends records as server-sent events. */
export default sink({
  summary: 'Give records to all who listen, as server-sent events.',
  docs: `\`curl -N http://127.0.0.1:7313/events\`, or \`new EventSource('…')\` in a page.

Each record is an event with an id, its data the record as JSON. Whoever comes back and names the last id that it had, as browsers do
by \`Last-Event-ID\`, first gets what came behind it, as far as the last \`keep\` records reach; of an id from before a restart all of
those. Whoever comes for the first time gets what comes from then on. Nobody makes the stream wait: who is more than \`maxBehind\`
behind is cut off, and may come back. While nobody listens, records are only kept. After a crash records since the last
checkpoint come again, with other ids.`,
  since: '0.1.0',
  options: {
    port: field.count('The port to listen on; 0 takes a free one.', { default: 7313, min: 0, max: 65_535 }),
    host: field.text('The address to listen on; 0.0.0.0 is all of them.', { default: '127.0.0.1' }),
    path: field.text('The path to GET.', { default: '/events' }),
    event: field.text('The type of the events.', { optional: true }),
    keep: field.count('Records that are kept for those who come back.', {
      unit: 'records',
      default: 1000,
      min: 1,
      max: 1e6,
    }),
    maxBehind: field.bytes('What may wait for one who listens.', { default: '1MiB', min: 1024 }),
    tokens: field.list('Who listens has one of these: `Authorization: Bearer TOKEN`.', field.text('A token.'), {
      default: [],
    }),
    tls: tlsField,
    connections: field.count('Open connections at a time.', { unit: 'connections', default: 256, min: 1, max: 65_535 }),
  },
  main: 'port',
  refuse: ({ tls, event }) => {
    refuseTls(tls, true);
    if (event !== undefined && /[\r\n]/.test(event)) throw new WeirError('WEIR_OPTION', '`event` is one line');
  },
  cost: 'JSON of each record, and a write to each who listens; memory of `keep` records, and of `maxBehind` for each who listens',
  references: ['https://html.spec.whatwg.org/multipage/server-sent-events.html'],
  delivery: 'best-effort',
  proof: 'test/actors/sinks/sse.test.ts',
  partition: 'all',
  changes: 'rows',
  examples: [{ title: 'alerts to a page', options: { port: 7313, event: 'alert' } }],
  optOut: { examples: 'its records go to those who listen; the test beside it has one' },
  create: ({ tokens, ...rest }, context) => new SseWriter({ ...rest, admits: admitting(tokens) }, context),
});
