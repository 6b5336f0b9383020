import { expect, test } from 'vitest';
import { issuesOf } from './support.ts';

const good = `
name: good
streams:
  raw:
    source: { lines: { path: in.ndjson, codec: ndjson } }
    time: { at: t, outOfOrder: 4s }
    do:
      - where: x > 1
      - select: { a: x + 1, b: name }
    to: { out: out.ndjson }
`;

test('a topology without faults has no issues', async () => {
  expect(await issuesOf(good)).toEqual([]);
});

test('five faults give five messages at their lines and columns', async () => {
  const text = `name: five
streams:
  raw:
    source: { lines: { path: in.ndjson, codec: ndjson } }
    time: { at: t, outOfOrder: 4 }
    do:
      - were: x > 1
      - where: "price >> 3"
      - tumbling: { siz: 5s, size: 5s, aggregate: { load: maen(value) } }
    to: { out: out.ndjson }
`;
  expect(await issuesOf(text)).toEqual([
    `t.yaml:5:32  'outOfOrder' of time of stream raw cannot be 4 (expected a duration such as 5s; did you mean 4ms or 4s?)`,
    `t.yaml:7:9  there is no operator named 'were' (did you mean where?)`,
    `t.yaml:8:23  where: the operator >> is not available; write floor(x / 2 ** n)`,
    `t.yaml:9:21  unknown option 'siz' of tumbling (did you mean size?)`,
    `t.yaml:9:59  'aggregate.load' of tumbling: there is no function maen() (did you mean mean()?)`,
  ]);
});
