import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { formatIssue } from '../../src/topology/issue.ts';
import { testInTurn, tries } from '../support/thorough.ts';
import { check } from './support.ts';

const whole = parse(`
name: t
params: { input: { default: in }, n: { default: 3 } }
checkpoint: { every: 2s }
supervision: { maxRestarts: 3 }
threads: 2
streams:
  raw:
    source: { lines: { path: "\${input}", codec: { csv: { delimiter: ";" } } } }
    time: { at: t, outOfOrder: 4s }
    do:
      - where: x > 1
      - dedupe
      - dedupe: { capacity: "\${n}" }
        onError: skip
      - select: [a, b]
      - { key: { k: a % 2 }, parallelism: 2 }
      - split: { big: x > 5 }
      - tumbling: { size: 5s, aggregate: { n: count() }, top: { by: x } }
      - mean: { target: y, memories: [1, 0.5] }
    to: [ { out: x.json }, { hook: { url: "http://x", headers: { a: b }, text: "n \${n}" } } ]
  late: { from: [raw.late, raw.big], to: { out: z } }
tests:
  - { name: it works, given: { raw: [] }, expect: { late: [{ a: 1 }] } }
`);

const odd = [
  null,
  true,
  5,
  -1.5,
  '',
  'x',
  '${x}',
  'a.b.c',
  '5s',
  [],
  [[]],
  {},
  { a: {} },
  { where: 1, key: 2 },
  [null],
];

/** The paths of all values. */
function* paths(value: unknown, path: (string | number)[] = []): Generator<(string | number)[]> {
  yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* paths(inner, [...path, Array.isArray(value) ? +key : key]);
}

function replaced(value: any, [step, ...rest]: (string | number)[], by: unknown, rename: string | undefined): any {
  if (step === undefined) return by;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  if (rest.length === 0 && rename !== undefined && !Array.isArray(copy)) {
    delete copy[step];
    copy[rename] = value[step];
  } else copy[step] = replaced(value[step], rest, by, rename);
  return copy;
}

test('the document that is to be broken is whole', async () => {
  expect((await check(JSON.stringify(whole))).issues.map(formatIssue)).toEqual([]);
});

testInTurn('whatever stands anywhere, the checker tells faults or gives a graph, and never throws', async () => {
  const all = [...paths(whole)];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...all),
      fc.constantFrom(...odd),
      fc.option(fc.constantFrom('toString', '__proto__', 'do', 'codec', 'name', 'x'), { nil: undefined, freq: 3 }),
      async (path, by, rename) => {
        const text = JSON.stringify(replaced(whole, path, by, rename), null, 2);
        const { graph, issues } = await check(text);
        const failed = issues.some((issue) => issue.severity === 'error');
        expect(graph === undefined).toBe(failed);
        for (const { message, place } of issues) {
          expect(message).not.toMatch(/undefined|\[object|NaN/);
          expect(place.line).toBeGreaterThan(0);
        }
      },
    ),
    { numRuns: tries(200) },
  );
});

test('whatever the text is, it is read or told to be wrong', async () => {
  const text = JSON.stringify(whole, null, 1);
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length), fc.nat(20), fc.string({ maxLength: 6 }), async (at, length, more) => {
      const { graph, issues } = await check(text.slice(0, at) + more + text.slice(at + length));
      expect(graph === undefined).toBe(issues.some((issue) => issue.severity === 'error'));
    }),
    { numRuns: tries(100) },
  );
});
