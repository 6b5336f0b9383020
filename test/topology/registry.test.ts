import { expect, test } from 'vitest';
import { builtIn, listModules, Registry } from '../../src/topology/registry.ts';
import { base, fakes } from './support.ts';

test('stages are the files of the folders, by kind', () => {
  expect(fakes.list('codec').map((entry) => entry.name)).toEqual(['csv', 'ndjson']);
  expect(fakes.list('operator')).toContainEqual(
    expect.objectContaining({ kind: 'operator', name: 'mean', folder: 'learners' }),
  );
  expect(fakes.list().map((entry) => entry.kind)).toContain('source');
});

test('the built-in stages lie in actors/ beside src/', () => {
  expect(builtIn.list('operator').map((entry) => entry.name)).toContain('where');
});

test('a folder that is not there has no stages', () => {
  expect(new Registry(new URL('./nowhere/', import.meta.url)).list()).toEqual([]);
});

test('declarations and tests are no stages', () => {
  const names = listModules(new URL('./', import.meta.url).href).map((module) => module.name);
  expect(names).toContain('support');
  expect(names.filter((name) => name.includes('.'))).toEqual([]);
});

test('a definition is loaded once', async () => {
  const first = await fakes.load('operator', 'where');
  expect(first).toMatchObject({ kind: 'operator', main: 'if' });
  expect(await fakes.load('operator', 'where')).toBe(first);
});

test('an unknown name is a coded error with the name that was meant', async () => {
  await expect(fakes.load('operator', 'whree')).rejects.toMatchObject({
    code: 'WEIR_UNKNOWN_STAGE',
    data: { didYouMean: 'where' },
  });
});

test('a name of another kind says so', async () => {
  await expect(fakes.load('operator', 'ticks')).rejects.toThrow(
    "there is no operator named 'ticks'; 'ticks' is a source",
  );
});

test("a stage of the user's own is loaded by its path", async () => {
  expect(await fakes.load('operator', './own/double.js', base)).toMatchObject({ main: 'of' });
});

test('a module that is no stage is a coded error', async () => {
  await expect(fakes.load('operator', './own/empty.js', base)).rejects.toMatchObject({ code: 'WEIR_STAGE_MODULE' });
  await expect(fakes.load('operator', './own/none.js', base)).rejects.toMatchObject({ code: 'WEIR_STAGE_MODULE' });
  await expect(fakes.load('sink', './own/double.js', base)).rejects.toThrow('is an operator, not a sink');
});
