import { basename, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { check, graphOf, issuesOf } from './support.ts';

test('a stream that is not there is told with the one that was meant', async () => {
  expect(
    await issuesOf(`name: t
streams:
  prices: { source: ticks }
  out: { from: price, to: { out: x } }
  more: { from: [prices, nothing], to: { out: y } }
`),
  ).toEqual([
    "t.yaml:4:16  there is no stream 'price' (did you mean prices?)",
    "t.yaml:5:26  there is no stream 'nothing' (expected prices, out, more)",
  ]);
});

test('a circle is told once, in the way that the records go', async () => {
  expect(
    await issuesOf(`name: t
streams:
  a: { from: c, to: { out: x } }
  b: { from: a }
  c: { from: b }
  self: { from: self }
`),
  ).toEqual([
    't.yaml:4:14  streams feed each other in a circle: a → b → c → a',
    't.yaml:6:17  streams feed each other in a circle: self → self',
  ]);
});

test('a stream that goes nowhere is a warning', async () => {
  const { issues, graph } = await check('name: t\nstreams:\n  a: { source: ticks }\n');
  expect(issues).toMatchObject([{ severity: 'warning', message: expect.stringContaining('stream a goes nowhere') }]);
  expect(graph).toBeDefined();
});

const windows = (source: string, more: string) => `name: t
streams:
  bids: { source: ${source} }
  hot:
    from: bids
    do: [ key: auction, tumbling: { size: 5s } ]
${more}`;

test('a side output is read by its name, from the last step that has it', async () => {
  const graph = await graphOf(`name: t
streams:
  cpu:
    source: ticks
    do:
      - split: { big: x > 5 }
      - tumbling: { size: 5s }
      - where: y
      - tumbling: { size: 1m }
    to: { out: x }
  late: { from: cpu.late, to: { out: y } }
  big: { from: cpu.big, to: { out: z } }
`);
  const inputs = (id: string) => graph.nodes.find((node) => node.id === id)?.inputs;
  expect(inputs('late.to.out')).toEqual([{ node: 'cpu.tumbling-2', side: 'late' }]);
  expect(inputs('big.to.out')).toEqual([{ node: 'cpu.split', side: 'big' }]);
});

test('a side output that no step has is told', async () => {
  expect(
    await issuesOf(`name: t
streams:
  cpu:
    source: ticks
    do: [ { split: { big: x > 5 } } ]
    to: { out: x }
  late: { from: cpu.bigg, to: { out: y } }
`),
  ).toEqual(["t.yaml:7:17  no step of stream cpu has a side output 'bigg' (did you mean cpu.big?)"]);
});

test('event time of bytes must be said where a stage works on it', async () => {
  const step = '    do: [ { tumbling: { size: 5s } } ]\n    to: { out: x }\n';
  const of = (source: string) => `name: t\nstreams:\n  raw: { source: ${source} }\n  hot:\n    from: raw\n${step}`;
  expect(await issuesOf(of('{ lines: { path: in, codec: csv } }'))).toEqual([
    't.yaml:3:20  tumbling in stream hot works on event time, and stream raw gives none ' +
      '(expected time: { at: FIELD, outOfOrder: 4s } beside the source of raw)',
  ]);
  expect(await issuesOf(of('{ lines: { path: in, codec: csv } }, time: t'))).toEqual([]);
  expect(await issuesOf(of('ticks'))).toEqual([]);
});

test('two sinks that write one file are told', async () => {
  expect(
    await issuesOf(`name: t
streams:
  a: { source: ticks, to: { out: x.json } }
  b: { from: a, to: [ { out: { path: ./x.json } }, { out: y.json } ] }
`),
  ).toEqual(["t.yaml:4:38  two sinks write to './x.json'; the other is in line 3"]);
});

test('two sinks that write one file are told, however its path is written and whatever they are', async () => {
  const here = resolve('x.json');
  expect(
    await issuesOf(`name: t
streams:
  a: { source: ticks, to: [ { out: ./x.json }, { out: /dev/null } ] }
  b: { from: a, to: [ { out: ${here} }, { out: ../${basename(resolve('.'))}/x.json }, { out: /dev/null } ] }
`),
  ).toEqual([
    `t.yaml:4:30  two sinks write to '${here}'; the other is in line 3`,
    expect.stringMatching(/^t.yaml:4:\d+ {2}two sinks write to '..\/.*x.json'; the other is in line 3$/),
  ]);
});

test('a sink that writes what a source reads is told', async () => {
  expect(
    await issuesOf(`name: t
streams:
  a: { source: { lines: { path: io.json, codec: csv } }, time: t, to: { out: ./sub/../io.json } }
  b: { source: { lines: { path: in.json, codec: csv } }, time: t, to: { out: out.json } }
`),
  ).toEqual([
    "t.yaml:3:78  this sink writes './sub/../io.json', which stream a reads: it would be lost before it is read",
  ]);
});

test('two stages of one name are told', async () => {
  expect(
    await issuesOf(`name: t
streams:
  a:
    source: ticks
    do: [ { dedupe: {}, name: seen }, { dedupe: {}, name: seen } ]
    to: { out: x }
`),
  ).toEqual(["t.yaml:5:41  two stages are named 'seen'; the other is in line 5"]);
});

test('a fault upstream hides no fault downstream', async () => {
  expect(await issuesOf(windows('{ lines: { path: x } }', '    to: { owt: x }\n'))).toHaveLength(3);
});
