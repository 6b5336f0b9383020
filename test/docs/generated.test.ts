import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SinkDefinition } from '../../src/stage/definition.ts';
import { builtIn } from '../../src/topology/registry.ts';
import { allStages } from '../../src/topology/stage-docs.ts';
import { stagesMarkdown } from '../../src/topology/stage-markdown.ts';
import { deliveries, withSections } from './generated.ts';
import { PAGES, root, textOf } from './pages.ts';

// Each of these is made anew by `npx vitest run test/docs/generated -u`.

test('docs/stages.md is what the definitions say', async () => {
  await expect(await stagesMarkdown(builtIn)).toMatchFileSnapshot(join(root, 'docs/stages.md'));
});

const pages = PAGES.filter((page) => textOf(page).includes('<!-- generated: '));

test.each(pages)('the generated parts of %s are what the code says', async (page) => {
  await expect(await withSections(textOf(page))).toMatchFileSnapshot(join(root, page));
});

const sinks = (await allStages(builtIn)).filter(({ kind }) => kind === 'sink');

test.each(sinks.map(({ name, definition }) => [name, definition as SinkDefinition] as const))(
  'the delivery of %s is proved by a test that is there',
  (_, sink) => {
    expect(existsSync(join(root, sink.proof)), sink.proof).toBe(true);
    expect(deliveries(sink).length).toBeGreaterThan(0);
  },
);

test('CHANGELOG.md names every stage that there is', () => {
  const missing = builtIn.list().filter(({ name }) => !textOf('CHANGELOG.md').includes(`\`${name}\``));
  expect(missing.map(({ kind, name }) => `${kind} ${name}`)).toEqual([]);
});

test('a section that nobody makes, or that does not end, is a fault', async () => {
  await expect(withSections('<!-- generated: nothing -->\n<!-- end -->')).rejects.toThrow('nothing');
  await expect(withSections('<!-- generated: time -->\n')).rejects.toThrow('ends with');
});
