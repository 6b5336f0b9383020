import { afterEach, expect, test } from 'vitest';
import ndjson from '../../../actors/codecs/ndjson.ts';
import sink from '../../../actors/sinks/sse.ts';
import source from '../../../actors/sources/sse.ts';
import { SinkDriver } from '../../../src/testkit/index.ts';
import { Driver } from '../sources/driver.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(options: Record<string, unknown> = {}) {
  const driver = await SinkDriver.open(sink, { port: 0, ...options });
  open.push({ close: () => driver.close() });
  return { driver, url: /giving events at (\S+)/.exec(driver.logs.join())![1]! };
}

/** Listens, and reads until all that is expected has come. */
async function listenTo(url: string, lastId?: string) {
  const response = await fetch(url, { headers: lastId === undefined ? {} : { 'last-event-id': lastId } });
  const reader = response.body!.getReader();
  let text = '';
  return async (count: number) => {
    while (text.split('\n\n').length <= count) text += Buffer.from((await reader.read()).value!).toString();
    await reader.cancel();
    return text;
  };
}

test('each record goes to all who listen; whoever comes back gets what it missed', async () => {
  const { driver, url } = await start({ event: 'alert', keep: 3 });
  const [one, two] = [await listenTo(url), await listenTo(url)];
  driver.write({ n: 0 }).write({ n: 1 });
  const text = await one(2);
  expect(text).toMatch(/^event: alert\nid: (\w+)-0\ndata: {"n":0}\n\nevent: alert\nid: \1-1\ndata: {"n":1}\n\n$/);
  expect(await two(2)).toBe(text);
  const life = /id: (\w+)-/.exec(text)![1];
  driver.write({ n: 2 }).write({ n: 3 });
  const numbers = (from: string) => [...from.matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n));
  expect(numbers(await (await listenTo(url, `${life}-1`))(2))).toEqual([2, 3]);
  expect(numbers(await (await listenTo(url, 'of-another-life'))(4))).toEqual([0, 1, 2, 3]);
});

test('our own source reads it', async () => {
  const { driver, url } = await start();
  const reader = new Driver(source, { url }, { codec: ndjson, realTimers: true });
  open.push({ close: () => reader.reader.close!() });
  const first = await listenTo(url);
  await reader.open([{ id: '0' }]);
  driver.write({ n: 0 });
  await first(1);
  // It may have come to listen only now.
  while (reader.emitted.length === 0) {
    driver.write({ n: 1 });
    reader.reader.poll(reader);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(reader.dead).toEqual([]);
});

test('tokens keep others out; there is nothing else', async () => {
  const { url } = await start({ tokens: ['s3cret'] });
  const status = async (to: string, init: RequestInit = {}) => {
    const response = await fetch(to, init);
    await response.body?.cancel();
    return response.status;
  };
  expect(await status(url)).toBe(401);
  expect(await status(url, { headers: { authorization: 'Bearer s3cret' } })).toBe(200);
  expect(await status(new URL('/x', url).href)).toBe(404);
  expect(await status(url, { method: 'POST' })).toBe(405);
});
