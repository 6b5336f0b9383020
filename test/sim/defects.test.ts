import { expect, test } from 'vitest';
import { simulate } from '../../src/sim/simulate.ts';
import { readSpec } from '../../src/sim/spec.ts';
import { defects } from './planted.ts';

/** Within how many random runs each must be found. */
const RUNS = 40;

test.each(Object.keys(defects))('%s: found', async (name) => {
  for (let run = 1; run <= RUNS; run++) {
    const planted = defects[name]?.() ?? {};
    const { failure, struck } = await simulate({ ...readSpec(`defect-${run}`), planted });
    if (failure === undefined) continue;
    const faults = struck.map(({ kind, step }) => `${kind}:${step}`).join(',') || 'no fault';
    console.log(`${name}: found by run ${run} (${faults}): ${failure.what}`);
    return;
  }
  expect.fail(`not found in ${RUNS} runs`);
});
