import { expect } from 'vitest';
import { FAULTS, type FaultKind } from '../../src/sim/fault.ts';
import type { Scenario } from '../../src/sim/scenario.ts';
import { simulate } from '../../src/sim/simulate.ts';

/** All but jumps of the clock, by which what is checked here does not go. */
const KINDS = FAULTS.filter((kind) => kind !== 'clock');

/** Runs a scenario once undisturbed, then with one fault at every so many steps, of each kind in turn. Gives how many faults struck. */
export async function sweep(seed: string, scenario: Scenario, every: number): Promise<number> {
  const clean = await simulate({ seed, scenario, faults: [] });
  expect(clean.failure).toBeUndefined();
  expect(clean.checkpoints).toBeGreaterThan(1);
  let struck = 0;
  for (let step = 1; step <= clean.steps; step += every) {
    const kind = KINDS[step % KINDS.length] as FaultKind;
    const result = await simulate({ seed, scenario, faults: [{ kind, step }] });
    expect(result.failure, `${kind} at step ${step}`).toBeUndefined();
    struck += result.struck.length;
  }
  console.log(`${clean.steps} steps, ${clean.checkpoints} checkpoints, ${struck} faults`);
  return struck;
}

/** Runs a drawn world with three faults, of kinds that change from one to the next. */
export async function struckThrice(seed: string, scenario: Scenario, nth: number): Promise<void> {
  const faults = [200, 900, 2000].map((step, n) => ({ kind: KINDS[(nth + n) % KINDS.length] as FaultKind, step }));
  const result = await simulate({ seed, scenario, faults });
  expect(result.failure, seed).toBeUndefined();
}
