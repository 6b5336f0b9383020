// What `weir check --connect` finds before a start, of systems that a test can be.
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import lookup from '../../../actors/operators/lookup.ts';
import deltaSink from '../../../actors/sinks/delta.ts';
import httpSink from '../../../actors/sinks/http.ts';
import parquetSink from '../../../actors/sinks/parquet.ts';
import tcpSink from '../../../actors/sinks/tcp.ts';
import udpSink from '../../../actors/sinks/udp.ts';
import websocketSink from '../../../actors/sinks/websocket.ts';
import deltaSource from '../../../actors/sources/delta.ts';
import httpPoll from '../../../actors/sources/http-poll.ts';
import parquetSource from '../../../actors/sources/parquet.ts';
import scrape from '../../../actors/sources/prometheus-scrape.ts';
import sse from '../../../actors/sources/sse.ts';
import tcpSource from '../../../actors/sources/tcp.ts';
import udpSource from '../../../actors/sources/udp.ts';
import websocketSource from '../../../actors/sources/websocket.ts';
import { CA, CLIENT } from '../../support/tls.ts';
import { asked } from './asked.ts';
import { type TestServer, webServer } from './tls-server.ts';

const FITS = { ca: CA, ...CLIENT };
/** By RFC 6761 it never stands for anything. */
const NOWHERE = 'nowhere.invalid';

/** A port at which nobody listens, since whoever did has just ended. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
const started = async (server: Promise<TestServer>) => {
  open.push(await server);
  return server;
};

const HTTP = [
  ['http-poll', httpPoll, 'WEIR_HTTP_POLL'],
  ['sse', sse, 'WEIR_SSE'],
  ['http', httpSink, 'WEIR_HTTP'],
] as const;

describe.each(HTTP)('%s', (_, definition, code) => {
  test('finds nothing wrong, also by TLS', async () => {
    const { url } = await started(webServer((_request, response) => response.end('[]'), { tls: false }));
    await asked(definition, { url });
    const secure = await started(webServer((_request, response) => response.end('[]')));
    await asked(definition, { url: secure.url, tls: FITS });
  });

  test('finds a refused login, and tells no secret', async () => {
    const { url } = await started(webServer((_request, response) => response.writeHead(401).end(), { tls: false }));
    const wrong = asked(definition, { url: `${url}?token=s3cret`, headers: { authorization: 'Bearer s3cret' } });
    await expect(wrong).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/x answers with 401: see /),
    });
    await expect(wrong).rejects.not.toThrow(/s3cret/);
  });

  test('finds that nobody is there, and that a name is none', async () => {
    const port = await freePort();
    await expect(asked(definition, { url: `http://127.0.0.1:${port}/x` })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/cannot be reached \(.*ECONNREFUSED.*\): see that it runs/),
    });
    await expect(asked(definition, { url: `http://${NOWHERE}/x` })).rejects.toMatchObject({ code });
  });

  test('finds TLS that does not fit', async () => {
    const { url } = await started(webServer((_request, response) => response.end('[]')));
    await expect(asked(definition, { url })).rejects.toMatchObject({ code: 'WEIR_TLS' });
    const tls = { ...FITS, serverName: 'elsewhere.example' };
    await expect(asked(definition, { url, tls })).rejects.toMatchObject({ code: 'WEIR_TLS' });
    const plain = await started(webServer((_request, response) => response.end('[]'), { tls: false }));
    const secure = plain.url.replace('http:', 'https:');
    await expect(asked(definition, { url: secure, tls: FITS })).rejects.toMatchObject({ code: 'WEIR_TLS' });
  });
});

test('what is not found is wrong for those who read; a hook that takes posts alone is fine', async () => {
  const { url } = await started(
    webServer((request, response) => response.writeHead(request.method === 'POST' ? 200 : 404).end(), { tls: false }),
  );
  await expect(asked(httpPoll, { url })).rejects.toMatchObject({ code: 'WEIR_HTTP_POLL' });
  await expect(asked(sse, { url })).rejects.toMatchObject({ code: 'WEIR_SSE' });
  await asked(httpSink, { url });
});

test('lookup asks the server where it is the same for all records', async () => {
  const seen: string[] = [];
  const { url } = await started(
    webServer(
      (request, response) => {
        seen.push(`${request.method} ${request.url}`);
        response.writeHead(403).end();
      },
      { tls: false },
    ),
  );
  const port = await freePort();
  await asked(lookup, { url: `${url}/\${id}` });
  expect(seen).toEqual(['HEAD /']);
  await expect(asked(lookup, { url: `http://127.0.0.1:${port}/\${id}` })).rejects.toMatchObject({
    code: 'WEIR_LOOKUP_HTTP',
  });
  await asked(lookup, { url: 'http://${host}:1/x' });
  await asked(lookup, { rows: [], on: 'id' });
});

test('prometheus-scrape finds a refused login, TLS and names; that a target is away is what `up` tells', async () => {
  const { url } = await started(webServer((_request, response) => response.writeHead(403).end(), { tls: false }));
  await expect(asked(scrape, { targets: [url] })).rejects.toMatchObject({ code: 'WEIR_SCRAPE' });
  const secure = await started(webServer((_request, response) => response.end('')));
  await expect(asked(scrape, { targets: [secure.url] })).rejects.toMatchObject({ code: 'WEIR_TLS' });
  await asked(scrape, { targets: [secure.url], tls: FITS });
  await expect(asked(scrape, { targets: [`http://${NOWHERE}`] })).rejects.toMatchObject({ code: 'WEIR_SCRAPE' });
  await asked(scrape, { targets: [`http://127.0.0.1:${await freePort()}`] });
});

describe.each([
  ['source', websocketSource],
  ['sink', websocketSink],
] as const)('websocket, %s', (_, definition) => {
  test('finds nothing wrong, a refused login, nobody, and TLS that does not fit', async () => {
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      verifyClient: ({ req }, answer) => answer(req.headers.authorization === 'Bearer right', 401),
    });
    await once(server, 'listening');
    open.push({ close: () => new Promise((resolve) => server.close(resolve)) });
    const { port } = server.address() as { port: number };
    const url = `ws://127.0.0.1:${port}/x`;
    await asked(definition, { url, headers: { authorization: 'Bearer right' } });
    await expect(asked(definition, { url, headers: { authorization: 'Bearer wr0ng' } })).rejects.toMatchObject({
      code: 'WEIR_WEBSOCKET',
      message: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/x answers with 401: see what/),
    });
    const away = `ws://127.0.0.1:${await freePort()}/`;
    await expect(asked(definition, { url: away })).rejects.toMatchObject({
      code: 'WEIR_WEBSOCKET',
      message: expect.stringMatching(/no connection: .*ECONNREFUSED/),
    });
    await expect(asked(definition, { url: url.replace('ws:', 'wss:') })).rejects.toMatchObject({ code: 'WEIR_TLS' });
    // It listens.
    await asked(definition, { port });
  });
});

describe.each([
  ['source', tcpSource],
  ['sink', tcpSink],
] as const)('tcp, %s', (_, definition) => {
  let plain: Server;
  beforeAll(async () => {
    plain = createServer((socket) => {
      socket.on('error', () => {});
      socket.resume();
      socket.write('plain\n');
    }).listen(0, '127.0.0.1');
    await once(plain, 'listening');
  });
  afterAll(() => new Promise((resolve) => plain.close(resolve)));

  test('as a client finds nothing wrong, nobody, a name that is none, and TLS that does not fit', async () => {
    const { port } = plain.address() as { port: number };
    const client = { mode: 'client', host: '127.0.0.1' };
    await asked(definition, { ...client, port });
    await expect(asked(definition, { ...client, port: await freePort() })).rejects.toMatchObject({
      code: 'WEIR_ADDRESS',
      message: expect.stringMatching(/^tcp 127\.0\.0\.1:\d+: no connection: .*ECONNREFUSED/),
    });
    await expect(asked(definition, { ...client, host: NOWHERE, port })).rejects.toMatchObject({ code: 'WEIR_ADDRESS' });
    await expect(asked(definition, { ...client, port, tls: FITS })).rejects.toMatchObject({ code: 'WEIR_TLS' });
    const secure = await started(webServer(() => {}));
    await asked(definition, { ...client, port: secure.port, tls: FITS });
    await expect(asked(definition, { ...client, port: secure.port, tls: {} })).rejects.toMatchObject({
      code: 'WEIR_TLS',
    });
    await asked(definition, { mode: 'server', port });
  });
});

test.each([
  ['source', udpSource],
  ['sink', udpSink],
] as const)('udp, %s, finds a name that is none', async (_, definition) => {
  await asked(definition, { port: 7312 });
  await expect(asked(definition, { port: 7312, host: NOWHERE })).rejects.toMatchObject({ code: 'WEIR_ADDRESS' });
});

describe.each([
  ['parquet', parquetSink],
  ['delta', deltaSink],
] as const)('%s', (_, definition) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weir-connect-'));
    await writeFile(join(folder, 'file'), '');
  });
  afterAll(() => rm(folder, { recursive: true }));
  const ask = (path: string) => asked(definition, { path: `${join(folder, path)}/`, schema: { id: 'int' } });

  test('finds a folder that cannot be, and makes none', async () => {
    await ask('.');
    await ask('a/b');
    expect(await readdir(folder)).toEqual(['file']);
    for (const path of ['file', 'file/a']) {
      await expect(ask(path)).rejects.toMatchObject({
        code: 'WEIR_FOLDER',
        message: expect.stringMatching(/file is no folder: choose another path/),
      });
    }
    // Root may write everywhere, but not here.
    await expect(asked(definition, { path: '/proc/weir/', schema: { id: 'int' } })).rejects.toMatchObject({
      code: 'WEIR_FOLDER',
      message: expect.stringMatching(/nothing can be written to \/proc/),
    });
  });
});

test.each([
  ['parquet', parquetSource, 'x.parquet', 'WEIR_NOT_PARQUET'],
  ['delta', deltaSource, 'table', 'WEIR_FILE_NOT_FOUND'],
] as const)('source %s finds that nothing is there, and what is none', async (_, definition, name, none) => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-connect-'));
  await mkdir(join(folder, 'table'));
  await writeFile(join(folder, 'x.parquet'), 'no columns here');
  await expect(asked(definition, { path: join(folder, 'y') })).rejects.toMatchObject({ code: 'WEIR_FILE_NOT_FOUND' });
  await expect(asked(definition, { path: join(folder, name) })).rejects.toMatchObject({ code: none });
  await rm(folder, { recursive: true });
});
