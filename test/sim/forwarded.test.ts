import { expect, test } from 'vitest';
import type { FaultKind } from '../../src/sim/fault.ts';
import { drawScenario, type Scenario, smallScenario } from '../../src/sim/scenario.ts';
import { simulate } from '../../src/sim/simulate.ts';
import { THOROUGH, tries } from '../support/thorough.ts';

const forwarded = (seed: string): Scenario => {
  const small = smallScenario(seed);
  const input = { ...small.input, count: 60, fatEvery: 0 };
  return { ...small, input, branches: ['forwarded'], pauseMs: 1, checkpointMs: 10 };
};
const KINDS: FaultKind[] = [
  'kill',
  'power',
  'host-exit',
  'host-error',
  'host-hang',
  'stall',
  'disk',
  'stop',
  'checkpoint',
];

test('what waits in buffers all arrives, wherever it crashes', async () => {
  const scenario = forwarded('small');
  const clean = await simulate({ seed: 'forwarded', scenario, faults: [] });
  expect(clean.failure).toBeUndefined();
  expect(clean.checkpoints).toBeGreaterThan(1);
  let struck = 0;
  for (let step = 1; step <= clean.steps; step += THOROUGH ? 7 : 97) {
    const kind = KINDS[step % KINDS.length] as FaultKind;
    const result = await simulate({ seed: 'forwarded', scenario, faults: [{ kind, step }] });
    expect(result.failure, `${kind} at step ${step}`).toBeUndefined();
    struck += result.struck.length;
  }
  console.log(`${clean.steps} steps, ${clean.checkpoints} checkpoints, ${struck} faults`);
  expect(struck).toBeGreaterThan(THOROUGH ? 60 : 4);
});

test('so it does in drawn worlds, where the number of subtasks may change, with several faults', async () => {
  for (let i = 0; i < tries(40); i++) {
    const seed = `forwarded-${i}`;
    const drawn = drawScenario(seed);
    const input = { ...drawn.input, lateEvery: 0, fatEvery: 0, count: Math.min(drawn.input.count, 100) };
    const scenario: Scenario = { ...drawn, input, branches: ['forwarded'], idleMs: 0, rescales: i % 2 === 0 };
    const faults = [200, 900, 2000].map((step, n) => ({ kind: KINDS[(i + n) % KINDS.length] as FaultKind, step }));
    const result = await simulate({ seed, scenario, faults });
    expect(result.failure, seed).toBeUndefined();
  }
});
