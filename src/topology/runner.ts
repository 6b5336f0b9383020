import { WeirError } from '../base/errors.ts';
import type { Topology } from './builder.ts';
import type { Running, RunOptions } from './running.ts';

export type Runner = (topology: Topology, options: RunOptions) => Promise<Running>;

let runner: Runner | undefined;

/**
 * Says how topologies are run. The engine's layer calls it when it is loaded, since this layer cannot know of it.
 */
export function attachRunner(run: Runner): void {
  runner = run;
}

let inHost = false;

/** From now on nothing can be run in this thread: it is a host, which imports a topology's module for its functions alone. */
export function refuseRuns(): void {
  inHost = true;
}

/** The attached runner. Throws `WEIR_NO_ENGINE` when there is none, `WEIR_IN_HOST` in a host. */
export function attachedRunner(): Runner {
  if (inHost)
    throw new WeirError('WEIR_IN_HOST', 'a topology that a host imports for its functions does not run there');
  if (runner) return runner;
  throw new WeirError(
    'WEIR_NO_ENGINE',
    `nothing here can run a topology: import { topology } from 'weir', or weir run`,
  );
}
