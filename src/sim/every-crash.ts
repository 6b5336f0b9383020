import type { Fault, FaultKind } from './fault.ts';
import { type SimResult, simulate } from './simulate.ts';
import { readSpec, writeSpec } from './spec.ts';

/** What strikes at each step unless something else is asked for: a process dies in two ways, a thread in one. */
export const CRASHES: readonly FaultKind[] = ['kill', 'power', 'host-exit'];

/** Which faults at which steps {@link everyCrash} tries. */
export interface Sweep {
  seed: string;
  /** The runs that are made for step 1, 2, 3, …, each with its faults; by default one for each of {@link CRASHES}. */
  runsAt?: (step: number) => readonly (readonly Fault[])[];
}

const eachCrash = (step: number) => CRASHES.map((kind) => [{ kind, step }]);

/** A run of a sweep, and the text that names it. */
export interface SweptRun {
  spec: string;
  result: SimResult;
}

/**
 * Runs a scenario once without faults, and then as often as it has steps with a fault behind the first of them, behind the
 * second, and so on. Each run goes to its end.
 */
export async function* everyCrash({ seed, runsAt = eachCrash }: Sweep): AsyncGenerator<SweptRun> {
  const clean = writeSpec(seed, []);
  const result = await simulate(readSpec(clean));
  yield { spec: clean, result };
  for (let step = 1; step <= result.steps; step++) {
    for (const faults of runsAt(step)) {
      const spec = writeSpec(seed, faults);
      yield { spec, result: await simulate(readSpec(spec)) };
    }
  }
}
