import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type { AnyDefinition } from '../../src/stage/definition.ts';
import { runBattery } from '../../src/testkit/index.ts';
import { root } from './pages.ts';

// Those of examples/stages have their tests on the page that shows them.
const files = readdirSync(join(root, 'examples/shop/stages')).map((name) => `shop/stages/${name}`);

test.each(files)('the stage examples/%s keeps the contract', async (path) => {
  const module = (await import(pathToFileURL(join(root, 'examples', path)).href)) as { default: AnyDefinition };
  const definition = module.default;
  const outcomes = await runBattery(definition.kind, basename(path, '.mjs'), definition);
  const broken = outcomes.filter(({ result }) => result === 'broken');
  expect(broken.map(({ check, error }) => `${check}: ${String(error)}`)).toEqual([]);
});
