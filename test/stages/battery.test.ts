import { existsSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import type { SinkDefinition } from '../../src/stage/index.ts';
import { notMadeText, testStage } from '../../src/testkit/index.ts';
import { builtIn } from '../../src/topology/registry.ts';
import { allStages } from '../../src/topology/stage-docs.ts';
import { some, THOROUGH } from '../support/thorough.ts';

// Being found is being checked: there is no list of stages, and no code for any of them. Learners have a file of their own, so
// that the two run side by side.
const all = await allStages(builtIn);
const stages = all.filter(({ folder }) => folder !== 'learners');

// Every second operator where somebody waits: their checks take the longest.
const operators = stages.filter(({ kind }) => kind === 'operator').map(({ name }) => name);
const tested = new Set(some(operators));
for (const { kind, name, definition } of stages) {
  if (kind !== 'operator' || tested.has(name)) testStage(kind, name, definition, { strict: true, quick: !THOROUGH });
}

test('the registry finds stages of every kind', () => {
  for (const kind of ['source', 'codec', 'operator', 'sink']) expect(stages.map((stage) => stage.kind)).toContain(kind);
  expect(stages.length).toBeGreaterThan(25);
});

test('the proof that a sink names is there', () => {
  const sinks = stages.filter(({ kind }) => kind === 'sink').map(({ definition }) => definition as SinkDefinition);
  for (const { proof } of sinks) expect(existsSync(new URL(`../../${proof}`, import.meta.url)), proof).toBe(true);
});

afterAll(() => {
  process.stdout.write(`\nChecks that were not made:\n${notMadeText()}\n`);
});
