import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import sink from '../../../actors/sinks/websocket.ts';
import { SinkDriver } from '../../../src/testkit/index.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(options: Record<string, unknown>) {
  const driver = await SinkDriver.open(sink, options);
  open.push({ close: () => driver.close() });
  return driver;
}

test.each([false, true])('records go to the server that it connects to; binary: %s', async (binary) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  open.push({ close: () => server.close() });
  await once(server, 'listening');
  const got: unknown[] = [];
  server.on('connection', (socket) =>
    socket.on('message', (data, isBinary) => {
      got.push([String(data), isBinary]);
      server.emit('got');
    }),
  );
  const driver = await start({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, binary });
  driver.write({ a: 1 }).write({ a: 2 });
  await driver.checkpoint();
  while (got.length < 2) await once(server, 'got');
  const end = binary ? '\n' : '';
  expect(got).toEqual([
    [`{"a":1}${end}`, binary],
    [`{"a":2}${end}`, binary],
  ]);
});

test('without a url each goes to all who are connected', async () => {
  const driver = await start({ port: 0 });
  const url = /giving records at (\S+)/.exec(driver.logs.join())![1]!;
  await driver.write({ nobody: 'is there' }).checkpoint();
  const sockets = [new WebSocket(url), new WebSocket(url)];
  for (const socket of sockets) open.push({ close: () => socket.terminate() });
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  const both = Promise.all(sockets.map(async (socket) => String((await once(socket, 'message'))[0])));
  driver.write({ a: 1 });
  expect(await both).toEqual(['{"a":1}', '{"a":1}']);
});
