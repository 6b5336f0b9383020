import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import sink from '../../../actors/sinks/tcp.ts';
import { SinkDriver } from '../../../src/testkit/index.ts';
import { VirtualClock } from '../../../src/testkit/virtual-clock.ts';
import { CA, SERVER } from '../../support/tls.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { SinkRig } from '../support/sink-rig.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function rig(options: object) {
  const driver = await SinkDriver.open(sink, options as Record<string, unknown>, { clock: new VirtualClock() });
  open.push({ close: () => driver.close() });
  return driver;
}

/** A server that keeps what comes, by connection. */
async function server(
  port = 0,
): Promise<{ server: Server; port: number; texts: string[]; connected: () => Promise<unknown> }> {
  const texts: string[] = [];
  const made = createServer((socket) => {
    const n = texts.push('') - 1;
    socket.on('error', () => {});
    socket.on('data', (piece) => {
      texts[n] = `${texts[n]}${piece}`;
      made.emit('got');
    });
  }).listen(port, '127.0.0.1');
  await once(made, 'listening');
  open.push({ close: () => made.close() });
  return { server: made, port: (made.address() as AddressInfo).port, texts, connected: () => once(made, 'connection') };
}

test.each([
  ['newline', '{"a":1}\n{"a":2}\n'],
  ['length', '\0\0\0\x08{"a":1}\n\0\0\0\x08{"a":2}\n'],
  ['octets', '8 {"a":1}\n8 {"a":2}\n'],
])('records go out framed by %s, at the barrier at the latest', async (framing, expected) => {
  const { port, texts, server: one } = await server();
  const driver = await rig({ port, framing });
  driver.write({ a: 1 }).write({ a: 2 });
  await driver.checkpoint();
  while (texts[0] !== expected) await once(one, 'got');
  expect(texts).toEqual([expected]);
});

test('without a server the checkpoint waits, and goes on once there is one', async () => {
  const { port, server: gone } = await server();
  await new Promise((resolve) => gone.close(resolve));
  const driver = await rig({ port });
  driver.write({ a: 1 });
  const prepared = driver.prepare();
  while (!driver.logs.join().includes('no connection')) await new Promise((resolve) => setImmediate(resolve));
  expect(driver.logs[0]).toMatch(/^warn tcp 127\.0\.0\.1:\d+: no connection: .*ECONNREFUSED/);
  const { texts, server: back, connected } = await server(port);
  const there = connected();
  driver.clock.advance(200);
  await there;
  await prepared;
  while (texts[0] !== '{"a":1}\n') await once(back, 'got');
});

test('a server gives each record to all, by TLS where told, and waits while nobody is there', async () => {
  const driver = await rig({ mode: 'server', port: 0, tls: SERVER });
  const port = Number(/at tls 127\.0\.0\.1:(\d+)/.exec(driver.logs.join())?.[1]);
  driver.write({ a: 1 });
  const prepared = driver.prepare();
  const client = connectTls({ port, host: '127.0.0.1', ca: readFileSync(CA) });
  open.push({ close: () => client.destroy() });
  const [first] = await once(client, 'data');
  await prepared;
  const other = connectTls({ port, host: '127.0.0.1', ca: readFileSync(CA) });
  open.push({ close: () => other.destroy() });
  while (other.connecting) await new Promise((r) => setImmediate(r));
  expect(String(first)).toBe('{"a":1}\n');
  const both = Promise.all([once(client, 'data'), once(other, 'data')]);
  // The server may learn of the second only behind what is written first.
  const stop = setInterval(() => {
    driver.write({ a: 2 });
    driver.clock.advance(10);
  }, 5);
  const [[one], [two]] = await both;
  clearInterval(stop);
  expect([String(one), String(two)]).toEqual([
    expect.stringMatching(/^{"a":2}\n/),
    expect.stringMatching(/^{"a":2}\n/),
  ]);
});

test('the stream waits for whoever does not read', async () => {
  const one = new SinkRig({ definition: sink, options: { mode: 'server', port: 0 } }, new MemoryDisk());
  open.push({ close: () => one.writer.close?.() });
  await one.writer.open?.();
  expect(one.writer.busy?.()).toBeUndefined();
  // Nobody is there: a piece waits, and then the stream.
  one.push({ row: { text: 'x'.repeat(70_000) } });
  expect(one.writer.busy?.()).toBeInstanceOf(Promise);
});
