import { field, sink } from '#stage';
import { resolves } from '../lib/connect/dial.ts';
import { UdpWriter } from '../lib/sockets/udp-writer.ts';

/** Sends records by UDP. */
export default sink({
  summary: 'Send each record as a datagram by UDP.',
  docs: `A datagram is what the codec makes of the record. One larger than \`maxMessage\` is a dead letter with the code \`WEIR_DATAGRAM\`.
Whether anybody takes what was sent nobody can tell; where the system says that nobody listens, a warning does. Records since the
last checkpoint are sent again after a crash.`,
  since: '0.1.0',
  options: {
    port: field.count('The port to send to.', { min: 1, max: 65_535 }),
    host: field.text('Whom to send to.', { default: '127.0.0.1' }),
    maxMessage: field.bytes('The largest datagram; beyond 1472 bytes networks send it in pieces.', {
      default: '65507B',
      min: 1,
      max: 65_507,
    }),
  },
  main: 'port',
  cost: 'a call of the system for each record',
  references: ['https://man7.org/linux/man-pages/man7/udp.7.html'],
  codec: 'ndjson',
  delivery: 'best-effort',
  proof: 'test/actors/sinks/udp.test.ts',
  partition: 'any',
  changes: 'rows',
  examples: [{ title: 'records to a collector', options: { port: 7312 } }],
  optOut: { examples: 'its records go to another program; the test beside it has one' },
  create: (options, context) => new UdpWriter(options, context),
  connect: ({ host }) => resolves(host),
});
