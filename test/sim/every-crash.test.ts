import { expect, test } from 'vitest';
import { everyCrash, type Sweep } from '../../src/sim/every-crash.ts';
import { failureLine, Tally } from '../../src/sim/tally.ts';

async function sweep(what: Sweep): Promise<void> {
  const tally = new Tally();
  const failed: string[] = [];
  for await (const { spec, result } of everyCrash(what)) {
    tally.add(result);
    if (result.failure !== undefined) failed.push(failureLine(spec, result));
  }
  console.log(`${tally}`);
  expect(failed).toEqual([]);
}

// `weir sim --every-crash` tries all three at each step; here that would take too long.
test('a process that is killed, or loses power, at any step gives the same results', () =>
  sweep({ seed: 'small', kindsAt: (step) => [step % 2 === 0 ? 'kill' : 'power'] }));

test('a host that ends at any third step changes no result', () =>
  sweep({ seed: 'small-1', kindsAt: (step) => (step % 3 === 0 ? ['host-exit'] : []) }));
