import type { FieldTypes } from '#stage';
import { type StepOptions, timesOf } from './plan.ts';

type Steps = readonly Pick<StepOptions, 'name' | 'not' | 'times'>[];

/** The fields of the steps: a record of each that takes one at most, of others a list. */
export function viewTypes(steps: Steps): FieldTypes {
  const taken = steps.filter(({ not }) => !not);
  return Object.fromEntries(
    taken.map(({ name, times }) => [name, timesOf(times, name).max > 1 ? 'list' : { record: 'input' }]),
  );
}

/** The fields of a match beside those of the key. */
export function matchTypes(steps: Steps): FieldTypes {
  return { matchStart: 'time', matchEnd: 'time', ...viewTypes(steps) };
}
