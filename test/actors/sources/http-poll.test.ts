import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import json from '../../../actors/codecs/json.ts';
import { linkTo } from '../../../actors/lib/http-poll/next-page.ts';
import source from '../../../actors/sources/http-poll.ts';
import { Driver } from './driver.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

type Handler = (request: IncomingMessage, response: ServerResponse, n: number) => void;

/** A server that answers as told, and the source that asks it. */
async function start(
  handler: Handler,
  options: object = {},
  { at = '', position }: { at?: string; position?: unknown } = {},
) {
  const asked: string[] = [];
  const server = createServer((request, response) => handler(request, response, asked.push(request.url ?? ''))).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const run = { codec: json, codecOptions: { at }, realTimers: true };
  const driver = new Driver(source, { url: `${origin}/items`, every: '1ms', ...options }, run);
  open.push({
    async close() {
      await driver.reader.close!();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  await driver.open([{ id: '0' }], { 0: position });
  return { driver, asked, origin };
}

const say = (response: ServerResponse, body: unknown, headers = {}, status = 200) =>
  response.writeHead(status, headers).end(JSON.stringify(body));

describe('what has not changed', () => {
  test.each([
    ['ETag', { etag: '"v1"' }, 'if-none-match', '"v1"'],
    [
      'Last-Modified',
      { 'last-modified': 'Tue, 02 Jan 2024 00:00:00 GMT' },
      'if-modified-since',
      'Tue, 02 Jan 2024 00:00:00 GMT',
    ],
  ])('is not given again: %s', async (_, headers, name, value) => {
    let version = 1;
    const { driver, asked } = await start((request, response, n) => {
      if (n === 5) version = 2;
      if (version === 1 && request.headers[name] === value) response.writeHead(304).end();
      else say(response, [{ version }], version === 1 ? headers : {});
    });
    await driver.run(() => driver.emitted.length >= 2);
    expect(driver.rows.slice(0, 2)).toEqual([{ version: 1 }, { version: 2 }]);
    expect(asked.length).toBeGreaterThanOrEqual(5);
  });

  test('is not given again after a restart either', async () => {
    const handler: Handler = (request, response, n) => {
      if (n < 3 && request.headers['if-none-match'] === '"v1"') response.writeHead(304).end();
      else say(response, { n }, { etag: '"v1"' });
    };
    const first = await start(handler);
    await first.driver.run(() => first.driver.emitted.length === 1);
    const position = structuredClone(first.driver.reader.positions())['0'];
    const second = await start(handler, {}, { position });
    await second.driver.run(() => second.driver.emitted.length === 1);
    expect(second.driver.rows).toEqual([{ n: 3 }]);
    expect(second.driver.emitted[0]!.order).toBeGreaterThan(first.driver.emitted[0]!.order);
  });
});

describe('pages', () => {
  const pageOf = (request: IncomingMessage, name: string) =>
    new URL(request.url ?? '', 'http://x').searchParams.get(name);

  test('by the header Link, of the same server alone', async () => {
    const { driver, asked } = await start(
      (request, response) => {
        const page = Number(pageOf(request, 'page') ?? 1);
        const link =
          page < 3 ? `</items?page=${page + 1}>; rel="next", </items>; rel=first` : '<http://127.0.0.1:1/x>; rel=next';
        say(response, [{ page }], { link });
      },
      { pages: { by: 'link' }, every: '1h' },
    );
    await driver.run(() => driver.emitted.length === 3 && driver.logs.length > 0);
    expect(driver.rows).toEqual([{ page: 1 }, { page: 2 }, { page: 3 }]);
    expect(asked).toEqual(['/items', '/items?page=2', '/items?page=3']);
    expect(driver.logs[0]).toMatch(/elsewhere, at http:\/\/127\.0\.0\.1:1\/x: not followed/);
  });

  test('by a cursor, which a feed goes on with in the next round and after a restart', async () => {
    const items = [0, 1, 2, 3, 4];
    const handler: Handler = (request, response) => {
      const from = Number(pageOf(request, 'since') ?? 0);
      const found = items.slice(from, from + 2).map((n) => ({ n }));
      say(response, { data: found, meta: { next: String(from + found.length) } });
    };
    const options = { pages: { by: 'cursor', field: 'meta.next', parameter: 'since' } };
    const { driver } = await start(handler, options, { at: 'data' });
    await driver.run(() => driver.emitted.length === 5);
    items.push(5);
    await driver.run(() => driver.emitted.length === 6);
    expect(driver.rows.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5]);
    const position = structuredClone(driver.reader.positions())['0'];
    items.push(6);
    expect(JSON.stringify(position)).not.toContain('http');
    const later = await start(handler, options, { at: 'data', position });
    await later.driver.run(() => later.driver.emitted.length === 1);
    expect(later.driver.rows).toEqual([{ n: 6 }]);
  });

  test('by number, until one is empty', async () => {
    const { driver, asked } = await start(
      (request, response) => {
        const page = Number(pageOf(request, 'p'));
        say(response, { list: page < 3 ? [{ page }] : [] });
      },
      { pages: { by: 'number', parameter: 'p', field: 'list', first: 0 } },
      { at: 'list' },
    );
    await driver.run(() => driver.emitted.length === 6);
    expect(driver.rows.map(({ page }) => page)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(asked.slice(0, 5)).toEqual(['/items?p=0', '/items?p=1', '/items?p=2', '/items?p=3', '/items?p=0']);
  });

  test('no more than `most` in one round', async () => {
    const { driver, asked } = await start(
      (request, response) => say(response, { n: asked.length, next: Number(pageOf(request, 'c') ?? 0) + 1 }),
      { pages: { by: 'cursor', field: 'next', parameter: 'c', most: 3 }, every: '1h' },
    );
    await driver.run(() => driver.emitted.length === 3);
    expect(asked).toHaveLength(3);
  });

  test.each([
    ['</a>; rel="next"', '/a'],
    ['</a>; title="x"; rel="prev next"', '/a'],
    ['</a>; rel=prev, </b>; rel=NEXT', '/b'],
    ['</a>', undefined],
    ['garbage;;<', undefined],
    [null, undefined],
  ])('the next of %s is %s', (header, expected) => {
    expect(linkTo('next', header)).toBe(expected);
  });
});

describe('what goes wrong', () => {
  test('may pass: it is asked again, as the server says', async () => {
    const { driver, asked } = await start((_, response, n) => {
      if (n === 1) response.destroy();
      else if (n === 2) say(response, {}, {}, 503);
      else if (n === 3) say(response, {}, { 'retry-after': '0' }, 429);
      else say(response, { n });
    });
    await driver.run(() => driver.emitted.length === 1);
    expect(driver.rows).toEqual([{ n: 4 }]);
    expect(asked).toHaveLength(4);
    expect(driver.logs).toEqual([
      expect.stringMatching(/^warn http:\S+\/items: .*; it is tried again$/),
      expect.stringMatching(/^info http:\S+\/items answers again$/),
    ]);
  });

  test('for good ends the run, with an error that names no secret', async () => {
    const { driver } = await start((_, response) => say(response, {}, {}, 401), {
      headers: { authorization: 'Bearer s3cret' },
    });
    await expect(driver.run()).rejects.toMatchObject({
      code: 'WEIR_HTTP_POLL',
      message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/items answers with 401: see what `headers`/),
    });
    expect(driver.logs.join()).not.toContain('s3cret');
  });

  test('in an answer is a dead letter: no JSON, too long, a bomb', async () => {
    const { driver } = await start(
      (_, response, n) => {
        if (n === 1) response.end('{"a":');
        else if (n === 2) response.end('x'.repeat(5000));
        else if (n === 3)
          response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000, 32)));
        else say(response, { n });
      },
      { maxBody: '2KiB' },
    );
    await driver.run(() => driver.emitted.length === 1);
    expect(driver.dead.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/JSON/),
      'an answer of more than 2KiB (maxBody)',
      'an answer of more than 2KiB (maxBody)',
    ]);
  });
});
