import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import source from '../../../actors/sources/prometheus-scrape.ts';
import { CA, CLIENT, SERVER } from '../../support/tls.ts';
import { Driver, splitsOf } from './driver.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

type Handler = (request: IncomingMessage, response: ServerResponse, n: number) => void;

/** A target, and what it was asked. */
async function target(handler: Handler, tls?: object) {
  let asked = 0;
  const handle = (request: IncomingMessage, response: ServerResponse) => handler(request, response, ++asked);
  const server = (tls ? createSecureServer(tls, handle) : createServer(handle)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  const instance = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http${tls ? 's' : ''}://${instance}`, instance };
}

async function start(targets: string[], options: object = {}, positions: Record<string, unknown> = {}) {
  let now = 1000;
  const given = { targets, ...options };
  const driver = new Driver(source, given, { now: () => now, realTimers: false });
  open.push({ close: () => driver.reader.close!() });
  await driver.open(await splitsOf(source, given), positions);
  /** Lets time go on to the next scrape of all. */
  const next = () => {
    now += 15_000;
    const due = driver.timers.filter(({ ms }) => ms !== 10_000);
    for (const timer of due) driver.timers.splice(driver.timers.indexOf(timer), 1);
    for (const { task } of due) task();
  };
  const round = (n: number) => driver.run(() => driver.rows.filter(({ metric }) => metric === 'up').length >= n);
  return { driver, next, round };
}

const valuesOf = (driver: Driver, metric: string) =>
  driver.rows.filter((row) => row.metric === metric).map(({ value }) => value);

describe('a scrape', () => {
  test('gives the samples, and what Prometheus says of each scrape', async () => {
    const { url, instance } = await target((request, response) => {
      expect(request.url).toBe('/metrics');
      expect(request.headers.accept).toMatch(/^application\/openmetrics-text/);
      response.end('# TYPE a counter\na{x="1"} 2\nb NaN 500\n');
    });
    const { driver, next, round } = await start([url]);
    await round(1);
    const own = { type: 'gauge', labels: {}, time: 1000, instance, exemplar: null };
    expect(driver.rows).toEqual([
      { metric: 'a', type: 'counter', labels: { x: '1' }, value: 2, time: 1000, instance, exemplar: null },
      { metric: 'b', type: 'unknown', labels: {}, value: null, time: 500, instance, exemplar: null },
      { ...own, metric: 'up', value: 1 },
      { ...own, metric: 'scrape_duration_seconds', value: 0 },
      { ...own, metric: 'scrape_samples_scraped', value: 2 },
    ]);
    expect(driver.emitted.map(({ time, order }) => [time, order])).toEqual([0, 1, 2, 3, 4].map((n) => [1000, n]));
    next();
    await round(2);
    expect(driver.rows).toHaveLength(10);
    expect(driver.emitted.at(-1)).toMatchObject({ time: 16_000, order: 9 });
    expect(driver.reader.positions()).toEqual({ 0: 10 });
  });

  test('takes OpenMetrics, with exemplars, from the path that is named', async () => {
    const { url } = await target((request, response) => {
      expect(request.url).toBe('/own?x=1');
      response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0');
      response.end('# TYPE a counter\na_total 2 1.5 # {t="x"} 1 1.25\n# EOF\n');
    });
    const { driver, round } = await start([`${url}/own?x=1`]);
    await round(1);
    const exemplar = { labels: { t: 'x' }, value: 1, time: 1250 };
    expect(driver.rows[0]).toMatchObject({ metric: 'a_total', type: 'counter', value: 2, time: 1500, exemplar });
  });

  test('of one target does not wait for that of another, and they are not asked at once', async () => {
    const slow = await target(() => {});
    const fast = await target((_, response) => response.end('a 1\n'));
    const { driver, next, round } = await start([slow.url, fast.url], { concurrency: 2 });
    expect(driver.timers.map(({ ms }) => ms)).toContain(7500);
    next();
    await round(1);
    expect(driver.rows.map(({ instance }) => instance)).toEqual(Array(4).fill(fast.instance));
    expect(driver.logs.join()).toMatch(/a scrape is left out/);
  });

  test('is left out while the stream has not taken the one before', async () => {
    let asked = 0;
    const { url } = await target((_, response, n) => {
      asked = n;
      response.end('a 1\n');
    });
    const { driver, next, round } = await start([url]);
    await round(1);
    next();
    next();
    next();
    await round(2);
    expect(asked).toBe(2);
    expect(driver.logs.filter((log) => /left out/.test(log))).toHaveLength(2);
  });

  test('no more are under way than `concurrency` says', async () => {
    let under = 0;
    let most = 0;
    const targets = await Promise.all(
      Array.from({ length: 8 }, () =>
        target((_, response) => {
          most = Math.max(most, ++under);
          setImmediate(() => {
            under--;
            response.end('a 1\n');
          });
        }),
      ),
    );
    const { next, round } = await start(
      targets.map(({ url }) => url),
      { concurrency: 2 },
    );
    next();
    await round(8);
    expect(most).toBeLessThanOrEqual(2);
  });
});

describe('a target', () => {
  test('that is away, answers otherwise or too late is up 0, told once, and asked again', async () => {
    let late = () => {};
    const came = new Promise<void>((resolve) => (late = resolve));
    const { url } = await target((_, response, n) => {
      if (n === 3) late();
      if (n === 1) response.destroy();
      else if (n === 2) response.writeHead(500).end();
      else if (n === 4) response.end('a 1\n');
    });
    const { driver, next, round } = await start([url]);
    await round(1);
    next();
    await round(2);
    next();
    await came;
    driver.timers.find(({ ms }) => ms === 10_000)!.task();
    await round(3);
    next();
    await round(4);
    expect(valuesOf(driver, 'up')).toEqual([0, 0, 0, 1]);
    expect(valuesOf(driver, 'a')).toEqual([1]);
    expect(driver.logs).toHaveLength(2);
    expect(driver.logs[1]).toMatch(/up again/);
    expect(driver.dead).toEqual([]);
  });

  test('that refuses the login is up 0, and nothing tells the password', async () => {
    const seen: unknown[] = [];
    const { url } = await target((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(401).end();
    });
    const basic = await start([url], { user: 'weir', password: 's3cret' });
    await basic.round(1);
    const bearer = await start([url], { token: 't0ken' });
    await bearer.round(1);
    expect(seen).toEqual([`Basic ${Buffer.from('weir:s3cret').toString('base64')}`, 'Bearer t0ken']);
    expect([...basic.driver.logs, ...bearer.driver.logs].join()).not.toMatch(/s3cret|t0ken/);
    expect(valuesOf(basic.driver, 'up')).toEqual([0]);
  });

  test('speaks TLS, and asks for a certificate', async () => {
    const files = { cert: readFileSync(SERVER.cert), key: readFileSync(SERVER.key), ca: readFileSync(CA) };
    const { url } = await target(
      (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('a 1\n')),
      { ...files, requestCert: true, rejectUnauthorized: true },
    );
    const fine = await start([url], { tls: { ca: CA, ...CLIENT } });
    await fine.round(1);
    expect(valuesOf(fine.driver, 'a')).toEqual([1]);
    for (const tls of [undefined, { ca: CA, ...CLIENT, serverName: 'elsewhere' }]) {
      const other = await start([url], { tls });
      await other.round(1);
      expect(valuesOf(other.driver, 'up')).toEqual([0]);
      expect(other.driver.logs[0]).toMatch(/no TLS with it: .*tls\.ca/);
    }
  });
});

test('an answer that breaks the rules, is no UTF-8, too long or a bomb is one dead letter, and none of its samples', async () => {
  const { url } = await target((_, response, n) => {
    if (n === 1) response.end('a 1\nb{ 2\nc 3\n');
    else if (n === 2) response.end(Buffer.from([0x61, 0xff, 0x20, 0x31]));
    else if (n === 3) response.end('a 1\n'.repeat(1000));
    else if (n === 4)
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000, 32)));
    else response.end('a 7\n');
  });
  const { driver, next, round } = await start([url], { maxBody: '2KiB' });
  for (let n = 1; n <= 5; n++) {
    if (n > 1) next();
    await round(n);
  }
  expect(valuesOf(driver, 'up')).toEqual([0, 0, 0, 0, 1]);
  expect(valuesOf(driver, 'a')).toEqual([7]);
  expect(driver.dead.map(({ reason }) => reason.replace(/^\S+ /, ''))).toEqual([
    expect.stringMatching(/^line 2: no name of a label/),
    expect.stringMatching(/^it is not UTF-8/),
    'an answer of more than 2KiB (maxBody)',
    'an answer of more than 2KiB (maxBody)',
  ]);
});

test.each([
  [{ targets: [] }, /at least one/],
  [{ targets: ['http://a', 'http://a/metrics'] }, /twice/],
  [{ targets: ['http://weir:pw@a'] }, /names a user/],
  [{ targets: ['http://a'], every: '1s', timeout: '2s' }, /longer than every/],
  [{ targets: ['http://a'], user: 'x' }, /go together/],
  [{ targets: ['http://a'], user: 'x', password: 'y', token: 'z' }, /either/],
])('%j is refused', (options, reason) => {
  const given = { every: 15_000, headers: {}, concurrency: 1, maxBody: 1000, timeout: undefined, ...options };
  const wrong = {
    ...given,
    every: 'every' in options ? 1000 : 15_000,
    timeout: 'timeout' in options ? 2000 : undefined,
  };
  expect(() => source.refuse!(wrong as never)).toThrow(reason);
});
