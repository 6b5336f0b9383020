import { afterAll, expect, test } from 'vitest';
import { notMadeText, testStage } from '../../src/testkit/index.ts';
import { builtIn } from '../../src/topology/registry.ts';
import { allStages } from '../../src/topology/stage-docs.ts';

const learners = (await allStages(builtIn)).filter(({ folder }) => folder === 'learners');

for (const { kind, name, definition } of learners) testStage(kind, name, definition, { strict: true });

test('every learner is an operator to the engine', () => {
  for (const { kind } of learners) expect(kind).toBe('operator');
});

afterAll(() => {
  process.stdout.write(`\nChecks of learners that were not made:\n${notMadeText()}\n`);
});
