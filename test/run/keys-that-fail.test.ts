// A record whose key cannot be computed is the affair of the stage that the key belongs to, on any number of threads.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runTopology, type Stream, topology } from '../../src/index.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
  writeFileSync(join(folder, 'a'), '{"t":1,"k":"a"}\n{"t":2,"k":{"x":1}}\n{"t":3,"k":"a"}\n');
  writeFileSync(join(folder, 'b'), '{"t":1,"k":"a","b":1}\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (name: string) =>
  readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

const STAGES: Record<string, (a: Stream, b: Stream, name: string) => Stream> = {
  dedupe: (a, _, name) => a.use('dedupe', { of: 'k', within: '1s' }, { name }),
  computed: (a, _, name) => a.use('dedupe', { of: { u: 'upper(k)' }, within: '1s' }, { name }),
  top: (a, _, name) => a.use('top-n', { by: 't', per: 'k' }, { name }),
  regular: (a, b, name) => a.use('join', { with: b, on: 'k' }, { name }),
  window: (a, b, name) => a.use('join', { with: b, on: 'k', window: '1s' }, { name }),
  interval: (a, b, name) => a.use('join', { with: b, on: 'k', within: { after: '1s' } }, { name }),
};

test.each([1, 3])('with %i threads each stage refuses the record, and nobody else misses it', async (threads) => {
  const t = topology(`keys-${threads}`, { module: import.meta.url });
  const out = (name: string) => ({ path: join(folder, `${name}-${threads}`) });
  const input = (file: string) => {
    return t.source('file', { path: join(folder, file) }, { name: file, codec: 'ndjson', time: { at: 't' } });
  };
  const [a, b] = [input('a'), input('b')];
  for (const [name, use] of Object.entries(STAGES)) use(a, b, name).to('file', out(name));
  a.to('file', { ...out('upsert'), mode: 'upsert', key: 'k' }, { name: 'upsert' });
  a.use('extend', { fields: { beside: '1' } }).to('file', out('beside'));
  // What only deals records out refuses none.
  a.use('exchange', { how: 'range', of: 'k + 1', bounds: [3] }).to('file', out('range'));
  const running = await runTopology(t, { threads, state: join(folder, t.name) });
  const names = Object.keys(STAGES);
  expect(await running.finished).toMatchObject({ deadLetters: names.length + 1, restarts: 0 });
  const refused = read(`${t.name}/dead-letters.ndjson`).map(({ stage }) => stage);
  expect(new Set(refused).size).toBe(names.length + 1);
  for (const name of names) {
    expect(refused).toContainEqual(expect.stringContaining(name));
    expect(read(`${name}-${threads}`).every(({ k }) => k === 'a')).toBe(true);
  }
  expect(read(`upsert-${threads}`)).toMatchObject([{ k: 'a', t: 3 }]);
  expect(read(`beside-${threads}`)).toHaveLength(3);
  expect(read(`range-${threads}`)).toHaveLength(3);
});
