// The URLs of models, asked of the answerer itself.
import { request } from 'node:http';
import { expect, test } from 'vitest';
import rls from '../../../../actors/learners/rls.ts';
import type { AnswererContext } from '../../../../src/stage/answerer.ts';
import { OperatorDriver } from '../../../../src/testkit/operator-driver.ts';
import { materializeSync } from '../../../../src/topology/options.ts';

const OPTIONS = { target: 'y', features: ['x'] };

/** The models of these keys, each of as many rows as its place says. */
function modelsOf(keyNames: string[], keys: readonly (string | number | null)[]): unknown[] {
  const driver = new OperatorDriver(rls, OPTIONS, { clocked: true, keyNames });
  keys.forEach((key, i) => {
    for (let row = 0; row <= i; row++) driver.push({ x: row, y: row }, { key });
  });
  driver.end();
  return driver.sides.map(({ row }) => row);
}

/** Asks an answerer that holds these models. */
async function served<T>(models: unknown[], ask: (url: string) => Promise<T>): Promise<T> {
  let url = '';
  const context = {
    log: (_: string, text: string) => (url = text.replace('models at ', '')),
  } as unknown as AnswererContext;
  const answerer = rls.answerer?.(materializeSync(rls.options, { ...OPTIONS, serve: 0 }) as never, context);
  await answerer?.open?.();
  try {
    await answerer?.answer([models]);
    return await ask(url);
  } finally {
    await answerer?.close?.();
  }
}

/** How many rows the model at each URL has learned; of what is refused why. */
function rowsAt(models: unknown[], queries: readonly string[]): Promise<unknown[]> {
  return served(models, (url) => {
    const asked = queries.map(async (query) => {
      const { rows, reason } = (await (await fetch(`${url}${query}`)).json()) as { rows?: number; reason?: string };
      return rows ?? reason;
    });
    return Promise.all(asked);
  });
}

/** The status and body of an answer. */
function send(url: string, body: string, headers: Record<string, string>): Promise<[number | undefined, string]> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => resolve([response.statusCode, Buffer.concat(pieces).toString()]));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const key = (text: string) => `?key=${encodeURIComponent(text)}`;

test('a key of several fields is a JSON list, and commas in its values part nothing', async () => {
  const models = modelsOf(['a', 'b'], ['["x,y","z"]', '["x","y,z"]', '["x",1]']);
  const queries = [key('["x,y","z"]'), key('["x","y,z"]'), key('[ "x", 1 ]'), key('x,y,z'), ''];
  expect(await rowsAt(models, queries)).toEqual([
    1,
    2,
    3,
    "no model has the key 'x,y,z'",
    'there is a model for each key: say ?key=, of several fields as a JSON list, ["a",1]',
  ]);
});

test('a key of one field is its plain value', async () => {
  const queries = ['a,b', '["a"]', '7', '7.0', '"7"'].map(key);
  const none = (text: string) => `no model has the key '${text}'`;
  expect(await rowsAt(modelsOf(['a'], ['a,b', '["a"]', 7]), queries)).toEqual([1, 2, 3, none('7.0'), none('"7"')]);
});

test('a model alone needs no key, nor need it say which it has', async () => {
  const [model] = modelsOf([], [null]) as [Record<string, unknown>];
  const { keyed: _, ...plain } = model;
  expect(await rowsAt([plain], [''])).toEqual([1]);
});

test('the number 1 and the text 1 are two keys', async () => {
  const models = modelsOf(['a'], [1, '1', 'b']);
  expect(await rowsAt(models, ['1', '"1"', 'b', '"b"'].map(key))).toEqual([1, 2, 3, 3]);
  expect(await rowsAt(modelsOf(['a'], ['1', 'b']), ['1', '"1"'].map(key))).toEqual([1, 1]);
});

test('a page in a browser cannot ask: neither by another name of this machine, nor with a body of another type', async () => {
  const json = { 'content-type': 'application/json' };
  const status = async (headers: Record<string, string>, path = '/predict') =>
    (await served(modelsOf([], [null]), (url) => send(`${url}${path}`, '{"x": 1}', headers)))[0];
  expect(await status({ ...json, host: 'evil.example:7311' })).toBe(403);
  expect(await status({ ...json, host: '127.0.0.1.evil.example' })).toBe(403);
  for (const host of ['localhost:7311', '127.0.0.1', '[::1]:7311', 'weir.localhost']) {
    expect(await status({ ...json, host })).toBe(200);
  }
  expect(await status({ 'content-type': 'text/plain' })).toBe(415);
  expect(await status({})).toBe(415);
  expect(await status({ 'content-type': 'application/x-ndjson; charset=utf-8' })).toBe(200);
});

test('what one request brings the next does not meet', async () => {
  const [model] = modelsOf([], [null, null, null]);
  const headers = { 'content-type': 'application/json' };
  const answers = await served([model], async (url) => {
    const told: unknown[] = [];
    for (const x of [2, 'two', 2, 2]) {
      // Of a feature that is not among those named nothing is read.
      told.push(await send(`${url}/predict`, JSON.stringify({ x, z: 1 }), headers));
    }
    return told;
  });
  expect(answers[1]).toEqual([400, expect.stringContaining('WEIR_FEATURE')]);
  expect(new Set([answers[0], answers[2], answers[3]].map(String)).size).toBe(1);
});
