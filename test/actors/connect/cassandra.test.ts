// `weir check --connect` ends where the driver of Cassandra never gets as far as to be connected.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { weir } from '../../nexmark/cli.ts';
import { freshFolder } from '../../support/folder.ts';

const folder = freshFolder();

/** READY of the protocol, as the answer to a request. */
const ready = (request: Buffer) =>
  Buffer.from([0x80 | (request[0] ?? 0), 0, request[2] ?? 0, request[3] ?? 0, 2, 0, 0, 0, 0]);

test.each<[string, (socket: Socket, request: Buffer) => void]>([
  ['lets in and says no more', (socket, request) => socket.write(ready(request))],
  ['closes at once', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
])(
  'it ends at a port that %s',
  async (_, answer) => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      socket.once('data', (request) => answer(socket, request));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const cassandra = { contactPoints: `127.0.0.1:${port}`, keyspace: 'k', table: 't', timeout: '500ms' };
    const source = { generate: { count: 1, fields: { n: 'n' } } };
    folder.write('t.yaml', JSON.stringify({ name: 't', streams: { s: { source, to: { cassandra } } } }));
    const check = weir(['check', 't.yaml', '--connect'], folder.path);
    const late = setTimeout(() => check.child.kill('SIGKILL'), 20_000);
    const { signal, stdout, stderr } = await check.ended;
    clearTimeout(late);
    for (const socket of sockets) socket.destroy();
    server.close();
    expect(signal).toBeNull();
    expect(stdout + stderr).toMatch(/no node can be reached.*WEIR_CASSANDRA_CONNECT/);
  },
  30_000,
);
