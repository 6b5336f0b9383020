import { expect, test } from 'vitest';
import { issuesOf } from './support.ts';

/** Issues of a topology with one step in line 6, which begins at column 9. */
const step = (text: string) =>
  issuesOf(`name: t
streams:
  s:
    source: { lines: { path: x, codec: ndjson } }
    time: t
    do: [ ${text} ]
    to: { out: y }
`);
/** Issues of a topology with this sink in line 5, which begins at column 9. */
const sink = (text: string) =>
  issuesOf(`name: t
streams:
  s:
    source: ticks
    to: ${text}
`);

test.each(['0', '"0"', '0s'])(
  'a size of %s is told to be too small, without advice that would be refused next',
  async (size) => {
    const [only, ...more] = await step(`{ tumbling: { size: ${size}, aggregate: { n: count() } } }`);
    expect(only).toMatch(/'size' of tumbling cannot be '?0s?'? \(expected a duration such as 5s, at least 1ms\)$/);
    expect(more).toEqual([]);
  },
);

test.each(['null', '{ null: {} }', '[null]', '[{ null: {} }]', '{ ~: {} }'])(
  'the sink null is written in quotes, not as %s',
  async (to) => {
    const told = await sink(to);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('the one named null stands in quotes: "null"');
  },
);

test('an unknown option is told with the one that was meant, or with all', async () => {
  expect(await step('{ dedupe: { capcity: 5 } }')).toEqual([
    "t.yaml:6:23  unknown option 'capcity' of dedupe (did you mean capacity?)",
  ]);
  expect(await step('{ dedupe: { size: 5 } }')).toEqual([
    "t.yaml:6:23  unknown option 'size' of dedupe (expected of, capacity)",
  ]);
});

test('a missing option is told at the stage, that of a group at the group', async () => {
  expect(await step('{ tumbling: { aggregate: { n: count() } } }')).toEqual([
    "t.yaml:6:13  tumbling needs 'size' (expected size: a duration such as 5s, at least 1ms)",
  ]);
  expect(await step('{ tumbling: { size: 5s, top: { n: 1 } } }')).toEqual([
    "t.yaml:6:35  tumbling needs 'top.by' (expected by: an expression such as price > 10)",
  ]);
  expect(await step('where')).toEqual([
    "t.yaml:6:11  where needs 'if' (expected if: an expression such as price > 10)",
  ]);
  expect(await step('{ tumbling: { size: } }')).toEqual([
    "t.yaml:6:13  tumbling needs 'size' (expected size: a duration such as 5s, at least 1ms)",
  ]);
});

test('values of another kind or out of range are told with what is expected', async () => {
  expect(await step('{ dedupe: { capacity: 1001 } }')).toEqual([
    "t.yaml:6:33  'capacity' of dedupe cannot be 1001 (expected a whole number of values, 1 to 1000)",
  ]);
  expect(await step('{ dedupe: { capacity: 1.5 } }')).toHaveLength(1);
  expect(await step('{ dedupe: { capacity: [1] } }')).toEqual([
    "t.yaml:6:33  'capacity' of dedupe cannot be a list (expected a whole number of values, 1 to 1000)",
  ]);
  expect(await step('{ tumbling: { size: 0s } }')).toEqual([
    "t.yaml:6:31  'size' of tumbling cannot be '0s' (expected a duration such as 5s, at least 1ms)",
  ]);
  expect(await step('{ tumbling: { size: 5 } }')).toEqual([
    "t.yaml:6:31  'size' of tumbling cannot be 5 (expected a duration such as 5s, at least 1ms; did you mean 5ms or 5s?)",
  ]);
  expect(await step('{ tumbling: { size: 5s, top: { by: x, ties: al } } }')).toEqual([
    "t.yaml:6:55  'top.ties' of tumbling cannot be 'al' (expected none or all; did you mean all?)",
  ]);
  expect(await step('{ mean: { target: 5 } }')).toEqual([
    "t.yaml:6:29  'target' of mean cannot be 5 (expected text; did you mean '5'?)",
  ]);
});

test('items of lists and values of maps are told by themselves', async () => {
  expect(await step('{ mean: { target: y, memories: [1, 2, x] } }')).toEqual([
    "t.yaml:6:46  'memories.1' of mean cannot be 2 (expected a number, 0 to 1)",
    "t.yaml:6:49  'memories.2' of mean cannot be 'x' (expected a number, 0 to 1)",
  ]);
  expect(await sink('{ hook: { url: "http://x", headers: { a: [1] } } }')).toEqual([
    "t.yaml:5:50  'headers.a' of hook cannot be a list (expected text)",
  ]);
});

test('expressions are told with the column inside the text', async () => {
  expect(await step('{ where: x > }')).toEqual(['t.yaml:6:23  where: the expression ends too early']);
  expect(await step('{ where: "lenght(x) > 1" }')).toEqual([
    't.yaml:6:21  where: there is no function lenght() (did you mean length()?)',
  ]);
  expect(await step('{ select: { a: x, b: y ) } }')).toEqual([
    expect.stringMatching(/^t\.yaml:6:34 {2}'b' of select: /),
  ]);
  expect(await step('{ split: { big: x >, small: "x <" } }')).toEqual([
    "t.yaml:6:30  'big' of split: the expression ends too early",
    "t.yaml:6:43  'small' of split: the expression ends too early",
  ]);
  expect(await step('{ tumbling: { size: 5s, aggregate: { n: cuont() } } }')).toEqual([
    "t.yaml:6:51  'aggregate.n' of tumbling: there is no function cuont() (did you mean count()?)",
  ]);
  expect(await step('{ tumbling: { size: 5s, aggregate: { n: cnt() } } }')).toEqual([
    "t.yaml:6:51  'aggregate.n' of tumbling: there is no function cnt() (did you mean count()?)",
  ]);
});

test('an expression in a block of several lines is told on its own line', async () => {
  const text = `name: t
streams:
  s:
    source: ticks
    do:
      - where: |
          x > 1 &&
          y >> 2
    to: { out: y }
`;
  expect(await issuesOf(text)).toEqual([expect.stringMatching(/^t\.yaml:8:13 {2}where: the operator >> /)]);
});

test('templates are parsed', async () => {
  expect(await sink('{ hook: { url: "http://x", text: "a ${b +} c" } }')).toEqual([
    expect.stringMatching(/^t\.yaml:5:50 {2}'text' of hook: /),
  ]);
});

test('a URL of another scheme than is taken is told at its place', async () => {
  for (const url of ['ftp://x/y', 'file:///etc/passwd', 'javascript:1', 'x.org/hook', 'httpss://x']) {
    expect(await sink(`{ hook: { url: "x:y", web: "${url}" } }`)).toEqual([
      `t.yaml:5:36  'web' of hook cannot be '${url}' (expected a URL of https or http, such as https://example.org/hook)`,
    ]);
  }
  expect(await sink('{ hook: { url: "x:y", web: "HTTP://x/y" } }')).toEqual([]);
});

test('urls, projections and keys are looked into', async () => {
  expect(await sink('{ hook: nowhere }')).toEqual([
    "t.yaml:5:17  hook cannot be 'nowhere' (expected a URL such as https://example.org/hook)",
  ]);
  expect(await step('{ key: [a.id, b.id] }')).toEqual([
    "t.yaml:6:18  key: two of these are named 'id': write a map of name: expression",
  ]);
  expect(await step('{ select: 5 }')).toEqual([
    't.yaml:6:21  select cannot be 5 (expected a map of field: expression, or a list of fields)',
  ]);
  expect(await step('{ select: { a: [x] } }')).toEqual([
    "t.yaml:6:26  'a' of select cannot be a list (expected an expression such as price > 10)",
  ]);
});

test('modules are loaded', async () => {
  expect(await step('{ map: ./own/double.js#convert }')).toEqual([]);
  expect(await step('{ map: ./own/double.js#konvert }')).toEqual([
    "t.yaml:6:18  ./own/double.js exports no function 'konvert'",
  ]);
});

test('aggregates of modules are loaded, and told of at their place', async () => {
  const windows = (aggregate: string) =>
    step(`{ tumbling: { size: 1s, aggregate: { a: count(), b: "${aggregate}" } } }`);
  expect(await windows('./modules/spread.js#spread(x) * 2')).toEqual([]);
  expect(await windows('2 * ./modules/spread.js#half(x)')).toEqual([
    "t.yaml:6:68  ./modules/spread.js exports no aggregate 'half': it has no merge and no result",
  ]);
  expect(await windows('./modules/spread.js#spread(x, 2)')).toEqual([
    expect.stringContaining("'aggregate.b' of tumbling: ./modules/spread.js#spread() does not take 2 arguments"),
  ]);
});

test('the options of a codec are checked by its own definition', async () => {
  expect(await sink('{ out: { path: x, codec: { csv: { delimitter: ";" } } } }')).toEqual([
    "t.yaml:5:43  unknown option 'delimitter' of csv (did you mean delimiter?)",
  ]);
  expect(await sink('{ out: { path: x, codec: cvs } }')).toEqual([
    "t.yaml:5:34  there is no codec named 'cvs' (did you mean csv?)",
  ]);
  expect(await sink('{ hook: { url: "http://x", codec: csv } }')).toEqual([
    expect.stringMatching(/^t\.yaml:5:36 {2}unknown option 'codec' of hook/),
  ]);
});

test('a stage without a main option takes its options by name', async () => {
  expect(await step('{ dedupe: id }')).toEqual(['t.yaml:6:21  dedupe takes its options by name (expected { of: … })']);
});
