import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { simulate } from '../../src/sim/simulate.ts';
import { readSpec } from '../../src/sim/spec.ts';
import { failureLine, Tally } from '../../src/sim/tally.ts';

/** Another one for each commit, so that every change is met by faults that no other has been met by. */
function varyingSeed(): string {
  if (process.env.WEIR_SIM_SEED) return process.env.WEIR_SIM_SEED;
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'no-commit';
  }
}

async function run(seeds: readonly string[]): Promise<void> {
  const tally = new Tally();
  const failed: string[] = [];
  for (const seed of seeds) {
    const result = await simulate(readSpec(seed));
    tally.add(result);
    if (result.failure !== undefined) failed.push(failureLine(seed, result));
  }
  console.log(`${tally}`);
  expect(failed).toEqual([]);
}

test('thirty random runs', () => run(Array.from({ length: 30 }, (_, i) => String(i))));

test('random runs of a seed that varies', async () => {
  const seed = varyingSeed();
  console.log(`seeds ${seed}-1 to ${seed}-10; WEIR_SIM_SEED=${seed} runs them again`);
  await run(Array.from({ length: 10 }, (_, i) => `${seed}-${i + 1}`));
});

test('a seed gives the same run again, step by step', async () => {
  for (const seed of ['3', '17', 'small@power:203']) {
    const [once, again] = [await simulate(readSpec(seed)), await simulate(readSpec(seed))];
    expect(again).toEqual(once);
  }
});
