import type { PatternPlan } from './plan.ts';
import type { Run, Taken } from './runs.ts';

export const SKIPS = ['no-skip', 'to-next', 'past-last', 'to-first', 'to-last'] as const;
export type Skip = (typeof SKIPS)[number];

/** Where the next match may begin behind a match: the number of the first record that it may begin with. */
export function beginsAfter(plan: PatternPlan, run: Run, skip: Skip, to: string | undefined): number {
  if (skip === 'no-skip') return 0;
  if (skip === 'to-next') return run.start.index + 1;
  if (skip === 'past-last') return run.last.index + 1;
  let found = 0;
  for (let taken: Taken | undefined = run.last; taken !== undefined; taken = taken.before) {
    if (plan.steps[taken.step]?.name !== to) continue;
    if (skip === 'to-last') return taken.index;
    found = taken.index;
  }
  return found;
}
