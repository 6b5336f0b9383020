import { expect, test } from 'vitest';
import { issuesOf } from './support.ts';

const topology = (tests: string) => `name: t
streams:
  raw: { source: ticks }
  big: { from: raw, do: [ where: x > 1 ], to: { out: x } }
tests:
${tests}`;

test('tests of the right shape pass, whatever their records hold', async () => {
  expect(
    await issuesOf(
      topology(`  - name: keeps the big
    given: { raw: [ { x: 1, t: "\${no}" }, { x: 2 } ] }
    expect: { big: [ { x: 2 } ] }
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
    "t.yaml:6:11  'name' of test 1 cannot be 5 (expected text; did you mean '5'?)",
    't.yaml:7:14  stream big has no source to stand in for',
    't.yaml:7:23  stream rwa is not in this topology (did you mean raw?)',
    't.yaml:8:15  stream huge is not in this topology',
    "t.yaml:9:5  unknown option 'expct' of test 1 (did you mean expect?)",
    't.yaml:10:5  a test is a map (expected name, given and expect)',
  ]);
});
