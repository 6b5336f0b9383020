import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { operator } from '../../src/stage/definition.ts';
import { field } from '../../src/stage/field.ts';
import { builtIn } from '../../src/topology/registry.ts';
import { allStages, exampleYaml, type NamedStage, optionDocs, traitsOf } from '../../src/topology/stage-docs.ts';
import { stageMarkdown, stagesMarkdown } from '../../src/topology/stage-markdown.ts';
import { stageTable, stageText } from '../../src/topology/stage-text.ts';
import { fakes } from './support.ts';

const definition = operator({
  summary: 'Do a thing.',
  docs: 'More | about it.',
  since: '0.1.0',
  stateVersion: 1,
  main: 'of',
  options: {
    of: field.expression('The value.'),
    keep: field.duration('How long.', { default: '5s' }),
    top: field.group('The best.', { n: field.count('How many.', { unit: 'records', default: 1 }) }, { optional: true }),
  },
  cost: 'O(1)',
  references: ['A. Author, 2001'],
  partition: 'key',
  eventTime: true,
  examples: [
    { title: 'one thing', options: { of: 'x', top: { n: 2 } }, given: [{ x: 1 }], expect: [{ x: 1 }] },
    { title: 'a function', options: { of: () => 1 } },
  ],
  create: () => ({ onRecord() {} }),
});
const stage: NamedStage = { kind: 'operator', name: 'thing', folder: 'operators', url: 'file:///thing.js', definition };

test('every stage has a line in the table, learners by their name', async () => {
  const table = await stageTable(fakes);
  expect(table.split('\n')).toHaveLength(fakes.list().length);
  expect(table).toContain('operator  where     Keep records.');
  expect(await stageTable(fakes, 'learner')).toBe('learner  mean  Predict the mean.');
});

test('options of groups are shown with the name of the group', () => {
  expect(optionDocs(definition.options)).toEqual([
    { name: 'of', doc: 'The value.', expects: 'an expression such as price > 10', required: true },
    { name: 'keep', doc: 'How long.', expects: 'a duration such as 5s', default: '5s', required: false },
    { name: 'top', doc: 'The best.', expects: 'a map of n', required: false },
    { name: 'top.n', doc: 'How many.', expects: 'a whole number of records', default: '1', required: false },
  ]);
});

test('examples are YAML as a topology would have it', () => {
  const [first, second] = definition.examples;
  expect(parse(exampleYaml(stage, first as never))).toEqual([{ thing: { of: 'x', top: { n: 2 } } }]);
  expect(exampleYaml(stage, second as never)).toContain('./my-module.js#my-function');
  expect(exampleYaml({ kind: 'sink', name: 'out' }, { title: '' })).toBe('to: out');
});

test('the text of one stage has its options, traits and examples', () => {
  const text = stageText(stage);
  expect(text).toContain('  keep: a duration such as 5s; default 5s\n      How long.');
  expect(text).toContain('  of: an expression such as price > 10; required');
  expect(text).toContain('· works on event time\n· refuses an updating stream\n· cost: O(1)');
  expect(text).toContain('  in:\n    {"x":1}\n  out:\n    {"x":1}');
});

test('delivery and replay are told', async () => {
  expect(traitsOf(await fakes.load('sink', 'out'))).toEqual([
    'exactly-once',
    'takes a codec, ndjson by default',
    'refuses an updating stream',
  ]);
  expect(traitsOf(await fakes.load('source', 'ticks'))).toEqual(['cannot be read again']);
});

test('the page of all stages has a section for each kind', async () => {
  expect(stageMarkdown(stage)).toContain('| `keep` | a duration such as 5s | `5s` | How long. |');
  const page = await stagesMarkdown(fakes);
  for (const title of ['Sources', 'Codecs', 'Operators', 'Learners', 'Sinks'])
    expect(page).toContain(`\n## ${title}\n`);
  expect(page).toContain('### where (operator)');
});

test('every built-in stage can be shown, and its examples written', async () => {
  const stages = await allStages(builtIn);
  expect(stages.length).toBeGreaterThan(10);
  for (const each of stages) {
    expect(stageText(each)).toContain(each.definition.summary);
    for (const example of each.definition.examples) {
      expect(() => parse(exampleYaml(each, example))).not.toThrow();
      // Who reads it can run it: there is no function that is not shown.
      expect(exampleYaml(each, example)).not.toContain('./my-module.js');
      const named = [...exampleYaml(each, example).matchAll(/\.\/[\w-]+\.mjs#(\w+)/g)].map(([, name]) => name);
      for (const name of named) expect(example.module).toMatch(new RegExp(`^export (function|const) ${name}\\b`, 'm'));
    }
  }
});

test.each([
  ['where', 'passes the changes of an updating stream on'],
  ['tumbling', 'refuses an updating stream'],
  ['split', 'refuses an updating stream'],
  ['rank', 'gives an updating stream'],
  ['reduce', 'takes an updating stream, and gives what is right for its changes, if all of its aggregates can'],
  ['file', 'takes an updating stream: it keeps one row per key, if its `mode` is `upsert`; else it refuses one'],
  ['stdout', 'of an updating stream it writes the new rows'],
])('what %s does with an updating stream is told', async (name, words) => {
  const stages = (await allStages(builtIn)).filter((each) => each.name === name && each.kind !== 'source');
  expect(stages.map((each) => [stageText(each).includes(words), stageMarkdown(each).includes(words)])).toEqual([
    [true, true],
  ]);
});

test('every operator and sink says what it does with an updating stream', async () => {
  for (const each of await allStages(builtIn)) {
    const told = traitsOf(each.definition).filter((trait) => trait.includes('updating stream'));
    expect(told.length > 0, each.name).toBe(each.kind === 'operator' || each.kind === 'sink');
  }
});
