import { nearest } from '../expr/nearest.ts';
import type { Draft } from './draft.ts';
import type { Path } from './places.ts';
import type { Prepared } from './prepare.ts';
import type { Reading } from './read-draft.ts';
import { readLakeRow } from './test-lake.ts';
import { entriesOf } from './tests.ts';

/** Checks a test's `lake`: its rows, and that some lookup reads each of its tables. */
export function checkLakeOfTest(
  test: Record<string, unknown>,
  path: Path,
  draft: Draft,
  prepared: Prepared,
  { document, issues }: Reading,
): void {
  const { places } = document;
  const lookups = draft.streams.flatMap(({ steps }) => steps.filter(({ stage }) => stage === 'lookup'));
  const read = lookups
    .map((step) => prepared.get(step)?.options.values.lake)
    .filter((name) => typeof name === 'string');
  const sure = !read.some((name) => name.includes('${'));
  for (const [table, list] of entriesOf(test.lake)) {
    const at = [...path, 'lake', table];
    if (sure && !read.includes(table)) {
      const didYouMean = nearest(table, read);
      issues.error('WEIR_TEST', places.key(at), `no lookup reads a table ${table} of the lake`, { didYouMean });
    }
    for (const [i, written] of list.entries()) {
      const row = readLakeRow(written, 0);
      if (!('message' in row)) continue;
      const { message, key, expected, didYouMean } = row;
      const place = key === undefined ? places.value([...at, i]) : places.key([...at, i, key]);
      issues.error('WEIR_TEST', place, message, { expected: didYouMean ? undefined : expected, didYouMean });
    }
  }
}
