import { afterEach, beforeEach, expect, test } from 'vitest';
import { topology } from '../../src/index.ts';
import { WebServer } from '../actors/support/web-server.ts';
import { freshFolder } from '../support/folder.ts';

const folder = freshFolder();
let server: WebServer;
let url = '';
beforeEach(async () => {
  server = new WebServer();
  url = await server.listen();
});
afterEach(() => server.close());

type Buffer = { maxBytes?: string; maxAge?: string };

/** A bounded run of ten records into the server. */
async function start({ buffer, fresh = false, name }: { buffer?: Buffer; fresh?: boolean; name?: string } = {}) {
  const t = topology('t', { checkpoint: { every: '20ms' } });
  const options = { url, batch: 3, concurrency: 1, retries: 0 };
  t.source('generate', { count: 10, fields: { id: 'n' } }).to('http', options, {
    ...(buffer ? { buffer } : {}),
    ...(name ? { name } : {}),
  });
  return await t.run({ threads: 0, state: folder.at('state'), fresh });
}

const ids = () =>
  server.calls.flatMap(({ body }) =>
    body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id),
  );
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Leaves ten records that wait. */
async function leave(name?: string): Promise<void> {
  server.reply = () => ({ status: 503 });
  const running = await start({ buffer: {}, ...(name ? { name } : {}) });
  await server.came(1);
  expect((await running.stop()).finished).toBe(false);
  server.calls.length = 0;
  server.reply = () => ({ status: 200 });
}

test('what waits is sent by the next run, before that ends', async () => {
  await leave();
  const { finished, recordsOut } = await (await start({ buffer: {} })).finished;
  expect({ finished, recordsOut }).toEqual({ finished: true, recordsOut: 0 });
  expect(ids()).toEqual(range(10));
});

test('records that are refused for good are dead letters, and the others go on', async () => {
  server.reply = ({ body }) => ({ status: body.includes('"id":4}') ? 400 : 200 });
  const { deadLetters } = await (await start({ buffer: {} })).finished;
  expect(deadLetters).toBe(3);
  const letters = folder.rows('state/dead-letters.ndjson');
  expect(letters.map(({ input, code }) => ({ ...input, code }))).toEqual(
    [3, 4, 5].map((id) => ({ id, code: 'WEIR_HTTP_STATUS' })),
  );
});

test('a sink that has lost its buffer, or its name, is refused while records wait', async () => {
  await leave('first');
  const left = {
    code: 'WEIR_BUFFER_LEFT',
    message: expect.stringMatching(/^10 records wait in .*first\.0 for sink first/),
  };
  await expect(start({ name: 'first' })).rejects.toMatchObject(left);
  await expect(start({ buffer: {}, name: 'second' })).rejects.toMatchObject(left);
  expect(ids()).toEqual([]);
  await (await start({ buffer: {}, name: 'first' })).finished;
  expect(ids()).toEqual(range(10));
  server.calls.length = 0;
  // Now none wait.
  await (await start({ name: 'first' })).finished;
  expect(ids()).toEqual(range(10));
});

test('a run that begins anew forgets what waited', async () => {
  await leave();
  await (await start({ buffer: {}, fresh: true })).finished;
  expect(ids()).toEqual(range(10));
});

test('what waits is among the numbers of the sink', async () => {
  server.reply = () => ({ status: 503 });
  const running = await start({ buffer: {} });
  await server.came(1);
  const sink = running.metrics().find(({ kind }) => kind === 'sink');
  expect(sink?.buffered).toMatchObject({
    records: 10,
    bytes: expect.any(Number),
    since: expect.any(Number),
    dropped: 0,
  });
  expect(running.metrics().find(({ kind }) => kind === 'source')?.buffered).toBeUndefined();
  await running.stop();
});
