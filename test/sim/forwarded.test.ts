import { expect } from 'vitest';
import { drawScenario, type Scenario, smallScenario } from '../../src/sim/scenario.ts';
import { THOROUGH, testInTurn, tries } from '../support/thorough.ts';
import { struckThrice, sweep } from './sweep.ts';

const forwarded = (seed: string): Scenario => {
  const small = smallScenario(seed);
  const input = { ...small.input, count: 60, fatEvery: 0 };
  return { ...small, input, branches: ['forwarded'], pauseMs: 1, checkpointMs: 10 };
};

testInTurn('what waits in buffers all arrives, wherever it crashes', async () => {
  const struck = await sweep('forwarded', forwarded('small'), THOROUGH ? 7 : 97);
  expect(struck).toBeGreaterThan(THOROUGH ? 60 : 4);
});

testInTurn('so it does in drawn worlds, where the number of subtasks may change, with several faults', async () => {
  for (let i = 0; i < tries(40); i++) {
    const seed = `forwarded-${i}`;
    const drawn = drawScenario(seed);
    const input = { ...drawn.input, lateEvery: 0, fatEvery: 0, count: Math.min(drawn.input.count, 100) };
    const scenario: Scenario = { ...drawn, input, branches: ['forwarded'], idleMs: 0, rescales: i % 2 === 0 };
    await struckThrice(seed, scenario, i);
  }
});
