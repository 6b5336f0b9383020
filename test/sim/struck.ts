import { THOROUGH } from '../support/thorough.ts';

/**
 * Steps at which a sweep of crashes strikes: all of them in `.ci/run`, else a sixth, which is another one from run to run. Six
 * neighbours go together, so that kinds of faults which take turns all come.
 */
export function isStruck(step: number): boolean {
  return THOROUGH || (Math.floor(step / 6) + process.pid) % 6 === 0;
}
