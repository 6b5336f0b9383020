import type { Row } from '#stage';
import type { PatternPlan } from './plan.ts';
import type { Taken } from './runs.ts';

/**
 * What has been matched as fields, one a step: the record of a step that takes one at most, or null; of others the list of
 * their records.
 */
export function viewOf({ steps }: PatternPlan, last: Taken | undefined): Row {
  const view: Row = {};
  for (const { name, not, max } of steps) if (!not) view[name] = max > 1 ? [] : null;
  const taken: Taken[] = [];
  for (let one = last; one !== undefined; one = one.before) taken.push(one);
  for (let i = taken.length - 1; i >= 0; i--) {
    const { row, step } = taken[i] as Taken;
    const { name, max } = steps[step] as PatternPlan['steps'][number];
    if (max > 1) (view[name] as Row[]).push(row);
    else view[name] = row;
  }
  return view;
}
