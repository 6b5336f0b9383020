import { expect, test } from 'vitest';
import { simulate } from '../../src/sim/simulate.ts';
import { readSpec } from '../../src/sim/spec.ts';
import { thorough } from '../support/thorough.ts';
import { defects } from './planted.ts';

/** Runs in which each must be found: random ones first, then crashes at one step after the other. */
function* specs(): Generator<string> {
  for (let i = 1; i <= 20; i++) yield `defect-${i}`;
  for (let step = 100; step <= 420; step += 3) yield `small@power:${step}`;
  for (let step = 900; step <= 1500; step += 100) yield `many@kill:${step}`;
}

/** What only a rare state of affairs brings to light takes runs without number: that is for `.ci/run`. */
const RARE = ['a checkpoint does not say what was deleted', 'parts of a checkpoint are not synced'];
const isRareSought = thorough(RARE.join(', '));
const sought = Object.keys(defects).filter((name) => isRareSought || !RARE.includes(name));

test.each(sought)('%s: found', async (name) => {
  let run = 0;
  for (const spec of specs()) {
    run++;
    const { failure } = await simulate({ ...readSpec(spec), planted: defects[name]?.() ?? {} });
    if (failure === undefined) continue;
    console.log(`${name}: found in run ${run}, ${spec}: ${failure.what}`);
    return;
  }
  expect.fail(`not found in ${run} runs`);
});
