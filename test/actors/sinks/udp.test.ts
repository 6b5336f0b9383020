import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import sink from '../../../actors/sinks/udp.ts';
import { SinkDriver } from '../../../src/testkit/index.ts';

test('each record is a datagram; one that is too large is a dead letter', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const got: string[] = [];
  socket.on('message', (bytes) => got.push(bytes.toString()));
  const driver = await SinkDriver.open(sink, { port: socket.address().port, maxMessage: '100B' });
  driver
    .write({ a: 1 })
    .write({ a: 'x'.repeat(100) })
    .write({ a: 2 });
  await driver.checkpoint();
  while (got.length < 2) await once(socket, 'message');
  expect(got).toEqual(['{"a":1}\n', '{"a":2}\n']);
  expect(driver.dead.map(({ code }) => code)).toEqual(['WEIR_DATAGRAM']);
  await driver.close();
  socket.close();
});

test('that nobody listens is a warning', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  const driver = await SinkDriver.open(sink, { port });
  for (let n = 0; !driver.logs.join().includes('were not sent'); n++) {
    await driver.write({ n }).checkpoint();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(driver.logs[0]).toMatch(/^warn udp 127\.0\.0\.1:\d+: 1 datagrams were not sent: /);
  await driver.close();
});
