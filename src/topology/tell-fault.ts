import type { Path } from './places.ts';
import type { Reading } from './read-draft.ts';
import type { StepFault } from './test-steps.ts';

/** Tells what is wrong with the step or row of a test at `path`, at the key that it is wrong at, if any. */
export function tellFault(fault: StepFault, path: Path, { document, issues }: Reading): void {
  const { message, key, expected, didYouMean } = fault;
  const place = key === undefined ? document.places.value(path) : document.places.key([...path, key]);
  issues.error('WEIR_TEST', place, message, { expected: didYouMean ? undefined : expected, didYouMean });
}
