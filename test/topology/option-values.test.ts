import { expect, test } from 'vitest';
import { field } from '../../src/stage/field.ts';
import { fieldAt, optionFields, optionPath, readOptions } from '../../src/topology/option-values.ts';
import { fakes } from './support.ts';

const fields = {
  by: field.key('The key.'),
  n: field.count('How many.', { default: 1 }),
};

test('a map is the options by name', () => {
  expect(readOptions(fields, 'by', { n: 2 }, ['x'])).toEqual({ values: { n: 2 }, path: ['x'] });
  expect(readOptions(fields, 'by', {}, ['x'])).toEqual({ values: {}, path: ['x'] });
  expect(readOptions(fields, undefined, undefined, ['x'])?.values).toEqual({});
});

test('what is no map is the main option', () => {
  expect(readOptions(fields, 'by', 'a.b', ['x'])).toEqual({ values: { by: 'a.b' }, path: ['x'], main: 'by' });
  expect(readOptions(fields, 'by', ['a', 'b'], [])?.values).toEqual({ by: ['a', 'b'] });
  expect(readOptions(fields, undefined, 'a', [])).toBeUndefined();
});

test('a map without the name of an option is the main option, if that takes maps', () => {
  expect(readOptions(fields, 'by', { day: 't / 86400' }, [])?.values).toEqual({ by: { day: 't / 86400' } });
  expect(readOptions(fields, 'n', { m: 2 }, [])?.values).toEqual({ m: 2 });
  expect(readOptions(fields, 'by', { n: 2, m: 3 }, [])?.values).toEqual({ n: 2, m: 3 });
});

test('the parts of a main option are written where the options are', () => {
  expect(optionPath({ path: ['do', 0, 'key'], main: 'by' }, ['by', 'day'])).toEqual(['do', 0, 'key', 'day']);
  expect(optionPath({ path: ['do', 0, 'key'] }, ['by', 'day'])).toEqual(['do', 0, 'key', 'by', 'day']);
});

test('a stage of bytes takes a codec', async () => {
  const lines = await fakes.load('source', 'lines');
  const out = await fakes.load('sink', 'out');
  const ticks = await fakes.load('source', 'ticks');
  expect(optionFields(lines).codec).toMatchObject({ kind: 'codec', required: true });
  expect(optionFields(out).codec).toMatchObject({ kind: 'codec', default: 'ndjson' });
  expect(optionFields(ticks).codec).toBeUndefined();
});

test('the field of a part of a value is found through lists, maps and groups', () => {
  const deep = {
    list: field.list('L.', field.group('G.', { a: field.flag('A.') })),
    map: field.map('M.', field.expression('E.')),
  };
  expect(fieldAt(deep, ['list', 3, 'a'])?.kind).toBe('flag');
  expect(fieldAt(deep, ['map', 'any'])?.kind).toBe('expression');
  expect(fieldAt(fields, ['by', 0])?.kind).toBe('expression');
  expect(fieldAt(deep, ['list', 3, 'b'])).toBeUndefined();
  expect(fieldAt(deep, ['toString'])).toBeUndefined();
});
