import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/topology/graph.ts';
import { base, graphOf } from './support.ts';

test('every stage is a node, every from a connection', async () => {
  const graph = await graphOf(`name: monitor
doc: What it does.
streams:
  host: { source: { ticks: { every: 500ms } } }
  cpu:
    from: host
    do:
      - where: metric == "cpu"
      - { key: core }
      - tumbling: { size: 5s, aggregate: { load: mean(value) } }
        onError: skip
        parallelism: 4
    to: [ { out: cpu.json }, { hook: { url: "http://x" } } ]
  all: { from: [host, cpu], to: { out: all.json } }
  again: { from: cpu }
  last: { from: again, parallelism: 2, onError: fail, to: { out: last.json } }
`);
  expect(graph).toMatchObject({ name: 'monitor', doc: 'What it does.', base, settings: DEFAULT_SETTINGS });
  expect(graph.module).toBeUndefined();
  const edges = graph.nodes.map((node) => [node.id, node.kind, ...node.inputs.map((input) => input.node)].join(' '));
  expect(edges).toEqual([
    'host.ticks source',
    'cpu.where operator host.ticks',
    'cpu.key operator cpu.where',
    'cpu.tumbling operator cpu.key',
    'cpu.to.out sink cpu.tumbling',
    'cpu.to.hook sink cpu.tumbling',
    'all.from union host.ticks cpu.tumbling',
    'all.to.out sink all.from',
    'last.to.out sink cpu.tumbling',
  ]);
  expect(graph.nodes[3]).toEqual({
    id: 'cpu.tumbling',
    stream: 'cpu',
    kind: 'operator',
    stage: 'tumbling',
    options: { size: '5s', aggregate: { load: 'mean(value)' } },
    inputs: [{ node: 'cpu.key' }],
    onError: 'skip',
    parallelism: 4,
    place: { file: 't.yaml', line: 10, column: 9 },
  });
  expect(graph.nodes.at(-1)).toMatchObject({ onError: 'fail', parallelism: 2 });
});

test('short forms are options under their names', async () => {
  const graph = await graphOf(`name: t
streams:
  a:
    source: { lines: { path: in, codec: { csv: { header: false } } } }
    time: { at: t, outOfOrder: 4s, idle: 1m }
    do:
      - where: x > 1
      - select: { a: x }
      - dedupe
      - dedupe: {}
      - key: [a, b]
    to: { out: x }
`);
  expect(graph.nodes.map((node) => node.options)).toEqual([
    { path: 'in' },
    { if: 'x > 1' },
    { fields: { a: 'x' } },
    {},
    {},
    { by: ['a', 'b'] },
    { path: 'x' },
  ]);
  expect(graph.nodes[0]).toMatchObject({
    codec: { name: 'csv', options: { header: false } },
    time: { at: 't', outOfOrderMs: 4000, idleMs: 60_000 },
  });
  expect(graph.nodes.at(-1)?.codec).toEqual({ name: 'ndjson', options: {} });
});

test('an id holds no position: steps put in between change none', async () => {
  const ids = async (steps: string) =>
    (await graphOf(`name: t\nstreams:\n  a: { source: ticks, do: [${steps}], to: { out: x } }\n`)).nodes.map(
      (n) => n.id,
    );
  const before = await ids('dedupe, { tumbling: { size: 5s } }, { dedupe: {} }');
  expect(before).toEqual(['a.ticks', 'a.dedupe', 'a.tumbling', 'a.dedupe-2', 'a.to.out']);
  expect(await ids('{ where: x }, dedupe, { tumbling: { size: 5s } }, { dedupe: {} }')).toEqual(
    expect.arrayContaining(before),
  );
  expect(await ids('{ dedupe: {}, name: seen }')).toEqual(['a.ticks', 'seen', 'a.to.out']);
});

test('settings are read with their units', async () => {
  const { settings } = await graphOf(`name: t
checkpoint: { every: 10s }
supervision: { turnLimit: 1s, maxRestarts: 2, period: 1h }
threads: 3
streams: { a: { source: ticks, to: { out: x } } }
`);
  expect(settings).toEqual({
    checkpointIntervalMs: 10_000,
    turnLimitMs: 1000,
    maxRestarts: 2,
    restartPeriodMs: 3_600_000,
    threads: 3,
  });
});

test("stages of the user's own are named by their path, or found in the folders of the topology", async () => {
  const one = await graphOf('name: t\nstreams: { a: { source: ticks, do: [ ./own/double.js: x ], to: { out: y } } }\n');
  expect(one.nodes[1]).toMatchObject({ id: 'a.double', stage: './own/double.js', options: { of: 'x' } });
  const two = await graphOf(
    'name: t\nstages: own\nstreams: { a: { source: ticks, do: [ double: x ], to: { out: y } } }\n',
  );
  expect(two.nodes[1]).toMatchObject({ id: 'a.double', stage: './own/double.js', options: { of: 'x' } });
});
