import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { zstdLibrary } from '../../../actors/lib/packed/zstd.ts';
import source from '../../../actors/sources/http-server.ts';
import { CA, SERVER } from '../../support/tls.ts';
import { Driver } from './driver.ts';

const open: Driver[] = [];
afterEach(async () => {
  for (const driver of open.splice(0)) await driver.reader.close!();
});

/** A server on a free port, and how to talk with it. */
async function start(options: object = {}, position?: number) {
  const driver = await new Driver(source, { port: 0, ...options }).open([{ id: '0' }], { 0: position });
  open.push(driver);
  const url = /taking records at (\S+)/.exec(driver.logs.join('\n'))![1]!;
  const post = (body: string | Buffer | undefined, headers: Record<string, string> = {}, method = 'POST', to = url) =>
    fetch(to, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: body as string }),
    });
  return { driver, url, port: Number(new URL(url).port), post };
}

/** Sends bytes as they are and gives all that comes back. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (piece) => {
      got += piece;
    });
    socket.on('close', () => resolve(got));
    socket.on('error', reject);
  });
}

describe('taking records', () => {
  test.each([
    ['{"a":1}', 'application/json', [{ a: 1 }]],
    ['[{"a":1},{"a":2}]', 'application/json; charset=utf-8', [{ a: 1 }, { a: 2 }]],
    ['{"a":1}\n\n{"a":2}\r\n', 'application/x-ndjson', [{ a: 1 }, { a: 2 }]],
    ['{"a":1}\n{"a":2}\n', 'application/json', [{ a: 1 }, { a: 2 }]],
    ['{\n"a":\n1}', 'text/plain', [{ a: 1 }]],
    ['\ufeff{"a":1}', 'application/vnd.api+json', [{ a: 1 }]],
    ['[]', 'application/json', []],
  ])('%j as %s', async (body, type, rows) => {
    const { driver, post } = await start();
    const answer = await post(body, { 'content-type': type });
    expect([answer.status, await answer.json()]).toEqual([202, { accepted: rows.length }]);
    driver.reader.drain!();
    expect(await driver.run()).toBe('end');
    expect(driver.rows).toEqual(rows);
    expect(driver.emitted.map(({ time }) => time)).toEqual(rows.map(() => 1000));
  });

  test('order goes on over requests and restarts', async () => {
    const { driver, post } = await start({}, 41);
    await post('[{"a":1},{"a":2}]');
    await post('{"a":3}');
    await driver.run(() => driver.emitted.length === 3);
    expect(driver.emitted.map(({ order }) => order)).toEqual([41, 42, 43]);
    expect(driver.reader.positions()).toEqual({ 0: 44 });
  });

  test('a request brings wake-ups', async () => {
    const { driver, post } = await start();
    const done = driver.run(() => driver.emitted.length === 2);
    await post('{"a":1}');
    await post('{"a":2}');
    expect(await done).toBe('stopped');
  });

  test('a body in pieces over a connection that is kept', async () => {
    const { driver, port } = await start();
    const body = '{"a":"é"}';
    const request = `POST /events HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n`;
    const chunks = [...Buffer.from(body)].map((byte) => `1\r\n${String.fromCharCode(byte)}\r\n`).join('');
    const socket = connect(port, '127.0.0.1');
    let answers = '';
    await new Promise<void>((resolve) => {
      socket.on('data', (piece) => {
        answers += piece;
        if (answers.split('"accepted":1').length === 3) resolve();
      });
      socket.write(Buffer.from(`${request}\r\n${chunks}0\r\n\r\n`, 'latin1'));
      socket.write(Buffer.from(`${request}connection: close\r\n\r\n${chunks}0\r\n\r\n`, 'latin1'));
    });
    await driver.run(() => driver.emitted.length === 2);
    expect(driver.rows).toEqual([{ a: 'é' }, { a: 'é' }]);
  }, 10_000);
});

describe('a packed body', () => {
  const packs: [string, (bytes: Buffer) => Uint8Array | Promise<Uint8Array>][] = [
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['zstd', async (bytes) => (await zstdLibrary()).compress(bytes)],
    ['identity', (bytes) => bytes],
  ];
  test.each(packs)('in %s', async (encoding, pack) => {
    const { driver, post } = await start({ maxBody: '100KiB' });
    const rows = Array.from({ length: 1000 }, (_, id) => ({ id }));
    const send = async (bytes: Buffer) =>
      (await post(Buffer.from(await pack(bytes)), { 'content-encoding': encoding })).status;
    expect(await send(Buffer.from(JSON.stringify(rows)))).toBe(202);
    expect(await send(Buffer.alloc(100_000_000 / (encoding === 'identity' ? 100 : 1)))).toBe(413);
    if (encoding !== 'identity') expect((await post('{"a":1}', { 'content-encoding': encoding })).status).toBe(400);
    driver.reader.drain!();
    await driver.run();
    expect(driver.rows).toEqual(rows);
  });
});

describe('refusing', () => {
  test.each([
    ['', 400, 'the body is empty', undefined],
    ['{"a":1', 400, expect.stringMatching(/JSON/), 1],
    ['[\n{"a":1},\n{"a":x}]', 400, expect.stringMatching(/JSON/), 3],
    ['{"a":1}\n{"b":}\n{"c":1}', 400, expect.stringMatching(/JSON/), 2],
    ['{"a":1}\n{"b":2}\n3', 400, 'the line is no object', 3],
    ['[{"a":1},2]', 400, 'item 2 of the 2 in the array (the first is item 1) is no object', undefined],
    [`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 400, 'it is nested more than 1000 deep', 1],
    [`{"a":${'['.repeat(2_000)}${']'.repeat(2_000)}}\n`, 400, 'it is nested more than 1000 deep', 1],
    ['7', 400, 'the body is no object and no array', undefined],
    [Buffer.from([0x22, 0xff, 0x22]), 400, 'the body is not UTF-8', undefined],
  ])('%j: %i', async (body, status, reason, line) => {
    const { driver, post } = await start();
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({ error: 'WEIR_HTTP_BODY', reason, ...(line === undefined ? {} : { line }) });
    driver.reader.drain!();
    await driver.run();
    expect(driver.rows).toEqual([]);
  });

  test('other paths, methods and types', async () => {
    const { post, url } = await start();
    const status = async (...args: Parameters<typeof post>) => (await post(...args)).status;
    expect(await status('{}', {}, 'POST', new URL('/other', url).href)).toBe(404);
    expect(await status('{}', {}, 'PUT')).toBe(405);
    const get = await post(undefined, {}, 'GET');
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await status('a=1', { 'content-type': 'application/x-www-form-urlencoded' })).toBe(415);
    expect(await status('{}', { 'content-encoding': 'br' })).toBe(415);
    expect(await status('{}', {}, 'POST', `${url}?x=1`)).toBe(202);
  });

  test('a body that is too large, announced or not', async () => {
    const { driver, post, port } = await start({ maxBody: '1KiB' });
    expect((await post(`{"a":"${'x'.repeat(1017)}"}`)).status).toBe(413);
    expect((await post(`{"a":"${'x'.repeat(1016)}"}`)).status).toBe(202);
    const head = 'POST /events HTTP/1.1\r\nhost: x\r\n';
    const chunk = `400\r\n${'x'.repeat(1024)}\r\n`;
    expect(await raw(port, `${head}transfer-encoding: chunked\r\n\r\n${chunk}${chunk}`)).toMatch(/^HTTP\/1.1 413 /);
    const expected = await raw(port, `${head}expect: 100-continue\r\ncontent-length: 5000\r\n\r\n`);
    expect(expected).toMatch(/^HTTP\/1.1 413 /);
    await driver.run(() => driver.emitted.length === 1);
  });

  test('what does not fit the queue, all of it or nothing', async () => {
    const { driver, post } = await start({ queue: 3, queueBytes: '1KiB' });
    const many = (n: number) => JSON.stringify(Array.from({ length: n }, (_, a) => ({ a })));
    expect((await post(many(4))).status).toBe(413);
    expect((await post(many(2))).status).toBe(202);
    const busy = await post(many(2));
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '1']);
    expect(await busy.json()).toMatchObject({ error: 'WEIR_HTTP_BUSY' });
    expect((await post(many(1))).status).toBe(202);
    await driver.run(() => driver.emitted.length === 3);
    expect((await post(`{"a":"${'x'.repeat(900)}"}`)).status).toBe(202);
    expect((await post(`{"a":"${'x'.repeat(900)}"}`)).status).toBe(429);
    await driver.run(() => driver.emitted.length === 4);
    expect((await post(many(3))).status).toBe(202);
  });

  test('slow senders', async () => {
    const { port } = await start({ timeout: '50ms' });
    expect(await raw(port, 'POST /events HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{')).toMatch(
      /^HTTP\/1.1 408 /,
    );
    expect(await raw(port, 'POST /events HTTP/1.1\r\nhost')).toMatch(/^HTTP\/1.1 408 /);
  });

  test('an address in use, with advice', async () => {
    const { port } = await start();
    const second = new Driver(source, { port }).open([{ id: '0' }]);
    await expect(second).rejects.toThrow(expect.objectContaining({ code: 'WEIR_ADDRESS_IN_USE' }));
    await expect(new Driver(source, { port }).open([{ id: '0' }])).rejects.toThrow(/choose another port/);
  });
});

describe('answering after the checkpoint', () => {
  test('answers when all of the request is in a durable checkpoint, not before', async () => {
    const { driver, post } = await start({ ack: 'checkpoint' });
    const answers: string[] = [];
    const send = async (name: string, body: string) => {
      const answer = await post(body);
      answers.push(`${name} ${answer.status}`);
    };
    const one = send('one', '[{"a":1},{"a":2}]');
    await driver.run(() => driver.emitted.length === 2);
    const before = structuredClone(driver.reader.positions());
    const two = send('two', '{"a":3}');
    await driver.run(() => driver.emitted.length === 3);
    const after = structuredClone(driver.reader.positions());
    driver.reader.committed!({ 0: 1 });
    await post('{"broken"');
    expect(answers).toEqual([]);
    driver.reader.committed!(before);
    await one;
    expect(answers).toEqual(['one 202']);
    driver.reader.committed!(after);
    await two;
    expect(answers).toEqual(['one 202', 'two 202']);
  });

  test('a source that ends before the checkpoint breaks the connection', async () => {
    const { driver, post } = await start({ ack: 'checkpoint' });
    const sent = post('{"a":1}');
    await driver.run(() => driver.emitted.length === 1);
    await driver.reader.close!();
    await expect(sent).rejects.toThrow();
  });
});

describe('ending', () => {
  test('gives out what was taken and refuses the rest', async () => {
    const { driver, post, url } = await start();
    await post('[{"a":1},{"a":2}]');
    driver.reader.drain!();
    const late = await post('{"a":3}');
    expect([late.status, late.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await fetch(new URL('/health', url))).status).toBe(503);
    expect(await driver.run()).toBe('end');
    expect(driver.rows).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test('health says how many records wait', async () => {
    const { post, url } = await start({ queue: 5 });
    await post('[{"a":1},{"a":2}]');
    const health = await fetch(new URL('/health', url));
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok', waiting: 2, queue: 5 }]);
    expect((await fetch(new URL('/health', url), { method: 'POST' })).status).toBe(405);
  });
});

describe('guarded', () => {
  test('by tokens: whoever has none is told so before the body is read', async () => {
    const { driver, post, url } = await start({ tokens: ['s3cret', 'other'] });
    for (const authorization of ['', 'Bearer wrong', 'Basic s3cret', 'Bearer s3cre', 'Bearer']) {
      const answer = await post('{"a":1}', { authorization });
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(await answer.text()).not.toContain('s3cret');
    }
    expect((await post('{"a":2}', { authorization: 'Bearer s3cret' })).status).toBe(202);
    expect((await post('{"a":3}', { authorization: 'bearer other' })).status).toBe(202);
    expect((await fetch(new URL('/health', url))).status).toBe(200);
    await driver.run(() => driver.emitted.length === 2);
    expect(driver.rows).toEqual([{ a: 2 }, { a: 3 }]);
    expect(driver.logs.join()).not.toContain('s3cret');
  });

  test('by TLS', async () => {
    const { driver, url } = await start({ tls: SERVER });
    expect(url).toMatch(/^https:/);
    const status = await new Promise((resolve, reject) => {
      const sent = request(url, { method: 'POST', ca: readFileSync(CA) }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on('error', reject);
      sent.end('{"a":1}');
    });
    expect(status).toBe(202);
    await driver.run(() => driver.emitted.length === 1);
  });
});
