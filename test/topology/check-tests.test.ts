import { expect, test } from 'vitest';
import { checkText } from '../../src/topology/check.ts';
import { formatIssue } from '../../src/topology/issue.ts';
import { base, issuesOf } from './support.ts';

const topology = (tests: string) => `name: t
params: { least: { default: 1 } }
streams:
  raw: { source: ticks }
  big: { from: raw, do: [ where: "x > \${least}" ], to: { out: x } }
tests:
${tests}`;

test('tests of the right shape pass, whatever their records hold', async () => {
  expect(
    await issuesOf(
      topology(`  - name: keeps the big
    params: { least: 2 }
    clock: 2026-01-05T10:00:00Z
    given: { raw: [ { x: 1, t: "\${no}" }, { $time: 5s, x: 2 }, { $advance: 1m }, { $error: no record, $input: x } ] }
    expect: { big: [ { x: 2, $time: 5000, $key: null } ], deadLetters: [ { code: WEIR_MALFORMED } ] }
`),
    ),
  ).toEqual([]);
});

test('faults of their shape are told', async () => {
  expect(
    await issuesOf(
      topology(`  - name: 5
    given: { big: [], rwa: [] }
    expect: { huge: [] }
    expct: {}
  - nothing
`),
    ),
  ).toEqual([
    "t.yaml:7:11  'name' of test 1 cannot be 5 (expected text; did you mean '5'?)",
    't.yaml:8:14  stream big has no source to stand in for',
    't.yaml:8:23  stream rwa is not in this topology (did you mean raw?)',
    't.yaml:9:15  stream huge is not in this topology',
    "t.yaml:10:5  unknown option 'expct' of test 1 (did you mean expect?)",
    't.yaml:11:5  a test is a map (expected name, given and expect)',
  ]);
});

test('faults of their steps and names are told', async () => {
  expect(
    await issuesOf(
      topology(`  - name: a
    params: { leest: 1 }
    clock: noon
    given:
      raw:
        - { $advnce: 10s }
        - { $advance: soon }
        - { $advance: 1s, x: 1 }
        - { $time: later, x: 1 }
        - { $input: x, x: 1 }
        - 7
    expect:
      big.late: []
      deadLeters: []
      big: [ 3 ]
  - { name: a, given: {}, expect: {} }
`),
    ),
  ).toEqual([
    "t.yaml:8:15  there is no parameter 'leest' to set (did you mean least?)",
    't.yaml:9:12  clock takes a time (expected milliseconds since the epoch, or ISO 8601)',
    "t.yaml:12:13  '$advnce' is no step of a test (did you mean $advance?)",
    't.yaml:13:13  $advance takes a duration (expected 10s)',
    't.yaml:14:13  $advance stands alone: it is no part of a record',
    't.yaml:15:13  $time takes a time (expected milliseconds, ISO 8601 text, or 5s after the start)',
    't.yaml:16:13  $input belongs beside $error',
    't.yaml:17:11  a record is a map (expected { field: value })',
    "t.yaml:19:7  no step of stream big has a side output 'late'",
    't.yaml:20:7  stream deadLeters is not in this topology (did you mean deadLetters?)',
    't.yaml:21:14  a record is a map (expected { field: value })',
    "t.yaml:22:13  two tests are named 'a'",
  ]);
});

/** The formatted issues of a text with built-in stages. */
const builtInIssues = async (text: string) =>
  (await checkText(text, { file: 't.yaml', base })).issues.map((issue) => formatIssue(issue));

test('faults of the rows that a test gives the lake are told', async () => {
  const text = `name: t
streams:
  raw: { source: { file: a } }
  big: { from: raw, do: [ lookup: { lake: prices, key: p } ], to: { file: b } }
tests:
  - name: a
    given: { raw: [] }
    lake:
      prices:
        - { $key: tea, $time: 5s, price: 4 }
        - { $key: [tea, 1], $time: 2026-01-05T10:00:00Z }
        - { price: 4 }
        - { $key: { a: 1 } }
        - { $key: tea, $time: soon }
        - { $key: tea, $tme: 5s }
        - 7
      price: []
    expect: {}
`;
  expect(await builtInIssues(text)).toEqual([
    't.yaml:12:11  a row of the lake has a $key: text, a number, true or false, or a list of them',
    't.yaml:13:13  a row of the lake has a $key: text, a number, true or false, or a list of them',
    't.yaml:14:24  $time takes a time (expected milliseconds, ISO 8601 text, or 5s)',
    "t.yaml:15:24  '$tme' says nothing of a row (did you mean $time?)",
    't.yaml:16:11  a row is a map (expected { $key: …, field: value })',
    't.yaml:17:7  no lookup reads a table price of the lake (did you mean prices?)',
  ]);
});

test('a lookup whose options do not go together is told', async () => {
  const of = (options: string) =>
    builtInIssues(`name: t
streams:
  a: { source: { file: a }, do: [ lookup: ${options} ], to: { file: b } }
`);
  expect(await of('{ lake: prices }')).toEqual([
    't.yaml:3:35  lookup: lake needs `key`: what of the record the rows are kept by',
  ]);
  expect(await of('{ lake: prices, key: a, url: "http://x" }')).toEqual([
    't.yaml:3:35  lookup: give one of rows, file, url, lake and cassandra, not url and lake',
  ]);
});
