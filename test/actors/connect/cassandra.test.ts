// What ends where the driver of Cassandra never gets as far as to be connected.
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Cluster } from '../../../actors/lib/cassandra/cluster.ts';
import { weir } from '../../nexmark/cli.ts';
import { freshFolder } from '../../support/folder.ts';

const folder = freshFolder();

/** READY of the protocol, as the answer to a request. */
const ready = (request: Buffer) =>
  Buffer.from([0x80 | (request[0] ?? 0), 0, request[2] ?? 0, request[3] ?? 0, 2, 0, 0, 0, 0]);

/** What a command says that must end by itself. */
async function ended(...args: string[]): Promise<string> {
  const { child, ended } = weir(args, folder.path);
  const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const { signal, stdout, stderr } = await ended;
  clearTimeout(late);
  expect(signal, stderr).toBeNull();
  return stdout + stderr;
}

async function portOf(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as { port: number }).port;
}

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
    });
    const cassandra = {
      contactPoints: `127.0.0.1:${await portOf(server)}`,
      keyspace: 'k',
      table: 't',
      timeout: '500ms',
    };
    const source = { generate: { count: 1, fields: { n: 'n' } } };
    folder.write('t.yaml', JSON.stringify({ name: 't', streams: { s: { source, to: { cassandra } } } }));
    try {
      expect(await ended('check', 't.yaml', '--connect')).toMatch(/no node can be reached.*WEIR_CASSANDRA_CONNECT/);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  },
  90_000,
);

test('a lookup at a wrong address is told at the first start, not after `retryFor`', async () => {
  const server = createServer();
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  const lookup = { cassandra: { contactPoints: `127.0.0.1:${port}`, keyspace: 'k', table: 't' }, key: { id: 'n' } };
  const source = { generate: { count: 1, fields: { n: 'n' } } };
  const stream = { source, do: [{ lookup }], to: 'null' };
  folder.write('t.yaml', JSON.stringify({ name: 't', streams: { s: stream } }));
  expect(await ended('run', 't.yaml', '--fresh')).toMatch(/no node can be reached.*ECONNREFUSED/);
}, 90_000);

test('who lost a cluster together does not come back to it together', async () => {
  const server = createServer();
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  const pauses = async () => {
    const all: number[] = [];
    let now = 0;
    const around = {
      now: () => now,
      after(ms: number, task: () => void) {
        all.push(ms);
        now += ms;
        const soon = setImmediate(task);
        return () => clearImmediate(soon);
      },
      log() {},
    };
    const named = { contactPoints: [`127.0.0.1:${port}`], localDataCenter: 'datacenter1', timeout: 1000 };
    const options = { ...named, retryFor: 10_000, user: undefined, password: undefined, tls: undefined };
    await expect(Cluster.connect(options, around, { patient: true })).rejects.toThrow(/no node can be reached/);
    return all;
  };
  const [one, other] = [await pauses(), await pauses()];
  expect(one.length).toBeGreaterThan(3);
  expect(one).not.toEqual(other);
});
