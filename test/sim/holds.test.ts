import { expect, test } from 'vitest';
import { smallScenario } from '../../src/sim/scenario.ts';
import { simulate } from '../../src/sim/simulate.ts';
import { readSpec } from '../../src/sim/spec.ts';

test('what a source holds is free again at a restart, whether its thread has died or lives on', async () => {
  const scenario = { ...smallScenario('holds'), hosts: 3 };
  for (const kind of ['disk', 'host-exit', 'host-error'] as const) {
    for (let step = 60; step < 260; step += 50) {
      const { failure } = await simulate({ seed: 'holds', scenario, faults: [{ kind, step }] });
      expect(failure?.what, `${kind}:${step}`).toBeUndefined();
    }
  }
});

test('a process that is killed while it starts its threads starts none', async () => {
  for (let step = 1; step < 16; step++) {
    const { failure } = await simulate({ ...readSpec(`small@kill:${step}`) });
    expect(failure?.what, `kill:${step}`).toBeUndefined();
  }
});
