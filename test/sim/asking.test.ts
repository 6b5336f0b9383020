import { expect } from 'vitest';
import type { FaultKind } from '../../src/sim/fault.ts';
import { type Scenario, smallScenario } from '../../src/sim/scenario.ts';
import { simulate } from '../../src/sim/simulate.ts';
import { testInTurn } from '../support/thorough.ts';

const asking = (seed: string): Scenario => {
  const small = smallScenario(seed);
  // Records come out of order, so that most batches have no watermark behind them, and checkpoints find records that wait.
  const input = { ...small.input, count: 60, outOfOrderMs: 2000, fatEvery: 0 };
  return { ...small, input, branches: ['asked', 'copy'], pauseMs: 1, checkpointMs: 2 };
};
const KINDS: FaultKind[] = ['kill', 'power', 'host-exit'];

testInTurn('records that wait for answers are neither lost nor doubled nor late, wherever it crashes', async () => {
  const scenario = asking('small');
  const clean = await simulate({ seed: 'asking', scenario, faults: [] });
  expect(clean.failure).toBeUndefined();
  expect(clean.checkpoints).toBeGreaterThan(1);
  let struck = 0;
  for (let step = 1; step <= clean.steps; step += 13) {
    const kind = KINDS[step % 3] as FaultKind;
    const result = await simulate({ seed: 'asking', scenario, faults: [{ kind, step }] });
    expect(result.failure, `${kind} at step ${step}`).toBeUndefined();
    struck += result.struck.length;
  }
  console.log(`${clean.steps} steps, ${clean.checkpoints} checkpoints, ${struck} crashes`);
  expect(struck).toBeGreaterThan(20);
});
