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
import type { Graph, GraphNode } from '../../src/topology/graph.ts';
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

test('onError: fail ends the run at once, with the stage and its reason', async () => {
  const run = engine(
    graph([
      node('s', 'source', './numbers.mjs', { count: 100 }),
      node('f', 'operator', 'map', { with: './faulty.mjs#refuse' }, 's', { onError: 'fail' }),
      node('o', 'sink', './append.mjs', { path: out() }, 'f'),
    ]),
    1,
  );
  await expect(run.run()).rejects.toMatchObject({ code: 'WEIR_STAGE_FAILED', message: 'f: refused 50' });
  expect(run.restarts).toBe(0);
});

describe('a run that is stopped', () => {
  const windows = (size: string) =>
    graph(
      [
        node('s', 'source', './numbers.mjs', { count: 5000 }),
        node('k', 'operator', 'key', { by: 'group' }, 's'),
        node('w', 'operator', 'tumbling', { size, aggregate: { n: 'count()' } }, 'k'),
        node('o', 'sink', './append.mjs', { path: out() }, 'w'),
      ],
      { checkpointIntervalMs: 10 },
    );
  const stopped = async () => {
    process.env.WEIR_TEST_HOLD = '2500';
    const run = engine(windows('1s'), 2, {
      onEvent: ({ type }: { type: string }) => type === 'checkpoint' && run.stop().catch(() => {}),
    });
    expect(await run.run()).toMatchObject({ finished: false });
    delete process.env.WEIR_TEST_HOLD;
  };

  test('goes on where it stopped, also with other parallelism', async () => {
    await stopped();
    expect(await engine(windows('1s'), 3).run()).toMatchObject({ finished: true, restarts: 0 });
    expect(lines().length).toBe(35);
    expect(lines().reduce((sum, { n }) => sum + n, 0)).toBe(5000);
  });

  test('refuses state that was kept under other options', async () => {
    await stopped();
    const again = engine(windows('2s'), 2).run();
    await expect(again).rejects.toMatchObject({
      code: 'WEIR_STATE_MISMATCH',
      data: { faults: ['w has other options than when its state was kept'] },
    });
    expect(await engine(windows('2s'), 2, { fresh: true }).run()).toMatchObject({ recordsIn: 5000, finished: true });
  });

  const changed = (change: (nodes: GraphNode[]) => GraphNode[]) => {
    const made = windows('1s');
    return engine({ ...made, nodes: change(made.nodes) }, 2).run();
  };
  const one = (id: string, change: (node: GraphNode) => GraphNode) => (nodes: GraphNode[]) =>
    nodes.map((each) => (each.id === id ? change(each) : each));

  test('says which state it drops because its stage is gone', async () => {
    await stopped();
    const told: string[] = [];
    const nodes = windows('1s').nodes.map((each) => ({
      ...each,
      id: each.id === 'w' ? 'v' : each.id,
      inputs: each.inputs.map((input) => (input.node === 'w' ? { ...input, node: 'v' } : input)),
    }));
    await engine({ ...windows('1s'), nodes }, 2, {
      onEvent: (event: { type: string; level?: string; text?: string }) =>
        event.type === 'log' && event.level === 'warn' && told.push(event.text ?? ''),
    }).run();
    expect(told).toEqual([expect.stringContaining('the kept state of w is dropped')]);
  });

  test.each<[string, (nodes: GraphNode[]) => GraphNode[], string]>([
    [
      'another key',
      one('k', (it) => ({ ...it, options: { by: 'n' } })),
      'w has another key than when its state was kept',
    ],
    [
      'no key',
      (nodes) => one('w', (it) => ({ ...it, inputs: [{ node: 's' }] }))(nodes.filter(({ id }) => id !== 'k')),
      'w has another key than when its state was kept',
    ],
    [
      'another event time',
      one('s', (it) => ({ ...it, time: { at: 'n * 2', outOfOrderMs: 0 } })),
      'source s takes event time from elsewhere than before',
    ],
    ['a sink of another name', one('o', (it) => ({ ...it, id: 'p' })), 'sink o is gone, or has another name'],
    ['a sink that is gone', (nodes) => nodes.filter(({ id }) => id !== 'o'), 'sink o is gone, or has another name'],
    [
      'another stage of that name',
      one('w', (it) => ({ ...it, stage: 'reduce', options: { aggregate: { n: 'count()' } } })),
      'w was a stage tumbling, not reduce',
    ],
  ])('refuses %s, and touches nothing', async (_, change, fault) => {
    await stopped();
    const before = lines();
    await expect(changed(change)).rejects.toMatchObject({ code: 'WEIR_STATE_MISMATCH', data: { faults: [fault] } });
    expect(lines()).toEqual(before);
    expect(await engine(windows('1s'), 2).run()).toMatchObject({ finished: true });
    expect(lines().reduce((sum, { n }) => sum + n, 0)).toBe(5000);
  });

  test('takes steps without state before it, and a key that nothing is kept by', async () => {
    await stopped();
    const more = changed((nodes) => [
      ...one('k', (it) => ({ ...it, inputs: [{ node: 'e' }] }))(nodes),
      node('e', 'operator', 'extend', { fields: { twice: 'n * 2' } }, 's'),
      node('k2', 'operator', 'key', { by: 'n' }, 's'),
    ]);
    expect(await more).toMatchObject({ finished: true });
    expect(lines().reduce((sum, { n }) => sum + n, 0)).toBe(5000);
  });
});
