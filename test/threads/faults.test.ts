import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launch } from '../../src/host/launch.ts';
import type { EngineEvent, Summary } from '../../src/topology/running.ts';
import { graphOf, node } from '../support/graphs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
  process.env.WEIR_TEST_FOLDER = folder;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const COUNT = 5000;

async function run(fault: string): Promise<{ summary: Summary; events: EngineEvent[] }> {
  const events: EngineEvent[] = [];
  const graph = graphOf(
    [
      node('s', 'source', './numbers.mjs', { count: COUNT, pause: '1ms' }),
      node('f', 'operator', 'map', { with: `./faulty.mjs#${fault}` }, 's'),
      node('o', 'sink', './append.mjs', { path: join(folder, 'out') }, 'f'),
      node('k', 'operator', 'key', { by: 'group' }, 'f'),
      node('w', 'operator', 'tumbling', { size: '1s', aggregate: { n: 'count()', sum: 'sum(n)' } }, 'k'),
      node('p', 'sink', './append.mjs', { path: join(folder, 'windows') }, 'w'),
    ],
    { checkpointIntervalMs: 20, turnLimitMs: 400 },
  );
  const { engine, close } = launch(graph, {
    threads: 2,
    stateFolder: join(folder, 'state'),
    onEvent: (event) => events.push(event),
  });
  try {
    return { summary: await engine.run(), events };
  } finally {
    await close();
  }
}

const read = (name: string) =>
  readFileSync(join(folder, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, number>);

function expectAllBut(missing: number[]): void {
  const all = Array.from({ length: COUNT }, (_, n) => n).filter((n) => !missing.includes(n));
  expect(
    read('out')
      .map(({ n }) => n as number)
      .sort((a, b) => a - b),
  ).toEqual(all);
  const windows = read('windows');
  expect(windows.length).toBe(35);
  expect(windows.reduce((sum, { n }) => sum + (n as number), 0)).toBe(all.length);
  expect(windows.reduce((sum, row) => sum + (row.sum as number), 0)).toBe(all.reduce((a, b) => a + b, 0));
}

const restarts = (events: EngineEvent[]) => events.filter(({ type }) => type === 'restart').length;

test('a stage that throws on every 1,000th record loses those records alone, as dead letters', async () => {
  const { summary } = await run('throwEvery');
  expect(summary).toMatchObject({ recordsIn: COUNT, deadLetters: 5, restarts: 0, finished: true });
  expectAllBut([999, 1999, 2999, 3999, 4999]);
  const letters = read('state/dead-letters.ndjson') as unknown as {
    stage: string;
    reason: string;
    input: { n: number };
  }[];
  expect(letters.map(({ input }) => input.n).sort((a, b) => a - b)).toEqual([999, 1999, 2999, 3999, 4999]);
  expect(letters[0]).toMatchObject({ stage: 'f', code: 'WEIR_STAGE_THREW' });
});

test('a thread that hangs is replaced, and nothing is lost or doubled', async () => {
  const { summary, events } = await run('hangOnce');
  expect(summary).toMatchObject({ recordsIn: COUNT, recordsOut: COUNT + 35, deadLetters: 0, restarts: 1 });
  expect(restarts(events)).toBe(1);
  expectAllBut([]);
});

test('a thread that exits is replaced, and nothing is lost or doubled', async () => {
  const { summary, events } = await run('exitOnce');
  expect(summary).toMatchObject({ recordsIn: COUNT, recordsOut: COUNT + 35, deadLetters: 0, restarts: 1 });
  expect(events.find(({ type }) => type === 'restart')).toMatchObject({ reason: expect.stringContaining('code 7') });
  expectAllBut([]);
});

test.each([
  ['hangs', 'hangAlways', 1234],
  ['exits', 'exitAlways', 2345],
])('a record at which the thread %s each time is put aside after the second', async (_, fault, n) => {
  const { summary, events } = await run(fault);
  expect(summary).toMatchObject({ recordsIn: COUNT, deadLetters: 1, restarts: 2, finished: true });
  expect(events.find(({ type }) => type === 'quarantine')).toEqual({ type: 'quarantine', stage: 'f', order: n });
  expectAllBut([n]);
});

test('of two sources with the same orders only the record at which the thread exits is put aside', async () => {
  const events: EngineEvent[] = [];
  const from = (name: string) => [
    node(name, 'source', './numbers.mjs', { count: COUNT, pause: '1ms' }),
    node(`${name}.from`, 'operator', 'extend', { fields: { from: `'${name}'` } }, name),
  ];
  const both = { ...node('u', 'union', 'union', {}), inputs: [{ node: 's.from' }, { node: 't.from' }] };
  const graph = graphOf(
    [
      ...from('s'),
      ...from('t'),
      both,
      node('f', 'operator', 'map', { with: './faulty.mjs#exitAtOne' }, 'u'),
      node('o', 'sink', './append.mjs', { path: join(folder, 'out') }, 'f'),
    ],
    { checkpointIntervalMs: 20, turnLimitMs: 400 },
  );
  const { engine, close } = launch(graph, {
    threads: 2,
    stateFolder: join(folder, 'state'),
    onEvent: (event) => events.push(event),
  });
  const summary = await engine.run().finally(close);
  expect(summary).toMatchObject({ recordsIn: 2 * COUNT, deadLetters: 1, restarts: 2, finished: true });
  const out = read('out') as unknown as { n: number; from: string }[];
  const all = Array.from({ length: COUNT }, (_, n) => n);
  const of = (name: string) =>
    out
      .filter((row) => row.from === name)
      .map(({ n }) => n)
      .sort((a, b) => a - b);
  expect(of('s')).toEqual(all);
  expect(of('t')).toEqual(all.filter((n) => n !== 2345));
});
