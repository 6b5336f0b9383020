import { expect, test } from 'vitest';
import { issuesOf } from './support.ts';

test('a document that is no topology is told', async () => {
  expect(await issuesOf('')).toEqual(['t.yaml:1:1  a topology is a map (expected name, streams)']);
  expect(await issuesOf('- a')).toEqual(['t.yaml:1:1  a topology is a map (expected name, streams)']);
  expect(await issuesOf('{}')).toEqual([
    't.yaml:1:1  a topology has a name (expected name: my-topology)',
    't.yaml:1:1  a topology has streams (expected a map of name: stream)',
  ]);
});

test('unknown keys are told at every level', async () => {
  expect(
    await issuesOf(`name: t
stream: {}
streams:
  a:
    source: ticks
    form: b
    sink: out
    to: { out: x }
`),
  ).toEqual([
    "t.yaml:2:1  unknown key 'stream' of a topology (did you mean streams?)",
    "t.yaml:6:5  unknown key 'form' of stream a (did you mean from?)",
    "t.yaml:7:5  unknown key 'sink' of stream a (expected source, from, time, schema, do, to, doc, onError, parallelism)",
  ]);
});

test('a stream reads either a source or a stream', async () => {
  expect(
    await issuesOf(`name: t
streams:
  a: { to: { out: x } }
  b: { source: ticks, from: a, to: { out: y } }
  c: 5
  d: { from: 5, to: { out: z } }
  e: { from: [], to: { out: z } }
`),
  ).toEqual([
    't.yaml:3:3  stream a has nothing to read (expected source or from)',
    't.yaml:4:23  stream b has a source and a from: it takes one of them',
    't.yaml:5:6  stream c is not a map (expected source or from, then do and to)',
    't.yaml:6:14  this does not name a stream (expected a name such as cpu, or cpu.late for a side output)',
    't.yaml:7:14  from names no stream (expected a stream, or a list of streams)',
    "t.yaml:7:29  two sinks write to 'z'; the other is in line 6",
  ]);
});

test('a step names one stage', async () => {
  expect(
    await issuesOf(`name: t
streams:
  a:
    source: { lines: { path: x }, codec: csv }
    do:
      - where: x
        key: y
      - onError: skip
      - [where]
    to: { out: x }
  b:
    from: a
    do: { where: x }
    to: 5
`),
  ).toEqual([
    't.yaml:4:35  the codec belongs inside the options of lines: { lines: { codec: … } }',
    "t.yaml:7:9  'where' and 'key' stand in one step: begin each step with its own -",
    't.yaml:8:9  this names no operator (expected - where: price > 10)',
    't.yaml:9:9  this names no operator (expected - where: price > 10)',
    't.yaml:13:9  do is a list (expected a list of steps, each begun with -)',
    't.yaml:14:9  to is a list (expected a sink, or a list of sinks)',
  ]);
});

test('time belongs beside a source', async () => {
  expect(
    await issuesOf('name: t\nstreams:\n  a: { source: ticks }\n  b: { from: a, time: t, to: { out: x } }\n'),
  ).toEqual(['t.yaml:4:17  time belongs beside a source; stream b takes the event time of what it reads']);
});

test('what stands beside a stage, of streams and of the whole is checked like options', async () => {
  expect(
    await issuesOf(`name: t
threads: 0
checkpoint: { evry: 1s }
supervision: { period: 5 }
params: { a: { dflt: 1 }, b: 7 }
streams:
  a:
    source: { ticks: {}, parallelism: 0 }
    onError: ignore
    time: { outOfOrder: soon }
    do: [ { where: x, onError: skipp } ]
    to: { out: x }
`),
  ).toEqual([
    "t.yaml:2:10  'threads' of the topology cannot be 0 (expected a whole number of threads, 1 to 256)",
    "t.yaml:3:15  unknown option 'evry' of checkpoint of the topology (did you mean every?)",
    "t.yaml:4:24  'supervision.period' of the topology cannot be 5 (expected a duration such as 5s, at least 1ms; did you mean 5ms or 5s?)",
    "t.yaml:5:16  unknown option 'dflt' of parameter 'a' (did you mean default?)",
    "t.yaml:5:30  parameter 'b' is not a map (expected {}, or { doc: …, default: … })",
    "t.yaml:8:39  'parallelism' of ticks cannot be 0 (expected a whole number of subtasks, 1 to 128)",
    "t.yaml:9:14  'onError' of stream a cannot be 'ignore' (expected dead-letter, skip or fail)",
    "t.yaml:10:25  'outOfOrder' of time of stream a cannot be 'soon' (expected a duration such as 5s)",
    "t.yaml:11:32  'onError' of where cannot be 'skipp' (expected dead-letter, skip or fail; did you mean skip?)",
  ]);
});

test.each(['../x', '', 'a/b', 'a'.repeat(101), 'é', ' x', 3])(
  'a name such as %j is refused, and what may be written is said',
  async (name) => {
    const [issue] = await issuesOf(`name: ${JSON.stringify(name)}\nstreams: {}\n`);
    expect(issue).toMatch(
      /^t\.yaml:1:7 {2}this cannot name a topology, .* \(expected a to z, digits .* 100 characters at most\)$/,
    );
  },
);
