import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { KafkaClient } from '../../../../actors/lib/kafka/client.ts';
import { reasonOf } from '../../../../actors/lib/kafka/errors.ts';
import { guardFrames } from '../../../../actors/lib/kafka/frame-guard.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** The address of a server that answers each request, whose correlation id it is given, in its own way. */
async function serverOf(answer: (socket: Socket, id: Buffer) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (request) => answer(socket, Buffer.from(request.subarray(8, 12))));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  ends.unshift(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return address;
}

function clientFor(brokers: string[], timeout = 20_000) {
  const client = new KafkaClient({ brokers, timeout, sasl: undefined, tls: undefined });
  ends.unshift(() => client.close());
  return client;
}

async function clientOf(answer: (socket: Socket, id: Buffer) => void) {
  const address = await serverOf(answer);
  return { client: clientFor([address]), address };
}

const reason = (client: KafkaClient) => client.topics(['t']).then(() => 'none', reasonOf);

function lengthOf(bytes: number): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(bytes);
  return head;
}

test.each([
  ['a gigabyte', lengthOf(2 ** 30)],
  ['more than there is', lengthOf(2 ** 32 - 1)],
  ['less than an answer', lengthOf(3)],
  ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
])('what announces %s is given up before it is collected, and told of', async (_, begin) => {
  const { client, address } = await clientOf((socket) => socket.write(begin));
  const size = begin.readUInt32BE();
  expect(await reason(client)).toBe(`what answers at ${address} is no Kafka, or sends ${size} bytes at once`);
});

test('answers up to the bound pass, however they are cut, and the first beyond it is the last one seen', () => {
  const sizes = fc.array(fc.integer({ min: 4, max: 50 }), { maxLength: 6 });
  fc.assert(
    fc.property(
      sizes,
      fc.option(fc.constantFrom(0, 3, 51, 2 ** 31)),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      (good, bad, cuts) => {
        const frames = good.flatMap((size) => [lengthOf(size), Buffer.alloc(size, 255)]);
        const bytes = Buffer.concat([...frames, ...(bad === null ? [] : [lengthOf(bad), Buffer.alloc(20, 255)])]);
        const told: string[] = [];
        const destroyed: unknown[] = [];
        const socket = Object.assign(new EventEmitter(), { destroy: (reason: unknown) => destroyed.push(reason) });
        guardFrames(socket as unknown as Socket, 50, 'k:1', ({ message }) => told.push(message));
        for (let at = 0; at < bytes.length; ) {
          const step = cuts.next().value;
          socket.emit('data', bytes.subarray(at, at + step));
          at += step;
        }
        expect(told).toEqual(bad === null ? [] : [`what answers at k:1 is no Kafka, or sends ${bad} bytes at once`]);
        expect(destroyed).toHaveLength(told.length);
      },
    ),
    { numRuns: 200 },
  );
});

test.each([
  ['zeros', Buffer.alloc(8)],
  ['nothing', Buffer.alloc(0)],
  ['noise', Buffer.alloc(100, 255)],
])('an answer of %s is told to come of no Kafka', async (_, body) => {
  const { client, address } = await clientOf((socket, id) =>
    socket.write(Buffer.concat([lengthOf(4 + body.length), id, body])),
  );
  expect(await reason(client)).toBe(`what answers at ${address} is no Kafka: its answer cannot be read`);
});

/** An answer with zeros in it, of which nothing can be made. */
const zeros = (socket: Socket, id: Buffer) => socket.write(Buffer.concat([lengthOf(12), id, Buffer.alloc(8)]));

test('a broker that takes a connection and hangs up is asked once, and then behind the others', async () => {
  const asked: string[] = [];
  const first = await serverOf((socket) => {
    asked.push('first');
    socket.destroy();
  });
  const second = await serverOf((socket, id) => {
    asked.push('second');
    zeros(socket, id);
  });
  const client = clientFor([first, second]);
  expect(await reason(client)).toBe(`what answers at ${second} is no Kafka: its answer cannot be read`);
  expect(asked).toEqual(['first', 'second']);
});

test('a broker that takes a connection and is silent does not keep the others from being asked', async () => {
  const silent = await serverOf(() => {});
  const second = await serverOf(zeros);
  const client = clientFor([silent, second], 200);
  const told = `what answers at ${second} is no Kafka: its answer cannot be read`;
  const seen = new Set<string>();
  // Under load the second may need longer than its time now and then.
  for (let tries = 0; tries < 20 && !seen.has(told); tries++) seen.add(await reason(client));
  expect([...seen]).toContain(told);
});
