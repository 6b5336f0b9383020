import { expect } from 'vitest';
import { drawScenario, type Scenario, smallScenario } from '../../src/sim/scenario.ts';
import { THOROUGH, testInTurn, tries } from '../support/thorough.ts';
import { struckThrice, sweep } from './sweep.ts';

const recalled = (seed: string): Scenario => {
  const small = smallScenario(seed);
  const input = { ...small.input, count: 60, outOfOrderMs: 2000, fatEvery: 0 };
  return { ...small, input, branches: ['recalled'], pauseMs: 1, checkpointMs: 2 };
};

testInTurn('lookups in a table that the same topology writes get their own answers, wherever it crashes', async () => {
  const struck = await sweep('recalled', recalled('small'), THOROUGH ? 23 : 69);
  expect(struck).toBeGreaterThan(THOROUGH ? 20 : 6);
});

testInTurn('so they do in drawn worlds of one to three hosts, with several faults', async () => {
  for (let i = 0; i < tries(12); i++) {
    const seed = `recalled-${i}`;
    const drawn = drawScenario(seed);
    const input = { ...drawn.input, lateEvery: 0, fatEvery: 0, count: Math.min(drawn.input.count, 100) };
    const scenario: Scenario = { ...drawn, input, branches: ['recalled'], idleMs: 0 };
    await struckThrice(seed, scenario, i);
  }
});
