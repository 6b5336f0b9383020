import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import ndjson from '../../../actors/codecs/ndjson.ts';
import { dropsIn, kernelDrops } from '../../../actors/lib/sockets/kernel-drops.ts';
import source from '../../../actors/sources/udp.ts';
import { Driver } from './driver.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(options: object = {}) {
  const driver = new Driver(source, { port: 0, ...options }, { codec: ndjson });
  open.push({ close: () => driver.reader.close!() });
  await driver.open([{ id: '0' }]);
  return { driver, port: Number(/at udp 127\.0\.0\.1:(\d+)/.exec(driver.logs.join('\n'))?.[1]) };
}

function sender(): Socket {
  const socket = createSocket('udp4');
  open.push({ close: () => socket.close() });
  return socket;
}

const send = (socket: Socket, port: number, bytes: string | Buffer) =>
  new Promise<void>((resolve) => socket.send(bytes, port, '127.0.0.1', () => resolve()));

test('a datagram is as many records as it holds', async () => {
  const { driver, port } = await start();
  const socket = sender();
  await send(socket, port, '{"a":1}');
  await send(socket, port, '{"a":2}\n{"a":3}\n');
  await driver.run(() => driver.emitted.length === 3);
  expect(driver.rows).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
});

test('what is cut, no record, not UTF-8 or too long is a dead letter with its reason', async () => {
  const { driver, port } = await start({ maxMessage: '50B' });
  const socket = sender();
  await send(socket, port, '{"a":1');
  await send(socket, port, Buffer.from([0x7b, 0xff, 0x7d]));
  await send(socket, port, `{"a":"${'x'.repeat(100)}"}`);
  await send(socket, port, '{"a":1}');
  await driver.run(() => driver.emitted.length === 1);
  expect(driver.dead.map(({ reason }) => reason)).toEqual([
    expect.any(String),
    expect.any(String),
    'a datagram of 108 bytes (maxMessage: 50)',
  ]);
});

test('what finds the queue full is lost, counted, and told by one dead letter', async () => {
  const { driver, port } = await start({ queueBytes: '1KiB' });
  const socket = sender();
  const count = 30;
  for (let i = 0; i < count; i++) await send(socket, port, `{"a":${i}}`);
  // Another socket of this process, sent to last, has its datagram last.
  const last = createSocket('udp4').bind(0, '127.0.0.1');
  open.push({ close: () => last.close() });
  await once(last, 'listening');
  const came = once(last, 'message');
  await send(socket, last.address().port, 'x');
  await came;
  driver.tick();
  let lost = 0;
  await driver.run(() => {
    lost = Number(/^(\d+) datagrams were lost/.exec(driver.dead[0]?.reason ?? '')?.[1] ?? 0);
    return lost > 0;
  });
  expect(driver.emitted.length + lost).toBe(count);
  expect(driver.dead).toHaveLength(1);
});

test('what the system dropped is read where Linux tells it', async () => {
  const table = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  100: 0100007F:1C90 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 12345 2 0000000000000000 17
  101: 0100007F:1C91 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 12346 2 0000000000000000 5
`;
  expect(dropsIn(table, 0x1c90)).toEqual([17]);
  expect(dropsIn(table, 0x1c92)).toEqual([]);
  const { port } = await start();
  expect([0, undefined]).toContain(await kernelDrops(port));
});

test('as a client it asks, and takes the answers', async () => {
  const server = createSocket('udp4').bind(0, '127.0.0.1');
  open.push({ close: () => server.close() });
  await once(server, 'listening');
  server.on('message', (bytes, { port }) => server.send(`{"asked":"${bytes}"}`, port, '127.0.0.1'));
  const { driver } = await start({ mode: 'client', port: server.address().port, hello: 'me', helloEvery: '1s' });
  await driver.run(() => driver.emitted.length === 1);
  driver.tick();
  await driver.run(() => driver.emitted.length === 2);
  expect(driver.rows).toEqual([{ asked: 'me' }, { asked: 'me' }]);
});

test('a port in use is told', async () => {
  const { port } = await start();
  await expect(start({ port })).rejects.toMatchObject({ code: 'WEIR_ADDRESS_IN_USE' });
});
