import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import json from '../../../../actors/codecs/json.ts';
import { fetcherOf } from '../../../../actors/lib/http/fetcher.ts';
import { tryOnce } from '../../../../actors/lib/http/tries.ts';
import lookup from '../../../../actors/operators/lookup.ts';
import httpSink from '../../../../actors/sinks/http.ts';
import httpPoll from '../../../../actors/sources/http-poll.ts';
import scrape from '../../../../actors/sources/prometheus-scrape.ts';
import sse from '../../../../actors/sources/sse.ts';
import { OperatorDriver } from '../../../../src/testkit/operator-driver.ts';
import { Driver } from '../../sources/driver.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { SinkRig } from '../../support/sink-rig.ts';
import { VirtualTime } from '../../support/virtual-time.ts';
import { WebServer } from '../../support/web-server.ts';

const server = new WebServer();
let url = '';
beforeAll(async () => {
  url = await server.listen();
});
afterAll(() => server.close());

const NOT_ALLOWED = { 'X-Token': 'sec\nret' };
const REFUSED = {
  code: 'WEIR_HTTP_REQUEST',
  message: expect.not.stringMatching(/sec|ret\b/),
  data: { permanent: true },
};

describe('a request that nobody can make is an error at once, which tells no secret', () => {
  const header = /a header has a name or a value that HTTP does not allow/;
  const asked: [string, string, Record<string, string>, RegExp][] = [
    ['a line end in a header', '', NOT_ALLOWED, header],
    ['a header beyond bytes', '', { 'X-Token': 'sec€ret' }, header],
    ['a control character', '', { 'X-Token': 'sec\x7fret' }, header],
    ['a space in a name', '', { 'sec ret': 'x' }, header],
    ['a URL that is none', 'http://', {}, /of this URL none can be made/],
  ];
  test.each(asked)('%s', async (_, at, headers, why) => {
    for (const tls of [undefined, {}]) {
      const { ask, close } = await fetcherOf(tls);
      const how = { timeout: 1000, context: new VirtualTime(), signal: new AbortController().signal, ask };
      const tried = tryOnce(at || url, { headers }, async () => ({}), how);
      await expect(tried).rejects.toMatchObject({ ...REFUSED, message: expect.stringMatching(why) });
      await expect(tried).rejects.toMatchObject(REFUSED);
      close();
    }
  });

  test.each([
    ['a header that `fetch` keeps for itself', '', { Connection: 'sec' }, header],
    ['a URL that names a user', 'http://sec:ret@127.0.0.1/', {}, /of this URL none can be made/],
    ['a port that `fetch` refuses', 'http://127.0.0.1:6000', {}, /the port/],
  ])('%s', async (_, at, headers, why) => {
    const how = { timeout: 1000, context: new VirtualTime(), signal: new AbortController().signal };
    const tried = tryOnce(at || url, { headers: headers as Record<string, string> }, async () => ({}), how);
    await expect(tried).rejects.toMatchObject({ ...REFUSED, message: expect.stringMatching(why) });
    await expect(tried).rejects.toMatchObject(REFUSED);
  });
});

test('what the network says is tried again, and so is what is wrong while an answer is read', async () => {
  const how = { timeout: 60_000, context: new VirtualTime(), signal: new AbortController().signal };
  const nobody = await tryOnce('http://127.0.0.1:2/', {}, async () => ({}), how);
  expect(nobody).toEqual({ again: expect.stringMatching(/ECONNREFUSED/) });
  const late = await tryOnce(url, {}, () => Promise.reject(new TypeError('terminated')), how);
  expect(late).toEqual({ again: 'terminated' });
});

describe('with a header that HTTP does not allow', () => {
  const sources: [string, any, object][] = [
    ['http-poll', httpPoll, {}],
    ['sse', sse, {}],
    ['prometheus-scrape', scrape, { targets: [] }],
  ];
  test.each(sources)('source %s ends', async (name, definition, more) => {
    const place = 'targets' in more ? { targets: [url] } : { url };
    const driver = new Driver(definition, { ...place, headers: NOT_ALLOWED }, { codec: json, realTimers: true });
    const splits = name === 'prometheus-scrape' ? [{ id: url, data: { url, at: 0 } }] : [{ id: '0' }];
    await driver.open(splits);
    await expect(driver.run()).rejects.toMatchObject(REFUSED);
    await driver.reader.close!();
  });

  test('sink http fails, and lookup makes dead letters', async () => {
    const options = { url, headers: NOT_ALLOWED };
    const rig = new SinkRig({ definition: httpSink, options }, new MemoryDisk());
    rig.push({ row: { id: 1 } });
    await expect(rig.writer.prepare?.(1)).rejects.toMatchObject(REFUSED);
    await rig.writer.close?.();
    const driver = new OperatorDriver(lookup, { ...options, url: `${url}?\${id}`, as: 'f' });
    await driver.push({ id: 1 }).answered();
    expect(driver.dead).toMatchObject([{ code: 'WEIR_LOOKUP_HTTP', reason: expect.stringMatching(/no request/) }]);
    driver.close();
    expect(server.calls.map(({ headers }) => headers['x-token'])).not.toContain('sec');
  });
});
