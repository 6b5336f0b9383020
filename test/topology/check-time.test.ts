import { expect, test } from 'vitest';
import { alignedSources } from '../../src/topology/aligned-sources.ts';
import { checkText } from '../../src/topology/check.ts';
import { formatIssue } from '../../src/topology/issue.ts';
import { loadStages } from '../../src/topology/load-stages.ts';

const checked = (streams: string) =>
  checkText(`name: t\nstreams:\n${streams}`, { file: 't.yaml', base: import.meta.url });

async function issues(streams: string): Promise<string[]> {
  return (await checked(streams)).issues.map(formatIssue);
}

test('a wrong unit is told with what would be right', async () => {
  expect(
    await issues(`  a:
    source: { file: a.ndjson }
    time: { at: at, align: 10, quiet: soon }
    to: { file: b.ndjson }
`),
  ).toEqual([
    "t.yaml:5:28  'align' of time of stream a cannot be 10 (expected a duration such as 5s, at least 1ms; did you mean 10ms or 10s?)",
    "t.yaml:5:39  'quiet' of time of stream a cannot be 'soon' (expected a duration such as 5s, at least 1ms)",
  ]);
});

test('an option that is not there is told with the one that was meant', async () => {
  expect(
    await issues(`  a:
    source: { file: a.ndjson }
    time: { at: at, aling: 10m }
    to: { file: b.ndjson }
`),
  ).toEqual([expect.stringMatching(/^t\.yaml:5:21 .*aling.*did you mean align\?/)]);
});

test('they need event time', async () => {
  expect(
    await issues(`  posts:
    source: { http-server: 7310 }
    time: { align: 10m, idle: 1s, quiet: 30s }
    to: { file: b.ndjson }
`),
  ).toEqual([
    't.yaml:5:13  align of stream posts needs event time: the records of http-server are stamped by the clock, so none of its splits is ever ahead (expected at: FIELD beside align)',
    't.yaml:5:35  quiet of stream posts needs event time: the records of http-server are stamped by the clock, so its event time goes on with the clock anyway (expected at: FIELD beside quiet)',
  ]);
  // A source that knows the time of its records.
  expect(
    await issues(`  made:
    source: { generate: { fields: { n: n }, interval: 1s, count: 10 } }
    time: { align: 10m, quiet: 30s }
    to: { file: b.ndjson }
`),
  ).toEqual([]);
});

const join = (people: string, auctions: string) => `  people: { source: ${people} }
  auctions: { source: ${auctions} }
  both:
    from: people
    do: [{ join: { with: auctions, on: id == seller, within: { after: 10s }, select: { id: id } } }]
    to: { file: both.ndjson }
`;

test('an alignment without effect, of one side only, or that may wait for ever is a warning', async () => {
  const aligned = '{ at: at, align: 10m }';
  expect(
    await issues(`  a: { source: { tail: a.ndjson }, time: ${aligned}, to: { file: b.ndjson } }
`),
  ).toEqual([
    't.yaml:3:52  warning: align of stream a has no effect: tail has one split, and its records meet those of no other source',
  ]);
  const file = '{ file: a.ndjson }, time: ';
  expect(await issues(join(`${file}${aligned}`, `${file}{ at: at }`))).toEqual([
    't.yaml:3:57  warning: align of stream people does not hold for stream auctions, which its records meet: that is neither held back nor waited for (expected align in the time of auctions too)',
  ]);
  expect(await issues(join(`${file}${aligned}`, `{ tail: b.ndjson }, time: ${aligned}`))).toEqual([
    't.yaml:4:59  warning: align of stream auctions lets the others wait as long as tail is quiet (expected idle: 30s, after which they go on)',
  ]);
  expect(await issues(join(`${file}${aligned}`, `${file}${aligned}`))).toEqual([]);
});

/** The streams that are held together. */
async function groups(streams: string): Promise<string[]> {
  const { graph, issues: found } = await checked(streams);
  if (graph === undefined) throw new Error(found.map(formatIssue).join('\n'));
  return alignedSources(await loadStages(graph)).map((group) =>
    [...group]
      .map((id) => id.split('.')[0])
      .sort()
      .join(' '),
  );
}

test('sources are held together that meet, in a join or a union, also by way of others', async () => {
  const source = (name: string, time = '{ at: at, align: 1m }') =>
    `  ${name}: { source: { file: ${name} }, time: ${time} }\n`;
  const sources = [...'abcdef'].map((name) => source(name)).join('');
  expect(
    await groups(`${sources}${source('plain', '{ at: at }')}
  ab: { from: [a, b], to: { file: ab } }
  bc:
    from: b
    do:
      - where: x > 1
      - join: { with: c, on: id == id, within: { after: 10s }, select: { id: id } }
    to: { file: bc }
  dp: { from: [d, plain], to: { file: dp } }
  pe: { from: [plain, e], to: { file: pe } }
  f2: { from: f, to: { file: f2 } }
`),
  ).toEqual(['d', 'e', 'f', 'a b c'].sort((x, y) => x.length - y.length));
});

test('what a step waits for to its end is not held together with what waits', async () => {
  const streams = (wait: boolean) => `  orders: { source: { file: a }, time: { at: at, align: 1m } }
  shops: { source: { file: b }, time: { at: at, align: 1m } }
  both:
    from: orders
    do: [{ enrich: { with: shops, on: shop == id, wait: ${wait}, select: { name: shops.name } } }]
    to: { file: c }
`;
  expect(await groups(streams(true))).toEqual(['orders', 'shops']);
  expect(await groups(streams(false))).toEqual(['orders shops']);
});
