import { expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { topologyJsonSchema } from '../../src/topology/json-schema.ts';
import { fakes } from './support.ts';

const schema = await topologyJsonSchema(fakes);
const validator = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
const accepts = (text: string) => validator.safeParse(parse(text)).success;

const good = `
name: t
doc: What it does.
params: { input: {}, n: { default: 5, doc: How many. }, pw: }
stages: [./own]
checkpoint: { every: 2s }
supervision: { maxRestarts: 3 }
threads: "\${n}"
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
      - tumbling: { size: 1h30m, aggregate: { n: count() }, top: { by: x } }
      - ./own/double.js: { anything: true }
      - mean: { target: y, memories: [1, 0.5] }
    to: [ { out: x.json }, { hook: { url: "http://x", headers: { a: b } } } ]
  ticks: { source: ticks, to: { out: { path: y, limit: 1MiB } } }
  all: { from: [raw.late, ticks], time: t, to: { out: z } }
tests:
  - { name: it works, given: { raw: [] }, expect: { all: [{ a: 1 }] } }
`;

test('the schema takes what the checker takes', () => {
  expect(accepts(good)).toBe(true);
});

test.each([
  ['an unknown key', 'streams:', 'strems:'],
  ['an unknown key of a stream', '    time: { at', '    tiem: { at'],
  ['an unknown stage', '- where:', '- were:'],
  ['an unknown option', 'capacity:', 'capcity:'],
  ['a missing option', 'size: 1h30m, ', ''],
  ['a value of another kind', '[1, 0.5]', '[1, x]'],
  ['a value out of range', '[1, 0.5]', '[1, 5]'],
  ['a duration without a unit', '1h30m', '90'],
  ['a word that is no choice', 'onError: skip', 'onError: skipp'],
  ['an unknown codec', 'csv: { del', 'cvs: { del'],
  ['a bare stage that needs options', '- dedupe\n', '- where\n'],
  ['a test without a name', '{ name: it works, given', '{ given'],
])('it refuses %s', (_, from, to) => {
  expect(good).toContain(from);
  expect(accepts(good.replace(from, to))).toBe(false);
});

test('editors get docs, defaults and choices', () => {
  const definitions = schema.definitions as Record<string, { anyOf: { properties: Record<string, never> }[] }>;
  const { properties } = definitions.operator!.anyOf[0] as unknown as { properties: Record<string, any> };
  expect(properties.tumbling).toMatchObject({ description: 'Aggregate in windows.' });
  expect(properties.tumbling.properties.top.properties.ties).toMatchObject({ default: 'none', description: 'Ties.' });
  expect(properties.dedupe.anyOf[0].properties.capacity).toMatchObject({
    default: 100,
    description: 'How many to remember. (values)',
    markdownDescription: 'How many to remember.\n\nExpects a whole number of values, 1 to 1000.',
  });
  expect(JSON.stringify(schema)).toContain('Each record is *posted*.');
});
