import { nearest } from '../expr/nearest.ts';
import type { Draft } from './draft.ts';
import type { Path } from './places.ts';
import type { Prepared } from './prepare.ts';
import type { Reading } from './read-draft.ts';
import { tellFault } from './tell-fault.ts';
import { readLakeRow } from './test-lake.ts';
import { entriesOf } from './tests.ts';

/** Checks a test's `lake`: its rows, and that some lookup reads each of its tables. */
export function checkLakeOfTest(
  test: Record<string, unknown>,
  path: Path,
  draft: Draft,
  prepared: Prepared,
  reading: Reading,
): void {
  const { document, issues } = reading;
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
      tellFault(row, [...at, i], reading);
    }
  }
}
