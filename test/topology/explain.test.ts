import { expect, test } from 'vitest';
import { explainGraph } from '../../src/topology/explain.ts';
import { fakes, graphOf } from './support.ts';

test('every option is shown, defaults as such, and no secret', async () => {
  const graph = await graphOf(
    `name: t
streams:
  a:
    source: { lines: { path: in, codec: csv } }
    time: { at: t, outOfOrder: 4s, idle: 1m }
    do: [ { tumbling: { size: 5s } }, { dedupe: {}, parallelism: 2 } ]
    to: { hook: { url: "http://x", headers: { token: "\${env:TOKEN}" } } }
  late: { from: a.late, to: { out: late.json } }
`,
    { env: { TOKEN: 'hunter2' } },
  );
  const text = await explainGraph(graph, fakes);
  expect(text).not.toContain('hunter2');
  expect(text.split('\n\n')).toEqual([
    expect.stringMatching(/^t\n {2}checkpoint every 1s\n/),
    `a.lines
  source lines
  path: in
  follow: false  (default)
  codec: { csv: {} }
  event time: t, up to 4s out of order and 1d ahead of the clock, idle after 1m
  a record that it throws on: dead-letter`,
    `a.tumbling
  operator tumbling
  reads a.lines
  size: 5s
  a record that it throws on: dead-letter`,
    `a.dedupe
  operator dedupe
  reads a.tumbling
  of: id  (default)
  capacity: 100  (default)
  parallelism: 2
  a record that it throws on: dead-letter`,
    `a.to.hook
  sink hook
  reads a.dedupe
  url: http://x
  headers: (secret)
  text: record  (default)
  retry: {}  (default)
  delivery: at-least-once
  a record that it throws on: dead-letter`,
    `late.to.out
  sink out
  reads side late of a.tumbling
  path: late.json
  limit: 64MiB  (default)
  codec: { ndjson: {} }
  delivery: exactly-once
  a record that it throws on: dead-letter
`,
  ]);
});
