import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import csv from '../../../actors/codecs/csv.ts';
import ndjson from '../../../actors/codecs/ndjson.ts';
import source from '../../../actors/sources/tcp.ts';
import { CA, CLIENT, SERVER } from '../../support/tls.ts';
import { Driver } from './driver.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(options: object = {}, run: object = {}, position?: unknown) {
  const driver = new Driver(source, { port: 0, ...options }, { codec: ndjson, ...run });
  open.push({ close: () => driver.reader.close!() });
  await driver.open([{ id: '0' }], { 0: position });
  const port = Number(/at \w+ 127\.0\.0\.1:(\d+)/.exec(driver.logs.join('\n'))?.[1]);
  return { driver, port };
}

/** Sends bytes over a connection of their own and ends it. */
async function send(port: number, ...pieces: (string | Buffer)[]): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  for (const piece of pieces) socket.write(piece);
  socket.end();
  socket.resume();
  await once(socket, 'close');
}

describe('as a server', () => {
  test('it takes the lines of many', async () => {
    const { driver, port } = await start();
    await Promise.all([send(port, '{"a":1}\n{"a":', '2}\n'), send(port, '{"a":3}')]);
    await driver.run(() => driver.emitted.length === 3);
    expect(driver.rows.map(({ a }) => a).sort()).toEqual([1, 2, 3]);
    expect(driver.dead).toEqual([]);
  });

  test('orders grow over restarts', async () => {
    const { driver, port } = await start({}, {}, { given: 100 });
    await send(port, '{"a":1}\n{"a":2}\n');
    await driver.run(() => driver.emitted.length === 2);
    expect(driver.emitted.map(({ order }) => order)).toEqual([100, 108]);
    expect(driver.reader.positions()).toEqual({ 0: { given: 116 } });
  });

  test('what is no record, no message and no whole message is a dead letter with its reason', async () => {
    const { driver, port } = await start({ framing: 'octets', maxMessage: '20B' });
    await send(port, '8 {"a":1}\n5 {"a":7 {"a":2}100 x');
    await driver.run(() => driver.emitted.length + driver.dead.length === 4);
    expect(driver.rows).toEqual([{ a: 1 }, { a: 2 }]);
    expect(driver.dead.map(({ reason }) => reason)).toEqual([
      expect.any(String),
      expect.stringMatching(/more than 20B \(maxMessage\): it announces 100B/),
    ]);
  });

  test('a connection that lost its place is closed', async () => {
    const { driver, port } = await start({ framing: 'octets' });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    socket.write('hello\n');
    await once(socket, 'close');
    await driver.run(() => driver.dead.length === 1);
    expect(driver.dead[0]?.reason).toMatch(/begins with its length/);
  });

  test('a sender that is much faster waits, and nothing is lost', async () => {
    const { driver, port } = await start({ queueBytes: '64KiB' });
    const line = `${JSON.stringify({ text: 'x'.repeat(1000) })}\n`;
    const count = 20_000;
    const socket = connect(port, '127.0.0.1');
    open.push({ close: () => socket.destroy() });
    socket.write(line.repeat(count));
    await driver.run(() => driver.emitted.length === count);
    expect(driver.dead).toEqual([]);
  });

  test('drained it gives out what it took', async () => {
    const { driver, port } = await start();
    await send(port, '{"a":1}\n');
    await driver.run(() => driver.emitted.length === 1);
    driver.reader.drain!();
    expect(await driver.run()).toBe('end');
  });

  test('a codec with a header cannot be', async () => {
    const { driver, port } = await start({}, { codec: csv });
    await send(port, 'a,b\n');
    await expect(driver.run(() => driver.emitted.length > 0)).rejects.toMatchObject({ code: 'WEIR_MESSAGE_HEADER' });
  });

  test('a port in use is told', async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toMatchObject({ code: 'WEIR_ADDRESS_IN_USE' });
  });
});

describe('with TLS', () => {
  test('a server takes who trusts it, and with `ca` only who shows a certificate', async () => {
    const { driver, port } = await start({ tls: { ...SERVER, ca: CA } });
    const ca = readFileSync(CA);
    const bare = connectTls({ port, host: '127.0.0.1', ca });
    bare.on('error', () => {});
    bare.resume();
    await new Promise((resolve) => bare.once('close', resolve));
    const own = { cert: readFileSync(CLIENT.cert), key: readFileSync(CLIENT.key) };
    const socket = connectTls({ port, host: '127.0.0.1', ca, ...own });
    socket.resume();
    socket.end('{"a":1}\n');
    await driver.run(() => driver.emitted.length === 1);
    expect(driver.logs.join('\n')).toMatch(/warn no TLS with 127\.0\.0\.1: /);
  });

  test('files that are no certificates are told', async () => {
    await expect(start({ tls: { cert: 'no.pem', key: 'no.pem' } })).rejects.toMatchObject({ code: 'WEIR_TLS_FILE' });
    await expect(start({ tls: { cert: SERVER.cert, key: CLIENT.key } })).rejects.toMatchObject({
      code: 'WEIR_TLS_FILE',
    });
  });

  test('a client that cannot trust the server ends with an error that says what to do', async () => {
    const server = createTlsServer({ cert: readFileSync(SERVER.cert), key: readFileSync(SERVER.key) }).listen(
      0,
      '127.0.0.1',
    );
    server.on('tlsClientError', () => {});
    open.push({ close: () => server.close() });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { driver } = await start({ mode: 'client', port, tls: {} }, { realTimers: true });
    await expect(driver.run()).rejects.toMatchObject({
      code: 'WEIR_TLS',
      message: expect.stringMatching(/^tls 127\.0\.0\.1:\d+: .*`tls\.ca`/),
    });
    const trusted = (await start({ mode: 'client', port, tls: { ca: CA } }, { realTimers: true })).driver;
    server.on('secureConnection', (socket) => socket.end('{"a":1}\n'));
    await trusted.run(() => trusted.emitted.length === 1);
  });
});

describe('as a client', () => {
  test('it connects again whenever the connection is lost', async () => {
    let times = 0;
    const server = createServer((socket: Socket) => {
      socket.on('error', () => {});
      socket.end(`{"a":${++times}}\n`);
    }).listen(0, '127.0.0.1');
    open.push({ close: () => server.close() });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { driver } = await start({ mode: 'client', port }, { realTimers: true });
    await driver.run(() => driver.emitted.length === 3);
    expect(driver.rows).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    // However often it is: of several within a minute only the first is told.
    expect(driver.logs).toEqual([
      `warn tcp 127.0.0.1:${port}: the connection is lost: the other side closed it; it is tried again`,
      `info tcp 127.0.0.1:${port} answers again`,
    ]);
  });
});
