import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import ndjson from '../../../actors/codecs/ndjson.ts';
import source from '../../../actors/sources/websocket.ts';
import { CA, SERVER } from '../../support/tls.ts';
import { Driver } from './driver.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(options: object = {}) {
  const driver = new Driver(source, { port: 0, ...options }, { codec: ndjson, realTimers: true });
  open.push({ close: () => driver.reader.close!() });
  await driver.open([{ id: '0' }]);
  return { driver, url: /taking messages at (\S+)/.exec(driver.logs.join('\n'))?.[1] ?? '' };
}

async function connected(url: string, options: object = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, options);
  open.push({ close: () => socket.terminate() });
  await once(socket, 'open');
  socket.on('error', () => {});
  return socket;
}

describe('as a server', () => {
  test('it takes messages, text and binary; what is none or too long is a dead letter', async () => {
    const { driver, url } = await start({ maxMessage: '100B' });
    const socket = await connected(url);
    socket.send('{"a":1}\n{"a":2}');
    socket.send(Buffer.from('{"a":3}'));
    socket.send('{"a"');
    socket.send(Buffer.from([0x7b, 0xff, 0x7d]));
    socket.send(`{"a":"${'x'.repeat(100)}"}`);
    await driver.run(() => driver.emitted.length + driver.dead.length === 6);
    expect(driver.rows).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    expect(driver.dead.at(-1)?.reason).toBe('a message of more than 100B (maxMessage): the connection is closed');
  });

  test('a fast sender waits, and nothing is lost', async () => {
    const { driver, url } = await start({ queueBytes: '16KiB' });
    const socket = await connected(url);
    for (let n = 0; n < 5000; n++) socket.send(`{"n":${n},"x":"${'x'.repeat(200)}"}`);
    await driver.run(() => driver.emitted.length === 5000);
    expect(driver.rows.map(({ n }) => n)).toEqual(Array.from({ length: 5000 }, (_, n) => n));
  });

  test('tokens and TLS keep others out', async () => {
    const { driver, url } = await start({ tls: SERVER, tokens: ['s3cret'] });
    const ca = readFileSync(CA);
    await expect(connected(url, { ca })).rejects.toThrow(/401/);
    const socket = await connected(url, { ca, headers: { authorization: 'Bearer s3cret' } });
    socket.send('{"a":1}');
    await driver.run(() => driver.emitted.length === 1);
  });
});

describe('as a client', () => {
  test('it says hello, and connects again whenever the connection is lost', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    open.push({ close: () => server.close() });
    await once(server, 'listening');
    let n = 0;
    server.on('connection', (socket) =>
      socket.on('message', (text) => {
        socket.send(JSON.stringify({ n: n++, text: String(text) }));
        socket.close();
      }),
    );
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/x?key=s3cret`;
    const { driver } = await start({ url, hello: ['subscribe'] });
    await driver.run(() => driver.emitted.length === 3);
    expect(driver.rows).toEqual([0, 1, 2].map((i) => ({ n: i, text: 'subscribe' })));
    // However often it is: of several within a minute only the first is told.
    expect(driver.logs).toEqual([
      expect.stringMatching(/^warn ws:\S+\/x: no connection: the other side closed it; it is tried again$/),
      expect.stringMatching(/^info ws:\S+\/x answers again$/),
    ]);
    expect(driver.logs.join()).not.toContain('s3cret');
  });

  test('a server that refuses for good ends the run', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', verifyClient: (_, done) => done(false, 403) });
    open.push({ close: () => server.close() });
    await once(server, 'listening');
    const { driver } = await start({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` });
    await expect(driver.run()).rejects.toMatchObject({
      code: 'WEIR_WEBSOCKET',
      message: expect.stringMatching(/answers with 403: see what `headers`/),
    });
  });
});
