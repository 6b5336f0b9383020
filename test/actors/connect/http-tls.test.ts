import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import json from '../../../actors/codecs/json.ts';
import ndjson from '../../../actors/codecs/ndjson.ts';
import { fetcherOf } from '../../../actors/lib/http/fetcher.ts';
import lookup from '../../../actors/operators/lookup.ts';
import http from '../../../actors/sinks/http.ts';
import httpPoll from '../../../actors/sources/http-poll.ts';
import sse from '../../../actors/sources/sse.ts';
import { OperatorDriver } from '../../../src/testkit/operator-driver.ts';
import { CA, CLIENT } from '../../support/tls.ts';
import { Driver } from '../sources/driver.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { SinkRig } from '../support/sink-rig.ts';
import { webServer } from './tls-server.ts';

const FITS = { ca: CA, ...CLIENT };
/** What does not fit: nobody trusts it, another name, no certificate of ours. */
const UNFIT: [string, object | undefined][] = [
  ['a server that nobody trusts', undefined],
  ['another name in its certificate', { ...FITS, serverName: 'elsewhere.example' }],
];

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function server(...[handler, how]: Parameters<typeof webServer>) {
  const made = await webServer(handler, how);
  open.push(made);
  return made;
}

async function driverOf(definition: any, codec: any, options: object) {
  const driver = new Driver(definition, options, { codec, realTimers: true });
  open.push({ close: () => driver.reader.close!() });
  await driver.open([{ id: '0' }]);
  return driver;
}

describe.each([
  ['http-poll', httpPoll, json, 'application/json', '[{"a":1}]'],
  ['sse', sse, ndjson, 'text/event-stream', 'data: {"a":1}\n\n'],
] as const)('source %s', (_, definition, codec, type, body) => {
  test('speaks TLS and shows its certificate', async () => {
    const { url } = await server((request, response) => {
      expect(request.headers['x-own']).toBe('1');
      response.writeHead(200, { 'content-type': type }).end(body);
    });
    const driver = await driverOf(definition, codec, { url, tls: FITS, headers: { 'x-own': '1' } });
    await driver.run(() => driver.emitted.length === 1);
    expect(driver.rows).toEqual([{ a: 1 }]);
  });

  test.each(UNFIT)('ends with %s', async (_name, tls) => {
    const { url, port } = await server((_request, response) => response.end(body));
    const driver = await driverOf(definition, codec, { url, ...(tls && { tls }) });
    await expect(driver.run()).rejects.toMatchObject({
      code: 'WEIR_TLS',
      data: { permanent: true },
      message: expect.stringMatching(new RegExp(`^https://127.0.0.1:${port}/x: no TLS with it: .*tls\\.ca`)),
    });
  });
});

describe('sink http', () => {
  const rigOf = async (url: string, tls: object | undefined) => {
    const rig = new SinkRig({ definition: http, options: { url, batch: 1, ...(tls && { tls }) } }, new MemoryDisk());
    open.push({ close: () => rig.writer.close?.() });
    await rig.writer.open?.();
    return rig;
  };

  test('posts by TLS', async () => {
    const bodies: string[] = [];
    const { url } = await server(async (request, response) => {
      for await (const piece of request) bodies.push(String(piece));
      response.writeHead(204).end();
    });
    const rig = await rigOf(url, FITS);
    rig.push({ row: { id: 1 } });
    await rig.writer.prepare?.(1);
    expect(bodies).toEqual(['{"id":1}\n']);
  });

  test.each(UNFIT)('ends with %s, at once', async (_, tls) => {
    const { url } = await server((_request, response) => response.end());
    const rig = await rigOf(url, tls);
    rig.push({ row: { id: 1 } });
    await expect(rig.writer.prepare?.(1)).rejects.toMatchObject({ code: 'WEIR_TLS' });
  });

  test('names the file that is not there', async () => {
    await expect(rigOf('https://127.0.0.1:1', { ca: `${CA}.none` })).rejects.toMatchObject({ code: 'WEIR_TLS_FILE' });
  });
});

describe('lookup', () => {
  const driverOfLookup = (url: string, tls: object | undefined) => {
    const driver = new OperatorDriver(lookup, { url: `${url}?id=\${id}`, as: 'of', ...(tls && { tls }) });
    open.push({ close: () => driver.close() });
    return driver;
  };

  test('asks by TLS', async () => {
    const { url } = await server((_, response) => response.end('{"name":"Ann"}'));
    const driver = await driverOfLookup(url, FITS).push({ id: 1 }).answered();
    expect(driver.take()).toEqual([{ id: 1, of: { name: 'Ann' } }]);
  });

  test.each(UNFIT)('makes a dead letter of %s, without asking again', async (_, tls) => {
    const { url } = await server((_request, response) => response.end('{}'));
    const driver = await driverOfLookup(url, tls).push({ id: 1 }).answered();
    expect(driver.dead).toMatchObject([{ code: 'WEIR_LOOKUP_HTTP', reason: expect.stringMatching(/no TLS with it/) }]);
  });
});

describe('asking with certificates is as fetch', () => {
  test('in redirects, which take no login to another server, in packed answers and in statuses without a body', async () => {
    const seen: (string | undefined)[] = [];
    const other = await server((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('there'));
    });
    const first = await server((request, response) => {
      seen.push(request.headers.authorization);
      if (request.url === '/none') response.writeHead(304).end();
      else response.writeHead(302, { location: request.url === '/x' ? '/y' : other.url }).end();
    });
    const fetcher = await fetcherOf(FITS);
    open.push(fetcher);
    const headers = { Authorization: 'Bearer s3cret' };
    const response = await fetcher.ask(first.url, { headers });
    expect(await response.text()).toBe('there');
    expect(seen).toEqual(['Bearer s3cret', 'Bearer s3cret', undefined]);
    expect((await fetcher.ask(first.url, { redirect: 'manual' })).status).toBe(302);
    expect((await fetcher.ask(new URL('/none', first.url).href, {})).status).toBe(304);
  });

  test('in circles that do not end, packed answers that are cut off, and what is given up', async () => {
    const { url } = await server((request, response) => {
      if (request.url === '/cut')
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x').subarray(0, 8));
      else if (request.url === '/x') response.writeHead(302, { location: '/x' }).end();
    });
    const fetcher = await fetcherOf(FITS);
    open.push(fetcher);
    await expect(fetcher.ask(url, {})).rejects.toThrow(/too many redirects/);
    await expect(fetcher.ask(new URL('/cut', url).href, {}).then((each) => each.text())).rejects.toThrow();
    const stop = new AbortController();
    const asked = fetcher.ask(new URL('/never', url).href, { signal: stop.signal });
    stop.abort();
    await expect(asked).rejects.toThrow(/abort/);
  });
});
