import { field, sink } from '#stage';
import { reachWebSocket } from '../lib/connect/dial.ts';
import { admitting } from '../lib/http-server/tokens.ts';
import { refuseWs, wsFields } from '../lib/websocket/options.ts';
import { WsWriter } from '../lib/websocket/ws-writer.ts';

/** Sends records by WebSocket. */
export default sink({
  summary: 'Send each record as a message by WebSocket, to a server or to all who connect.',
  docs: `A message is what the codec makes of the record, without the line end; binary with \`binary\`. With \`url\` it connects, and again
after growing pauses whenever the connection is lost: until then the stream waits, and a checkpoint waits until the system has
taken what came before it. Without, each record goes to all who are connected; nobody makes the stream wait: who is more than
\`maxBehind\` behind is cut off.

WebSockets acknowledge nothing: what was on its way when a connection broke is lost. Records since the last checkpoint are sent
again after a crash.`,
  since: '0.1.0',
  options: {
    ...wsFields,
    binary: field.flag('Messages are binary, as for msgpack.', { default: false }),
    maxBehind: field.bytes('Without `url`: what may wait for one who is connected.', { default: '1MiB', min: 1024 }),
  },
  main: 'url',
  refuse: refuseWs,
  cost: 'a message each record; up to 256 KiB of memory, or `maxBehind` for each who is connected',
  references: ['RFC 6455'],
  codec: 'ndjson',
  delivery: 'best-effort',
  proof: 'test/actors/sinks/websocket.test.ts',
  partition: ({ url }) => (url === undefined ? 'all' : 'any'),
  changes: 'rows',
  examples: [{ title: 'records to all who look', options: { port: 7314 } }],
  optOut: { examples: 'its records go to those who are connected; the test beside it has some' },
  create: ({ timeout, tokens, ...rest }, context) =>
    new WsWriter({ ...rest, maxMessage: 65_536, timeoutMs: timeout, admits: admitting(tokens) }, context),
  connect: async ({ url, headers, tls, timeout }) => {
    if (url !== undefined) await reachWebSocket({ url, headers, tls, timeoutMs: timeout });
  },
});
