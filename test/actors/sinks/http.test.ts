import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { zstdLibrary } from '../../../actors/lib/packed/zstd.ts';
import http from '../../../actors/sinks/http.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { SinkRig } from '../support/sink-rig.ts';
import { type Reply, WebServer } from '../support/web-server.ts';

let server: WebServer;
let url: string;
let rigs: SinkRig[];

beforeEach(async () => {
  server = new WebServer();
  url = await server.listen();
  rigs = [];
});

afterEach(async () => {
  for (const rig of rigs) await rig.writer.close?.();
  await server.close();
});

function rigOf(options: object = {}, subtask = 0, eventTime = true): SinkRig {
  const rig = new SinkRig({ definition: http, options: { url, ...options }, eventTime }, new MemoryDisk(), subtask);
  rigs.push(rig);
  return rig;
}

function push(rig: SinkRig, from: number, to: number): SinkRig {
  for (let id = from; id < to; id++) rig.push({ row: { id }, time: id, order: id });
  return rig;
}

const bodies = () => server.calls.map(({ body }) => body);
const keys = () => server.calls.map(({ headers }) => headers['idempotency-key']);

/** Waits of the sink between two tries, told apart from its timeouts of ten seconds. */
const isWait = (ms: number) => ms < 10_000;

describe('a batch goes out', () => {
  test('when it is full, and the rest at the barrier, which waits for the answers', async () => {
    let answer = () => {};
    server.reply = (_, n) =>
      n === 3 ? new Promise<Reply>((resolve) => (answer = () => resolve({ status: 200 }))) : { status: 204 };
    const rig = push(rigOf({ batch: 2 }), 0, 5);
    let done = false;
    const prepared = rig.writer.prepare?.(1)?.then(() => {
      done = true;
    });
    await server.came(3);
    expect(bodies().sort()).toEqual(['{"id":0}\n{"id":1}\n', '{"id":2}\n{"id":3}\n', '{"id":4}\n']);
    expect(done).toBe(false);
    answer();
    await prepared;
    expect(rig.dead).toEqual([]);
  });

  test('when its first record has waited long enough', async () => {
    const rig = push(rigOf({ linger: '200ms' }), 0, 1);
    rig.time.advance(199);
    expect(rig.time.waiting).toEqual([200]);
    push(rig, 1, 2);
    rig.time.advance(1);
    await server.came(1);
    expect(bodies()).toEqual(['{"id":0}\n{"id":1}\n']);
  });

  test('a barrier without records sends nothing', async () => {
    await rigOf().writer.prepare?.(1);
    expect(server.calls).toEqual([]);
  });
});

describe('a request', () => {
  test.each([
    ['ndjson', {}, ['{"id":0}\n{"id":1}\n'], 'application/x-ndjson'],
    ['array', {}, ['[{"id":0},{"id":1}]'], 'application/json'],
    ['object', { concurrency: 1 }, ['{"id":0}', '{"id":1}'], 'application/json'],
  ])('as %s', async (format, options, expected, type) => {
    const rig = push(rigOf({ format, headers: { 'X-Token': 'secret' }, ...options }), 0, 2);
    await rig.writer.prepare?.(1);
    expect(bodies()).toEqual(expected);
    expect(server.calls[0]?.headers).toMatchObject({ 'content-type': type, 'x-token': 'secret' });
  });

  test('has the same key for the same records, also in another run, and other keys for others', async () => {
    await push(rigOf({ batch: 2, concurrency: 1 }), 0, 6).writer.prepare?.(1);
    await push(rigOf({ batch: 2, concurrency: 1 }), 2, 6).writer.prepare?.(7);
    const [a, b, c, again, andAgain] = keys();
    expect([again, andAgain]).toEqual([b, c]);
    expect(new Set([a, b, c]).size).toBe(3);
    const same = rigOf();
    same.push({ row: { beat: 1 }, time: 1, order: 1 });
    await same.writer.prepare?.(1);
    same.push({ row: { beat: 1 }, time: 2, order: 2 });
    await same.writer.prepare?.(2);
    expect(keys().at(-1)).not.toBe(keys().at(-2));
  });

  test.each([
    ['with event time, has another key at another time, as two windows give the same row', true, [2, 2]],
    ['without, has the same key whenever its records are read', false, [1, 2]],
  ])('%s', async (_, eventTime, [times, places]) => {
    const given = [
      { row: { n: 1 }, time: 10, order: 3 },
      { row: { n: 1 }, time: 20, order: 3 },
      { row: { n: 1 }, time: 20, order: 4 },
    ];
    for (const each of given) await rigOf({ batch: 1 }, 0, eventTime).push(each).writer.prepare?.(1);
    const [one, later, elsewhere] = keys();
    expect([new Set([one, later]).size, new Set([later, elsewhere]).size]).toEqual([times, places]);
  });

  test('for each of the equal records that one was made into has a key of its own, the same in another run', async () => {
    const run = async () => {
      const rig = rigOf({ batch: 1, concurrency: 1 });
      for (const n of [1, 2, 1]) rig.push({ row: { n }, time: 5, order: 7 });
      await rig.writer.prepare?.(1);
      return keys().slice(-3);
    };
    const first = await run();
    expect(new Set(first).size).toBe(3);
    expect(await run()).toEqual(first);
  });

  test('keeps its key when it is tried again', async () => {
    server.reply = (_, n) => ({ status: n === 1 ? 503 : 200 });
    const rig = push(rigOf(), 0, 1);
    const prepared = rig.writer.prepare?.(1);
    rig.time.advance(await rig.time.until(isWait));
    await prepared;
    expect(keys()[0]).toBe(keys()[1]);
    expect(bodies()[0]).toBe(bodies()[1]);
  });
});

describe('a failure', () => {
  const failing: [string, Reply][] = [
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ['429', { status: 429 }],
    ['408', { status: 408 }],
    ['a broken connection', 'reset'],
  ];

  test.each(failing)('by %s is tried again, after longer and longer waits', async (_, reply) => {
    server.reply = (_, n) => (n <= 4 ? reply : { status: 200 });
    const rig = push(rigOf(), 0, 1);
    const prepared = rig.writer.prepare?.(1);
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      const wait = await rig.time.until(isWait);
      waits.push(wait);
      rig.time.advance(wait);
    }
    await prepared;
    expect(server.calls.length).toBe(5);
    waits.forEach((wait, i) => {
      expect(wait).toBeGreaterThanOrEqual(50 * 2 ** i);
      expect(wait).toBeLessThanOrEqual(100 * 2 ** i);
    });
    expect([rig.dead, rig.failures]).toEqual([[], []]);
  });

  test.each([
    ['7', 7000],
    [new Date(1_000_000 + 5000).toUTCString(), 5000],
    ['100000', 300_000],
  ])('that says when to come back (%s) is tried again then', async (retryAfter, expected) => {
    server.reply = (_, n) => (n === 1 ? { status: 429, headers: { 'Retry-After': retryAfter } } : { status: 200 });
    const rig = push(rigOf({ timeout: '3s', retryFor: '2d' }), 0, 1);
    const prepared = rig.writer.prepare?.(1);
    const wait = await rig.time.until((ms) => ms !== 3000);
    expect(wait).toBe(expected);
    rig.time.advance(wait);
    await prepared;
  });

  test.each(['11', '99999999', '9'.repeat(30), 'Fri, 31 Dec 9999 23:59:59 GMT'])(
    'that says to come back later (%s) than `retryFor` lasts fails the run at once',
    async (retryAfter) => {
      server.reply = () => ({ status: 429, headers: { 'Retry-After': retryAfter } });
      const rig = push(rigOf({ timeout: '3s', retryFor: '10s' }), 0, 1);
      const failed = rig.writer.prepare?.(1)?.then(
        () => 'prepared',
        (error) => error.message,
      );
      // A wait would never end: the clock stands.
      const waits = rig.time.until((ms) => ms !== 3000).then((ms) => `waits ${ms} ms`);
      expect(await Promise.race([failed, waits])).toMatch(
        /in 1 tries: 429 Too Many Requests; it says to come back later than `retryFor` lasts$/,
      );
    },
  );

  test('is tried again for the last time when `retryFor` is over, not later', async () => {
    server.reply = () => ({ status: 503 });
    const rig = push(rigOf({ timeout: '90s', retryFor: '1s' }), 0, 1);
    const start = rig.time.now;
    const failed = rig.writer.prepare?.(1)?.then(
      () => undefined,
      () => undefined,
    );
    for (;;) {
      const wait = await Promise.race([rig.time.until((ms) => ms !== 90_000), failed]);
      if (wait === undefined) break;
      rig.time.advance(wait);
    }
    expect(rig.time.now - start).toBe(1000);
  });

  test('to answer in time is tried again', async () => {
    server.reply = (_, n) => (n === 1 ? 'hang' : { status: 200 });
    const rig = push(rigOf({ timeout: '3s' }), 0, 1);
    const prepared = rig.writer.prepare?.(1);
    await server.came(1);
    rig.time.advance(3000);
    rig.time.advance(await rig.time.until((ms) => ms < 3000));
    await prepared;
    expect(server.calls.length).toBe(2);
  });

  test('that does not end fails the run and the checkpoint', async () => {
    server.reply = () => ({ status: 500, text: 'no disk' });
    const rig = push(rigOf({ retries: 2 }), 0, 1);
    const prepared = rig.writer.prepare?.(1);
    const refused = expect(prepared).rejects.toThrow(/did not take a batch of 1 in 3 tries: 500 .*no disk/);
    for (let i = 0; i < 2; i++) rig.time.advance(await rig.time.until(isWait));
    await refused;
    expect(rig.failures.length).toBe(1);
    expect((rig.failures[0] as { code: string }).code).toBe('WEIR_HTTP');
  });
});

describe('a server that is away', () => {
  /** Moves the clock from try to try until it is over; gives what was logged, and when, in seconds since the start. */
  async function outage(rig: SinkRig, over: Promise<unknown>): Promise<{ at: number; text: string }[]> {
    const told: { at: number; text: string }[] = [];
    const start = rig.time.now;
    const ended = over.then(
      () => undefined,
      () => undefined,
    );
    for (;;) {
      const wait = await Promise.race([rig.time.until((ms) => ms !== 90_000), ended]);
      for (const text of rig.logs.splice(0)) told.push({ at: Math.floor((rig.time.now - start) / 1000), text });
      if (wait === undefined) return told;
      rig.time.advance(wait);
    }
  }

  test('is tried again for `retryFor`, and then the run fails', async () => {
    server.reply = () => ({ status: 503 });
    const rig = push(rigOf({ retryFor: '10m', timeout: '90s' }), 0, 1);
    const start = rig.time.now;
    await outage(rig, rig.writer.prepare?.(1) as Promise<unknown>);
    expect(rig.failures).toMatchObject([{ code: 'WEIR_HTTP', message: expect.stringMatching(/in \d+ tries: 503/) }]);
    const seconds = (rig.time.now - start) / 1000;
    expect(seconds).toBeGreaterThanOrEqual(600);
    expect(seconds).toBeLessThan(630);
  });

  test('is told at once, each minute at most, and when it is back', async () => {
    const rig = push(rigOf({ timeout: '90s' }), 0, 3);
    const until = rig.time.now + 150_000;
    server.reply = () => ({ status: rig.time.now < until ? 503 : 200 });
    const told = await outage(rig, rig.writer.prepare?.(1) as Promise<unknown>);
    expect(told.map(({ text }) => text.replace(/http\S+\/\w*/, 'URL'))).toEqual([
      'warn URL: 503 Service Unavailable; it is tried again',
      expect.stringMatching(/^warn URL: 503 Service Unavailable, for 1m\d*s? now; it is tried again$/),
      expect.stringMatching(/^warn URL: 503 Service Unavailable, for 2m\d*s? now; it is tried again$/),
      'info URL answers again',
    ]);
    const [first, second, third] = told.map(({ at }) => at) as [number, number, number];
    expect([first, second - first >= 60, third - second >= 60]).toEqual([0, true, true]);
    expect(rig.failures).toEqual([]);
  });

  test('is told once by all requests of a time', async () => {
    server.reply = (_, n) => ({ status: n <= 3 ? 503 : 200 });
    const rig = push(rigOf({ timeout: '90s', batch: 1, concurrency: 3 }), 0, 3);
    await server.came(3);
    const told = await outage(rig, rig.writer.prepare?.(1) as Promise<unknown>);
    expect(told.map(({ text }) => text.split(' ')[0])).toEqual(['warn', 'info']);
  });

  test('for a moment each few seconds is not told each time', async () => {
    server.reply = (_, n) => ({ status: n % 2 === 1 ? 429 : 200 });
    const rig = rigOf({ timeout: '90s', batch: 1 });
    for (let n = 0; n < 10; n++) {
      const prepared = push(rig, n, n + 1).writer.prepare?.(n);
      rig.time.advance(await rig.time.until((ms) => ms !== 90_000));
      await prepared;
      rig.time.advance(5000);
    }
    expect(rig.logs.map((text) => text.split(' ')[0])).toEqual(['warn', 'info']);
  });
});

describe('a batch that the server refuses', () => {
  test.each([400, 401, 404, 422])('with %d becomes dead letters with its words', async (status) => {
    server.reply = ({ body }) => (body.includes('"id":1') ? { status, text: 'no such field' } : { status: 200 });
    const rig = push(rigOf({ batch: 2, concurrency: 1 }), 0, 4);
    await rig.writer.prepare?.(1);
    expect(rig.dead.map(({ row, code }) => [row, code])).toEqual([
      [{ id: 0 }, 'WEIR_HTTP_STATUS'],
      [{ id: 1 }, 'WEIR_HTTP_STATUS'],
    ]);
    expect(rig.dead[0]?.reason).toMatch(new RegExp(`^${status} .*no such field`));
    expect(server.calls.length).toBe(2);
  });

  test.each([
    ['ndjson', '{"id":0}\n{"id":1}\n'],
    ['array', '[{"id":0},{"id":1}]'],
  ])('since it is too large is sent in halves, as %s: one record alone is a dead letter', async (format, first) => {
    server.reply = ({ body }) => ({ status: body.length > 24 || body.includes('"id":3') ? 413 : 200 });
    const run = async () => {
      const rig = push(rigOf({ batch: 5, format }), 0, 5);
      await rig.writer.prepare?.(1);
      return rig;
    };
    const { dead } = await run();
    expect(dead).toEqual([
      { row: { id: 3 }, code: 'WEIR_HTTP_STATUS', reason: expect.stringMatching(/^413 Payload Too Large/) },
    ]);
    const ids = (body: string) => [...body.matchAll(/"id":(\d)/g)].map(([, id]) => id).join('');
    expect(bodies().map(ids)).toEqual(['01234', '012', '01', '2', '34', '3', '4']);
    expect(bodies()[2]).toBe(first);
    const given = keys();
    expect(new Set(given).size).toBe(7);
    await run();
    expect(keys().slice(7)).toEqual(given);
  });

  test('since it is too large has halves of different keys, also where their records are equal', async () => {
    server.reply = (_, n) => ({ status: n === 1 ? 413 : 200 });
    const rig = rigOf({ batch: 2 });
    for (let i = 0; i < 2; i++) rig.push({ row: { n: 1 }, time: 5, order: 7 });
    await rig.writer.prepare?.(1);
    expect(bodies()).toEqual(['{"n":1}\n{"n":1}\n', '{"n":1}\n', '{"n":1}\n']);
    expect(new Set(keys()).size).toBe(3);
  });

  test.each([400, 503])('with %d in several lines is told in one, without control characters', async (status) => {
    const text = 'no\r\n2026-01-01T00:00:00.000Z started\u2028x\u001b[2J\tend\n';
    server.reply = (_, n) => (n === 1 ? { status, text } : { status: 200 });
    const rig = push(rigOf({ timeout: '90s' }), 0, 1);
    const prepared = rig.writer.prepare?.(1);
    if (status === 503) rig.time.advance(await rig.time.until((ms) => ms !== 90_000));
    await prepared;
    const told = status === 503 ? rig.logs[0] : rig.dead[0]?.reason;
    expect(told).toContain(`${status} `);
    expect(told).toContain(' no 2026-01-01T00:00:00.000Z started x [2J end');
  });

  test('with words that say the headers again keeps those secret, also where they would be cut', async () => {
    const token = 'abcdefghijklmnop';
    const text = `${'x'.repeat(180)} ${token} is none; ${token}`;
    server.reply = (_, n) => ({
      status: 401,
      text: n === 1 ? text : `Authorization: Bearer ${token}, k3y!, no text/plain`,
    });
    const rig = push(
      rigOf({
        batch: 1,
        concurrency: 1,
        headers: { Authorization: `Bearer ${token}`, 'X-Key': 'k3y!', 'Content-Type': 'text/plain' },
      }),
      0,
      2,
    );
    await rig.writer.prepare?.(1);
    expect(rig.dead.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^401 Unauthorized x{180} \(secret\) is none;?/),
      '401 Unauthorized Authorization: (secret), (secret), no text/plain',
    ]);
    expect(JSON.stringify(rig.dead)).not.toContain('abcd');
  });

  test('by sending it elsewhere does too, since a redirected request would lose its body', async () => {
    server.reply = () => ({ status: 302, headers: { location: 'http://127.0.0.1:1/there' } });
    const rig = push(rigOf(), 0, 1);
    await rig.writer.prepare?.(1);
    expect(rig.dead[0]?.reason).toContain('redirects to http://127.0.0.1:1/there');
  });

  test('a record without JSON is a dead letter of its own', async () => {
    const rig = rigOf();
    const loop: Record<string, unknown> = {};
    loop.loop = loop;
    rig.push({ row: loop }).push({ row: { id: 1 } });
    await rig.writer.prepare?.(1);
    expect([rig.dead.length, bodies()]).toEqual([1, ['{"id":1}\n']]);
  });
});

test('no more requests than `concurrency` are under way, and the chain waits when one more batch is full', async () => {
  const answers: (() => void)[] = [];
  server.reply = () => new Promise<Reply>((resolve) => answers.push(() => resolve({ status: 200 })));
  const rig = push(rigOf({ batch: 1, concurrency: 2 }), 0, 2);
  expect(rig.writer.busy?.()).toBeUndefined();
  push(rig, 2, 3);
  const busy = rig.writer.busy?.();
  expect(busy).toBeInstanceOf(Promise);
  await server.came(2);
  expect(server.calls.length).toBe(2);
  answers.shift()?.();
  await busy;
  await server.came(3);
  expect(rig.writer.busy?.()).toBeUndefined();
  const prepared = rig.writer.prepare?.(1);
  while (answers.length > 0) answers.shift()?.();
  await prepared;
});

test('closing gives up what is under way without failing the run', async () => {
  server.reply = () => 'hang';
  const rig = push(rigOf(), 0, 1);
  rig.time.advance(200);
  await server.came(1);
  await rig.writer.close?.();
  expect(rig.failures).toEqual([]);
});

test('it promises one effect only where nothing can be cut in another place', () => {
  const delivery = http.delivery as (options: object) => string;
  expect(delivery({ batch: 500, format: 'ndjson' })).toBe('at-least-once');
  expect(delivery({ batch: 1, format: 'ndjson' })).toBe('effectively-once');
  expect(delivery({ batch: 500, format: 'object' })).toBe('effectively-once');
});

test.each(['gzip', 'zstd'])('a body packed by %s says so', async (compression) => {
  const rig = rigOf({ compression });
  await rig.writer.open?.();
  await push(rig, 0, 3).writer.prepare?.(1);
  const { bytes, headers } = server.calls[0]!;
  expect(headers['content-encoding']).toBe(compression);
  const plain = compression === 'gzip' ? gunzipSync(bytes) : (await zstdLibrary()).decompress(bytes);
  expect(Buffer.from(plain).toString()).toBe('{"id":0}\n{"id":1}\n{"id":2}\n');
});
