import { afterAll, expect, test } from 'vitest';
import { notMadeText, testStage } from '../../src/testkit/index.ts';
import { builtIn } from '../../src/topology/registry.ts';
import { allStages } from '../../src/topology/stage-docs.ts';

// Being found is being checked: there is no list of stages, and no code for any of them.
const stages = await allStages(builtIn);

for (const { kind, name, definition } of stages) testStage(kind, name, definition, { strict: true });

test('the registry finds stages of every kind', () => {
  for (const kind of ['source', 'codec', 'operator', 'sink']) expect(stages.map((stage) => stage.kind)).toContain(kind);
  expect(stages.length).toBeGreaterThan(25);
});

afterAll(() => {
  process.stdout.write(`\nChecks that were not made:\n${notMadeText()}\n`);
});
