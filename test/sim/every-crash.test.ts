import { expect } from 'vitest';
import { everyCrash, type Sweep } from '../../src/sim/every-crash.ts';
import { failureLine, Tally } from '../../src/sim/tally.ts';
import { testInTurn } from '../support/thorough.ts';
import { isStruck } from './struck.ts';

async function sweep({ seed, runsAt }: Required<Sweep>): Promise<void> {
  const tally = new Tally();
  const failed: string[] = [];
  for await (const { spec, result } of everyCrash({ seed, runsAt: (step) => (isStruck(step) ? runsAt(step) : []) })) {
    tally.add(result);
    if (result.failure !== undefined) failed.push(failureLine(spec, result));
  }
  console.log(`${tally}`);
  expect(failed).toEqual([]);
}

// `weir sim --every-crash` tries all at each step; here that would take too long.
testInTurn('a process that is killed, or loses power, at any step gives the same results', () =>
  sweep({ seed: 'small', runsAt: (step) => [[{ kind: step % 2 === 0 ? 'kill' : 'power', step }]] }),
);

testInTurn('a process that dies again while it mends what the first death left gives the same results', () =>
  sweep({
    seed: 'small-2',
    runsAt: (step) => {
      const kind = step % 8 === 0 ? 'kill' : 'power';
      const again = { kind, step: step + 15 + (step % 40) } as const;
      return step % 4 === 0 ? [[{ kind, step }, again]] : [];
    },
  }),
);

testInTurn('a host that ends at any third step changes no result', () =>
  sweep({ seed: 'small-1', runsAt: (step) => (step % 3 === 0 ? [[{ kind: 'host-exit', step }]] : []) }),
);

testInTurn('a state that lies in the deltas of several checkpoints comes back as it was', () =>
  sweep({ seed: 'many', runsAt: (step) => (step % 50 === 0 ? [[{ kind: 'kill', step }]] : []) }),
);
