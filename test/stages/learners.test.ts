import { afterAll, expect, test } from 'vitest';
import { notMadeText, testStage } from '../../src/testkit/index.ts';
import { builtIn } from '../../src/topology/registry.ts';
import { allStages } from '../../src/topology/stage-docs.ts';
import { leave, THOROUGH } from '../support/thorough.ts';

const learners = (await allStages(builtIn)).filter(({ folder }) => folder === 'learners');

/** All in `.ci/run`; else one of each shell that they are made by, since most of what is checked is the shell. */
const SHELLS = [
  'rls',
  'memory-mix',
  'class-mix',
  'robust-mahalanobis',
  'standard-scaler',
  'adwin',
  'forecast-mix',
].concat(['kalman-tracker', 'kalman-factorization', 'linucb', 'residual-anomaly']);
const checked = learners.filter(({ name }) => THOROUGH || SHELLS.includes(name));

for (const { kind, name, definition } of checked) testStage(kind, name, definition, { strict: true, quick: !THOROUGH });

test('there is one of each shell', () => {
  expect(checked.length).toBeGreaterThanOrEqual(SHELLS.length);
});

test('every learner is an operator to the engine', () => {
  for (const { kind } of learners) expect(kind).toBe('operator');
});

afterAll(() => {
  // The shells that make them are checked.
  leave(learners.filter((learner) => !checked.includes(learner)).map(({ name }) => name));
  process.stdout.write(`\nChecks of learners that were not made:\n${notMadeText()}\n`);
});
