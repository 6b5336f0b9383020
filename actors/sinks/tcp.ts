import { field, sink } from '#stage';
import { reachTcp } from '../lib/connect/dial.ts';
import { TcpWriter } from '../lib/sockets/tcp-writer.ts';
import { refuseTls, tlsField } from '../lib/sockets/tls.ts';

/** Sends records by TCP. */
export default sink({
  summary: 'Send records by TCP, to a server or to all who connect.',
  docs: `As \`client\` it connects, and again after growing pauses whenever the connection is lost: until then the stream waits. As
\`server\` each record goes to all who are connected, and the stream waits while nobody is, and for the slowest of them. A record
is what the codec makes of it: with \`framing: newline\` as it is, so the codec must end its records, as ndjson, csv and lines do;
\`length\` puts four bytes before it that count it, big-endian; \`octets\` its length in digits and a space (RFC 6587).

A checkpoint waits until the system has taken what came before it. TCP does not tell what the other side has taken: what was
on its way when a connection broke is lost. Records since the last checkpoint are sent again after a crash.`,
  since: '0.1.0',
  options: {
    port: field.count('The port; as a server 0 takes a free one.', { min: 0, max: 65_535 }),
    host: field.text('Whom to connect to, or the address to listen on.', { default: '127.0.0.1' }),
    mode: field.choice('Connect, or listen.', ['client', 'server'], { default: 'client' }),
    framing: field.choice('Where a message ends.', ['newline', 'length', 'octets'], { default: 'newline' }),
    tls: tlsField,
    connections: field.count('Connections at a time, of a server.', {
      unit: 'connections',
      default: 256,
      min: 1,
      max: 65_535,
    }),
    timeout: field.duration('With `client`: how long making the connection may take.', { default: '10s', min: 1 }),
  },
  main: 'port',
  refuse: ({ tls, mode }) => refuseTls(tls, mode === 'server'),
  cost: 'a write of the system for each 64 KiB or 10 ms',
  references: ['RFC 6587, 3.4.1: octet counting'],
  codec: 'ndjson',
  delivery: 'best-effort',
  proof: 'test/actors/sinks/tcp.test.ts',
  partition: ({ mode }) => (mode === 'server' ? 'all' : 'any'),
  changes: 'rows',
  examples: [{ title: 'lines to a collector', options: { port: 7311 } }],
  optOut: { examples: 'its records go to a server; the test beside it has one' },
  create: ({ timeout, ...rest }, context) => new TcpWriter({ ...rest, timeoutMs: timeout }, context),
  connect: async ({ mode, timeout, ...rest }) => {
    if (mode === 'client') await reachTcp({ ...rest, timeoutMs: timeout });
  },
});
