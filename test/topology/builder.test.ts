import { afterEach, expect, test } from 'vitest';
import { findTopology, topology, topologyOf } from '../../src/topology/builder.ts';
import type { Graph } from '../../src/topology/graph.ts';
import { formatIssue } from '../../src/topology/issue.ts';
import { attachRunner } from '../../src/topology/runner.ts';
import { base, check, fakes, graphOf } from './support.ts';

const registry = fakes;
const module = new URL('./fixtures/module.ts', import.meta.url).href;

/** A graph without the places, which tell a file from a program. */
function withoutPlaces({ nodes, ...graph }: Graph): unknown {
  return { ...graph, nodes: nodes.map(({ place, ...node }) => node) };
}

test('a chain of methods is the graph that its YAML is', async () => {
  const t = topology('t', { module, checkpoint: { every: '2s' } });
  t.source('lines', { path: 'in' }, { name: 'bids', codec: 'ndjson', time: { at: 't', outOfOrder: '4s' } })
    .where('price > 10')
    .select({ auction: 'bid.auction', price: 'bid.price' })
    .key('auction')
    .window({ tumbling: '10s' })
    .aggregate({ n: 'count()' })
    .sink('out', { path: 'x' }, { parallelism: 2 });
  const yaml = `name: t
checkpoint: { every: 2s }
streams:
  bids:
    source: { lines: { path: in, codec: ndjson } }
    time: { at: t, outOfOrder: 4s }
    do:
      - where: price > 10
      - select: { auction: bid.auction, price: bid.price }
      - key: auction
      - tumbling: { size: 10s, aggregate: { n: count() } }
    to: [ { out: { path: x }, parallelism: 2 } ]
`;
  const { graph } = await t.check({ registry });
  expect(withoutPlaces(graph as Graph)).toEqual(withoutPlaces(await graphOf(yaml)));
  expect((await check(t.toYaml())).graph?.nodes.map((node) => node.id)).toEqual(graph?.nodes.map((node) => node.id));
});

test('a closure stays a function in the graph, which names its module', async () => {
  const isBig = (row: Record<string, unknown>) => (row.x as number) > 1;
  const t = topology('closures', { module });
  t.source('ticks')
    .where(isBig)
    .map((row) => row)
    .to('out', 'x');
  const graph = await t.graph({ registry });
  expect(graph.module).toBe(module);
  expect(graph.base).toBe(base);
  expect(graph.nodes[1]?.options).toEqual({ if: isBig });
  expect(typeof graph.nodes[2]?.options.with).toBe('function');
  expect(() => t.toYaml()).toThrow(expect.objectContaining({ code: 'WEIR_CLOSURE' }));
});

test('a graph without closures names no module', async () => {
  const t = topology('plain', { module });
  t.source('ticks').where('x > 1').to('out', 'x');
  expect((await t.graph({ registry })).module).toBeUndefined();
});

test('faults are told at the line of the call', async () => {
  const { program } = await import('./fixtures/program.ts');
  const { issues } = await program.check({ registry });
  expect(issues.map(formatIssue)).toEqual([
    "test/topology/fixtures/program.ts:8:4  unknown option 'capcity' of dedupe (did you mean capacity?)",
  ]);
  expect(program.module).toBe(new URL('./fixtures/program.ts', import.meta.url).href);
});

test('a topology is found by its module, and as an export', async () => {
  const { program, stream } = await import('./fixtures/program.ts');
  expect(findTopology(program.module as string, 'program')).toBe(program);
  expect(topologyOf(stream)).toBe(program);
  expect(topologyOf({})).toBeUndefined();
});

test('windows, sides and unions are steps, side outputs and lists', async () => {
  const t = topology('t', { module });
  const a = t.source('ticks', {}, { name: 'a' });
  const b = t.source('ticks', { every: '5s' }, { name: 'b' });
  const both = a.union(b).as('both');
  const best = both
    .window({ tumbling: { size: '5s' } })
    .top({ by: 'x', n: 3 })
    .as('best');
  best.to('out', 'best');
  best.side('late').to('out', 'late');
  const graph = await t.graph({ registry });
  expect(
    graph.nodes.map((node) => [node.id, ...node.inputs.map((i) => i.node + (i.side ? `.${i.side}` : ''))]),
  ).toEqual([
    ['a.ticks'],
    ['b.ticks'],
    ['both.from', 'a.ticks', 'b.ticks'],
    ['best.tumbling', 'both.from'],
    ['best.to.out', 'best.tumbling'],
    ['best-late.to.out', 'best.tumbling.late'],
  ]);
  expect(graph.nodes[3]?.options).toEqual({ size: '5s', top: { by: 'x', n: 3 } });
});

test('to read a stream once more changes the name of no state', async () => {
  const build = (more: boolean) => {
    const t = topology('t', { module });
    const raw = t.source('ticks', {}, { name: 'raw' }).use('dedupe');
    if (more) raw.to('out', 'raw');
    raw.key('a').use('dedupe').to('out', 'x');
    if (more) raw.key('b').use('dedupe').to('hook', 'http://x');
    return t.graph({ registry });
  };
  const before = (await build(false)).nodes.map((node) => node.id);
  expect(before).toEqual(['raw.ticks', 'raw.dedupe', 'raw.key', 'raw.dedupe-2', 'raw.to.out']);
  const after = await build(true);
  expect(after.nodes.map((node) => node.id)).toEqual(expect.arrayContaining(before));
  expect(after.nodes.map((node) => node.id)).toEqual([
    'raw.ticks',
    'raw.dedupe',
    'raw.dedupe.to.out',
    'raw.key',
    'raw.dedupe-2',
    'raw.to.out',
    'raw-key.key',
    'raw-key.dedupe',
    'raw-key.to.hook',
  ]);
});

test('streams without a name get one that is free', async () => {
  const t = topology('t', { module });
  t.source('ticks').to('out', 'x');
  t.source('ticks').to('out', 'y');
  expect((await t.graph({ registry })).nodes.map((node) => node.stream)).toEqual([
    'ticks',
    'ticks',
    'ticks-2',
    'ticks-2',
  ]);
});

test('two streams of one name are refused', () => {
  const t = topology('t', { module });
  t.source('ticks', {}, { name: 'a' });
  expect(() => t.source('ticks', {}, { name: 'a' })).toThrow(expect.objectContaining({ code: 'WEIR_STREAM' }));
});

test("a stage of one's own, a policy and parameters are as in YAML", async () => {
  const t = topology('t', { module, params: { n: { default: 7 } } });
  t.source('ticks', { count: '${n}' })
    .use('./own/double.js', 'x', { onError: 'skip', name: 'twice' })
    .flatMap('./own/double.js#convert')
    .to('out', 'x');
  const { graph, issues } = await t.check({ registry, set: { n: '9' } });
  // `flat-map` is not among the fake stages.
  expect(issues.map((issue) => issue.message)).toEqual(["there is no operator named 'flat-map'"]);
  expect(graph).toBeUndefined();
});

test('an aggregate without a window is a running one', () => {
  const t = topology('t', { module });
  t.source('ticks').aggregate({ n: 'count()' });
  expect(t.document().value).toMatchObject({ streams: { ticks: { do: [{ reduce: { n: 'count()' } }] } } });
});

afterEach(() => attachRunner(undefined as never));

const SUMMARY = {
  recordsIn: 0,
  recordsOut: 0,
  late: 0,
  deadLetters: 0,
  durationMs: 0,
  restarts: 0,
  checkpoints: 0,
  finished: true,
};

test('without an engine it does not run; with one it runs, stops and takes checkpoints', async () => {
  const t = topology('t', { module });
  const stream = t.source('ticks').to('out', 'x');
  expect(() => t.run()).toThrow(expect.objectContaining({ code: 'WEIR_NO_ENGINE' }));
  expect(await t.stop()).toBeUndefined();
  const calls: unknown[] = [];
  attachRunner(async (topology, options) => {
    calls.push([topology.name, options]);
    return {
      finished: Promise.resolve(SUMMARY),
      stop: async () => {
        calls.push('stop');
        return SUMMARY;
      },
      checkpoint: async () => void calls.push('checkpoint'),
      metrics: () => [],
    };
  });
  await stream.run({ threads: 2 });
  await t.checkpoint();
  expect(await t.stop()).toBe(SUMMARY);
  expect(calls).toEqual([['t', { threads: 2 }], 'checkpoint', 'stop']);
});
