import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, connect as dial } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { weir } from '../nexmark/cli.ts';
import { freshFolder } from '../support/folder.ts';
import { broker as brokerOf, numbers, PORT, publish, subscribeFor, until, url } from './support/mqtt.ts';
import { runStream, toEnd } from './support/runs.ts';
import { withServersInFull } from './support/server.ts';

/** A way to the broker that counts what goes through it, and the connections that Weir has given up by itself. */
async function throughProxy() {
  const seen = { givenUp: 0, pings: 0, bytes: 0, close: () => {} };
  const server = createServer((ours) => {
    const theirs = dial(PORT, '127.0.0.1');
    for (const socket of [ours, theirs]) socket.on('error', () => {});
    ours.on('close', () => {
      if (!theirs.destroyed) seen.givenUp++;
      theirs.destroy();
    });
    theirs.on('close', () => ours.destroy());
    // A PINGREQ: while acknowledgements wait, nothing else goes that way.
    ours.on('data', (bytes) => bytes.equals(Buffer.of(0xc0, 0)) && seen.pings++);
    theirs.on('data', (bytes) => (seen.bytes += bytes.length));
    ours.pipe(theirs).pipe(ours);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  seen.close = () => server.close();
  return { seen, url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A web server that takes records and answers only once it is let go. */
async function slowServer() {
  const ids: number[] = [];
  const waiting: (() => void)[] = [];
  let isFree = false;
  const server = createHttpServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    for (const line of body.split('\n')) if (line !== '') ids.push(JSON.parse(line).id);
    if (!isFree) await new Promise<void>((resolve) => waiting.push(resolve));
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const free = () => {
    isFree = true;
    for (const task of waiting) task();
  };
  return { ids, free, close: () => server.close(), url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

withServersInFull(['mosquitto'], 'mqtt: a broker that goes away, a stream that stands', () => {
  const broker = brokerOf();
  const folder = freshFolder();
  beforeAll(() => broker.start().then(() => {}), 120_000);
  afterAll(() => broker.wipe());

  test.each(['1', '2'])(
    'away for 20 s under load, and once more at once: all arrives, and twice only what was under way; QoS %s',
    async (qos) => {
      const [COUNT, SENT, RECEIVED] = [10_000, 500, 2000];
      const topic = `load/${qos}`;
      const clientId = `reader-${qos}`;
      // A subscription that is made when the first messages have gone would not get them.
      await subscribeFor(clientId, topic);
      const source = { mqtt: { topics: topic, url, qos, clientId, inFlight: RECEIVED } };
      folder.write(
        't.yaml',
        JSON.stringify({
          name: 't',
          checkpoint: { every: '500ms' },
          streams: {
            out: {
              source: { generate: { count: COUNT, rate: 500, fields: { id: 'n' } } },
              to: { mqtt: { topic, url, qos, inFlight: SENT } },
            },
            back: { source, to: [{ file: 'out.ndjson' }, 'stdout'] },
          },
        }),
      );
      const running = weir(['run', 't.yaml', '--threads', '1'], folder.path);
      let printed = 0;
      running.child.stdout?.on('data', (bytes: Buffer) => (printed += bytes.toString().split('"id"').length - 1));
      await until(() => printed > 2000);
      await broker.stop();
      await sleep(20_000);
      const before = printed;
      await broker.start();
      await until(() => printed > before + 1000);
      await broker.stop();
      await broker.start();
      const found = () => (existsSync(folder.at('out.ndjson')) ? folder.rows('out.ndjson') : []).map(({ id }) => id);
      await until(() => new Set(found()).size === COUNT);
      running.child.kill('SIGINT');
      const { code, stderr } = await running.ended;
      expect(code, stderr).toBe(0);
      expect(stderr).not.toMatch(/[1-9]\d* restarts/);
      const all = found() as number[];
      const twice = all.length - COUNT;
      console.log(`QoS ${qos}: ${twice} of ${COUNT} twice`);
      expect([...new Set(all)].sort((a, b) => a - b)).toEqual(numbers(COUNT));
      // QoS 2 is exact between the broker and the source. Of QoS 1 Mosquitto 2.0.11 sends to a session that it has read from its disk all
      // that waits at once, whatever the client asks for: all that no checkpoint holds yet when it goes away again comes again.
      expect(twice).toBeLessThanOrEqual(qos === '2' ? 2 * SENT : COUNT + 2 * SENT);
    },
    180_000,
  );

  test.each(['1', '2'])(
    'a stream that stands for ten intervals of keepalive: the connection is not given up, no more is read, nothing is lost; QoS %s',
    async (qos) => {
      const COUNT = 8000;
      const proxy = await throughProxy();
      const slow = await slowServer();
      const topic = `stands/${qos}`;
      const source = {
        topics: topic,
        url: proxy.url,
        qos,
        clientId: `stands-${qos}`,
        keepalive: '1s',
        queueBytes: '1MiB',
      };
      const running = runStream(folder, {
        source: { mqtt: source },
        to: { http: { url: slow.url, timeout: '5m', batch: 20, concurrency: 1 } },
      });
      await until(() => proxy.seen.bytes > 0);
      const filler = 'x'.repeat(4000);
      await until(() => proxy.seen.pings > 0);
      await publish(
        topic,
        numbers(COUNT).map((id) => JSON.stringify({ id, filler })),
        '-q',
        qos,
      );
      const { pings } = proxy.seen;
      await until(() => proxy.seen.pings >= pings + 10);
      // Beyond what Weir takes there is only what the sockets of both ends hold.
      console.log(`QoS ${qos}: ${proxy.seen.bytes} bytes were read while the stream stood`);
      expect(proxy.seen.bytes).toBeLessThan((COUNT * filler.length) / 2);
      expect(proxy.seen.givenUp).toBe(0);
      slow.free();
      await until(() => new Set(slow.ids).size === COUNT);
      running.child.kill('SIGINT');
      await toEnd(running);
      slow.close();
      proxy.seen.close();
      expect([...new Set(slow.ids)].sort((a, b) => a - b)).toEqual(numbers(COUNT));
    },
    120_000,
  );
});
