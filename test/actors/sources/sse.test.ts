import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import ndjson from '../../../actors/codecs/ndjson.ts';
import { EventParser } from '../../../actors/lib/sse/event-parser.ts';
import source from '../../../actors/sources/sse.ts';
import { prng } from '../../../src/base/prng.ts';
import { tries } from '../../support/thorough.ts';
import { Driver } from './driver.ts';

/** Events of a stream that comes in pieces. */
function parse(text: string | Buffer, cuts: readonly number[] = [], max = 1000) {
  const bytes = Buffer.from(text as string);
  const found: unknown[] = [];
  const parser = new EventParser(
    max,
    '',
    ({ type, data, id }) => found.push([type, data, id]),
    () => found.push('too long'),
  );
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < places.length; i++) parser.push(bytes.subarray(places[i - 1], places[i]));
  return { found, retry: parser.retryMs };
}

describe('events', () => {
  // The examples of the HTML standard, 9.2.6.
  test.each([
    ['data: YHOO\ndata: +2\ndata: 10\n\n', [['message', 'YHOO\n+2\n10', '']]],
    [
      ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event',
      [
        ['message', 'first event', '1'],
        ['message', 'second event', ''],
      ],
    ],
    [
      'data\n\ndata\ndata\n\ndata:',
      [
        ['message', '', ''],
        ['message', '\n', ''],
      ],
    ],
    [
      '\ufeffevent: add\r\ndata: 1\r\n\r\nevent: x\r\rdata: 2\r\r',
      [
        ['add', '1', ''],
        ['message', '2', ''],
      ],
    ],
    ['id: a\0b\nother: 1\ndata: 1\n\n', [['message', '1', '']]],
  ])('%j', (text, expected) => {
    expect(parse(text).found).toEqual(expected);
  });

  test('one that is too long is refused once, and the next is taken', () => {
    const long = `data: ${'x'.repeat(50)}\ndata: ${'y'.repeat(50)}\n\ndata: 1\n\n`;
    for (const cuts of [[], [3, 30, 58, 60]])
      expect(parse(long, cuts, 20).found).toEqual(['too long', ['message', '1', '']]);
    expect(parse('retry: 50\nretry: 1x\n').retry).toBe(50);
  });

  test('whatever comes and however it is cut, it is what a parser of the whole text gives', () => {
    const random = prng('sse');
    const draw = (n: number) => Math.floor(random() * n);
    const parts = [
      'data',
      ':',
      ' ',
      '\n',
      '\r',
      '\r\n',
      '\n\n',
      'id',
      'event',
      'retry',
      '7',
      'é',
      'x',
      '\0',
      'data: 1\n\n',
    ];
    for (let run = 0; run < tries(100_000); run++) {
      const text = Array.from({ length: draw(16) }, () => parts[draw(parts.length)]).join('');
      const bytes = Buffer.from(text);
      const cuts = Array.from({ length: draw(5) }, () => draw(bytes.length + 1));
      expect(parse(bytes, cuts).found, `run ${run}: ${JSON.stringify(text)} cut at ${cuts}`).toEqual(naive(text));
      if (run % 4 === 0) parse(Buffer.from(bytes.map((byte) => (draw(5) === 0 ? draw(256) : byte))), cuts, 8);
    }
  });
});

/** All of it at once. */
function naive(text: string): unknown[] {
  const found: unknown[] = [];
  let [type, id] = ['', ''];
  let data: string[] = [];
  for (const line of text.split(/\r\n|\n|\r/).slice(0, -1)) {
    const [, name, value = ''] = /^([^:]*)(?::[ ]?([\s\S]*))?$/.exec(line)!;
    if (line === '') {
      if (data.length > 0) found.push([type || 'message', data.join('\n'), id]);
      [type, data] = ['', []];
    } else if (name === 'data') data.push(value);
    else if (name === 'event') type = value;
    else if (name === 'id' && !value.includes('\0')) id = value;
  }
  return found;
}

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(
  handler: (request: IncomingMessage, response: ServerResponse, n: number) => void,
  options = {},
  position?: unknown,
) {
  let n = 0;
  const server = createServer((request, response) => handler(request, response, ++n)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/e?key=s3cret`;
  const driver = new Driver(source, { url, ...options }, { codec: ndjson, realTimers: true });
  open.push({
    async close() {
      await driver.reader.close!();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  await driver.open([{ id: '0' }], { 0: position });
  return driver;
}

const stream = (response: ServerResponse, text: string) =>
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).end(text);

describe('following', () => {
  test('goes on behind the last event when the stream ends, and after a restart', async () => {
    const asked: unknown[] = [];
    const handler = (request: IncomingMessage, response: ServerResponse) => {
      const last = request.headers['last-event-id'];
      asked.push(last);
      const n = Number(last ?? 0) + 1;
      stream(response, `retry: 1\nid: ${n}\ndata: {"n":${n}}\n\n`);
    };
    const driver = await start(handler);
    await driver.run(() => driver.emitted.length === 3);
    expect(driver.rows).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(asked.slice(0, 3)).toEqual([undefined, '1', '2']);
    // However often it is: of several within a minute only the first is told.
    expect(driver.logs).toEqual([
      expect.stringMatching(/^warn http:\S+\/e: the stream ended; it is tried again$/),
      expect.stringMatching(/^info http:\S+\/e answers again$/),
    ]);
    const position = structuredClone(driver.reader.positions())['0'];
    expect(position).toMatchObject({ mark: '3' });
    const later = await start(handler, {}, position);
    await later.run(() => later.emitted.length === 1);
    expect(later.rows).toEqual([{ n: 4 }]);
  });

  test('only the events that are wanted; what is no record, or too long, is a dead letter', async () => {
    const text = `event: a\ndata: {"n":1}\n\nevent: b\ndata: {"n":2}\n\nevent: a\ndata: {"n"\n\ndata: ${'x'.repeat(99)}\n\n`;
    const driver = await start((_, response, n) => (n === 1 ? stream(response, text) : response.writeHead(204).end()), {
      events: 'a',
      maxMessage: '50B',
    });
    expect(await driver.run()).toBe('end');
    expect(driver.rows).toEqual([{ n: 1 }]);
    expect(driver.dead.map(({ reason }) => reason)).toEqual([
      expect.any(String),
      'an event of more than 50B (maxMessage)',
    ]);
  });

  test.each([
    [403, 'text/event-stream', /answers with 403: see what `headers`/],
    [200, 'text/html', /answers with 'text\/html', which is no/],
  ])('%i %s ends the run, without the secrets of the url', async (status, type, message) => {
    const driver = await start((_, response) => response.writeHead(status, { 'content-type': type }).end());
    await expect(driver.run()).rejects.toMatchObject({ code: 'WEIR_SSE', message: expect.stringMatching(message) });
    expect(String(driver.failure)).not.toContain('s3cret');
  });
});
