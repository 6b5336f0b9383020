import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realClock } from '../../src/host/clock.ts';
import { realDisk } from '../../src/host/disk.ts';
import { createInlineThreads } from '../../src/host/inline.ts';
import { realRandom } from '../../src/host/random.ts';
import { Engine } from '../../src/run/engine.ts';
import type { Graph } from '../../src/topology/graph.ts';
import { graphOf as graph, node } from '../support/graphs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function engine(graph: Graph, hosts: number, more: object = {}): Engine {
  return new Engine({
    graph,
    hosts,
    stateFolder: join(folder, 'state'),
    threads: createInlineThreads(),
    clock: realClock,
    disk: realDisk,
    random: realRandom,
    hostModule: pathToFileURL(new URL('../../src/run/host.ts', import.meta.url).pathname).href,
    ...more,
  });
}

const out = () => join(folder, 'out.ndjson');
const lines = () =>
  readFileSync(out(), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test.each([1, 2, 3])('a keyed window over %i hosts gives what counting by hand gives', async (hosts) => {
  const events: unknown[] = [];
  const summary = await engine(
    graph([
      node('s', 'source', './numbers.mjs', { count: 10_000 }),
      node('k', 'operator', 'key', { by: 'group' }, 's'),
      node('w', 'operator', 'tumbling', { size: '1s', aggregate: { n: 'count()', sum: 'sum(n)' } }, 'k'),
      node('o', 'sink', './append.mjs', { path: out() }, 'w'),
    ]),
    hosts,
    { onEvent: (event: unknown) => events.push(event) },
  ).run();
  expect(summary).toMatchObject({
    recordsIn: 10_000,
    recordsOut: 70,
    late: 0,
    deadLetters: 0,
    restarts: 0,
    finished: true,
  });
  const expected = [];
  for (let w = 0; w < 10; w++) {
    for (let g = 0; g < 7; g++) {
      const ns = Array.from({ length: 1000 }, (_, i) => w * 1000 + i).filter((n) => n % 7 === g);
      const sum = ns.reduce((a, b) => a + b, 0);
      expected.push({ group: g, n: ns.length, sum, windowStart: w * 1000, windowEnd: (w + 1) * 1000 });
    }
  }
  const sorted = lines().sort((a, b) => a.windowStart - b.windowStart || a.group - b.group);
  expect(sorted).toEqual(expected);
});

test('records go through filters and projections', async () => {
  const summary = await engine(
    graph([
      node('s', 'source', './numbers.mjs', { count: 1000 }),
      node('f', 'operator', 'where', { if: 'n % 10 == 0' }, 's'),
      node('p', 'operator', 'select', { fields: { double: 'n * 2' } }, 'f'),
      node('o', 'sink', './append.mjs', { path: out() }, 'p'),
    ]),
    2,
  ).run();
  expect(summary).toMatchObject({ recordsIn: 1000, recordsOut: 100 });
  expect(
    lines()
      .map(({ double }) => double)
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: 100 }, (_, i) => i * 20));
});

describe('exchanges', () => {
  const through = (options: object, hosts: number) =>
    engine(
      graph([
        node('s', 'source', './numbers.mjs', { count: 900 }),
        node('x', 'operator', 'exchange', options, 's'),
        node('w', 'operator', './where-am-i.mjs', {}, 'x'),
        node('o', 'sink', './append.mjs', { path: out() }, 'w'),
      ]),
      hosts,
    ).run();
  const seen = () => lines() as { n: number; subtask: number }[];

  test('rebalance deals records out in turn', async () => {
    await through({ how: 'rebalance' }, 3);
    for (const subtask of [0, 1, 2]) expect(seen().filter((row) => row.subtask === subtask).length).toBe(300);
  });

  test('broadcast gives every subtask all records', async () => {
    await through({ how: 'broadcast' }, 3);
    for (const subtask of [0, 1, 2]) {
      const own = seen().filter((row) => row.subtask === subtask);
      expect(new Set(own.map(({ n }) => n)).size).toBe(900);
      expect(own.length).toBe(900);
    }
  });

  test('ranges go to subtasks in their order', async () => {
    await through({ how: 'range', of: 'n', bounds: [100, 700] }, 3);
    expect(seen().length).toBe(900);
    for (const { n, subtask } of seen()) expect(subtask).toBe(n < 100 ? 0 : n < 700 ? 1 : 2);
  });

  test('more ranges than subtasks lie together as neighbours', async () => {
    await through({ how: 'range', of: 'n', bounds: [100, 200, 300] }, 2);
    for (const { n, subtask } of seen()) expect(subtask).toBe(n < 200 ? 0 : 1);
  });
});
