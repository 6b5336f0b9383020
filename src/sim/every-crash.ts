import type { FaultKind } from './fault.ts';
import { type SimResult, simulate } from './simulate.ts';
import { readSpec, writeSpec } from './spec.ts';

/** What strikes at each step unless something else is asked for: a process dies in two ways, a thread in one. */
export const CRASHES: readonly FaultKind[] = ['kill', 'power', 'host-exit'];

/** Which faults at which steps {@link everyCrash} tries. */
export interface Sweep {
  seed: string;
  /** The faults of step 1, 2, 3, …; all {@link CRASHES} by default. */
  kindsAt?: (step: number, steps: number) => readonly FaultKind[];
}

/** A run of a sweep, and the text that names it. */
export interface SweptRun {
  spec: string;
  result: SimResult;
}

/**
 * Runs a scenario once without faults, and then as often as it has steps with a fault behind the first of them, behind the
 * second, and so on. Each run goes to its end.
 */
export async function* everyCrash({ seed, kindsAt = () => CRASHES }: Sweep): AsyncGenerator<SweptRun> {
  const clean = writeSpec(seed, []);
  const result = await simulate(readSpec(clean));
  yield { spec: clean, result };
  for (let step = 1; step <= result.steps; step++) {
    for (const kind of kindsAt(step, result.steps)) {
      const spec = writeSpec(seed, [{ kind, step }]);
      yield { spec, result: await simulate(readSpec(spec)) };
    }
  }
}
