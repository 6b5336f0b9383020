import { expect, test } from 'vitest';
import stdout from '../../../actors/sinks/stdout.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { SinkRig } from '../support/sink-rig.ts';

const rigOf = (options = {}) => new SinkRig({ definition: stdout, options }, new MemoryDisk());

test.each(stdout.examples.map((example) => [example.title, example] as const))('%s', async (_, example) => {
  const rig = rigOf(example.options);
  for (const row of example.given ?? []) rig.push({ row });
  await rig.writer.prepare?.(1);
  expect(rig.shown.join('')).toBe(example.expectText);
});

test('values that could be taken for something else are quoted', async () => {
  const rig = rigOf({ format: 'text' });
  rig.push({ row: { a: '', b: 'x=y', c: null, d: [1], e: 5n, f: undefined } });
  await rig.writer.prepare?.(1);
  expect(rig.shown).toEqual(['a="" b="x=y" c=null d=[1] e=5 f=null\n']);
});

test('lines are shown together: soon, when there are many, and at the end', () => {
  const rig = rigOf();
  rig.push({ row: { id: 1 } }).push({ row: { id: 2 } });
  expect(rig.shown).toEqual([]);
  rig.time.advance(50);
  expect(rig.shown).toEqual(['{"id":1}\n{"id":2}\n']);
  for (let id = 0; id < 2000; id++) rig.push({ row: { id } });
  expect(rig.shown.length).toBe(2);
  rig.writer.close?.();
  expect(rig.shown.join('').split('\n').length).toBe(2003);
});

test.each([{}, { format: 'text' }, { template: '${text}' }])('%j: control characters are escaped', async (options) => {
  const rig = rigOf(options);
  rig.push({ row: { text: 'a\u001b[2J\u009b2J\u007f\rb' } });
  await rig.writer.prepare?.(1);
  const shown = rig.shown.join('');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what may not be there
  expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(shown).toContain('\\u001b[2J\\u009b2J');
});
