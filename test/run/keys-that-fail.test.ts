// A record whose key cannot be computed is the affair of the stage that the key belongs to, on any number of threads.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

const STAGES: Record<string, (a: Stream, b: Stream) => Stream> = {
  dedupe: (a) => a.use('dedupe', { of: 'k', within: '1s' }),
  'dedupe of an expression': (a) => a.use('dedupe', { of: { u: 'upper(k)' }, within: '1s' }),
  'top-n': (a) => a.use('top-n', { by: 't', per: 'k' }),
  'regular join': (a, b) => a.use('join', { with: b, on: 'k' }),
  'window join': (a, b) => a.use('join', { with: b, on: 'k', window: '1s' }),
  'interval join': (a, b) => a.use('join', { with: b, on: 'k', within: { after: '1s' } }),
};

describe.each(Object.entries(STAGES))('%s', (stage, use) => {
  test.each([1, 2, 3])('with %i threads', async (threads) => {
    const name = `${stage.replaceAll(' ', '-')}-${threads}`;
    const t = topology(name, { module: import.meta.url });
    const input = (file: string) => {
      return t.source('file', { path: join(folder, file) }, { name: file, codec: 'ndjson', time: { at: 't' } });
    };
    const [a, b] = [input('a'), input('b')];
    use(a, b).to('file', { path: join(folder, `${name}.out`) });
    a.use('extend', { fields: { beside: '1' } }).to('file', { path: join(folder, `${name}.beside`) });
    const running = await runTopology(t, { threads, state: join(folder, name) });
    expect(await running.finished).toMatchObject({ deadLetters: 1, restarts: 0 });
    expect(read(`${name}/dead-letters.ndjson`)).toMatchObject([{ stage: expect.stringMatching(/dedupe|top-n|join/) }]);
    expect(read(`${name}.out`).every(({ k }) => k === 'a')).toBe(true);
    expect(read(`${name}.beside`)).toHaveLength(3);
  });
});

test.each([1, 2])('an upsert file with %i threads', async (threads) => {
  const name = `upsert-${threads}`;
  const t = topology(name, { module: import.meta.url });
  const a = t.source('file', { path: join(folder, 'a') }, { codec: 'ndjson' });
  a.to('file', { path: join(folder, `${name}.out`), mode: 'upsert', key: 'k' });
  const running = await runTopology(t, { threads, state: join(folder, name) });
  expect(await running.finished).toMatchObject({ deadLetters: 1, restarts: 0 });
  expect(read(`${name}.out`)).toMatchObject([{ k: 'a', t: 3 }]);
});

test.each([1, 2, 3])('an exchange by range with %i threads lets them pass', async (threads) => {
  const name = `range-${threads}`;
  const t = topology(name, { module: import.meta.url });
  const a = t.source('file', { path: join(folder, 'a') }, { codec: 'ndjson' });
  a.use('exchange', { how: 'range', of: 'k + 1', bounds: [3] }).to('file', { path: join(folder, `${name}.out`) });
  const running = await runTopology(t, { threads, state: join(folder, name) });
  expect(await running.finished).toMatchObject({ deadLetters: 0, restarts: 0 });
  expect(read(`${name}.out`)).toHaveLength(3);
});
