import { isMap, type Path } from './places.ts';
import { type LakeTestRow, readLakeRow } from './test-lake.ts';
import { readStep, type StepFault, type TestStep, timeOf } from './test-steps.ts';

/** The name under which a test expects dead letters. */
export const DEAD_LETTERS_NAME = 'deadLetters';

/** One test of a topology, read from its document. */
export interface TopologyTest {
  name: string;
  /** Where it is written: `['tests', 0]`. */
  path: Path;
  params: Readonly<Record<string, unknown>>;
  /** What the clock shows at the beginning, ms since the epoch. */
  clockMs: number;
  /** Streams end behind their last step; else the run is stopped. */
  end: boolean;
  ordered: boolean;
  partial: boolean;
  /** By stream, in the order in which they are written. */
  given: ReadonlyMap<string, readonly TestStep[]>;
  /** Rows of the lake by table. */
  lake: ReadonlyMap<string, readonly LakeTestRow[]>;
  /** Records by stream, side output, or {@link DEAD_LETTERS_NAME}. */
  expect: ReadonlyMap<string, readonly Record<string, unknown>[]>;
}

/** The tests of a document that was checked; what is not of their form is left out. */
export function testsOf(document: { readonly value: unknown }): TopologyTest[] {
  const { value } = document;
  const tests = isMap(value) && Array.isArray(value.tests) ? value.tests : [];
  return tests.flatMap((test: unknown, i) => (isMap(test) ? [readTest(test, ['tests', i])] : []));
}

function readTest(test: Record<string, unknown>, path: Path): TopologyTest {
  const clockMs = timeOf(test.clock ?? 0) ?? 0;
  return {
    name: String(test.name),
    path,
    params: isMap(test.params) ? test.params : {},
    clockMs,
    end: test.end !== false,
    ordered: test.ordered === true,
    partial: test.partial === true,
    given: new Map(
      entriesOf(test.given).map(([name, list]) => [
        name,
        list.map((step) => readStep(step, clockMs)).filter((step): step is TestStep => !isFault(step)),
      ]),
    ),
    lake: new Map(
      entriesOf(test.lake).map(([name, list]) => [
        name,
        list.map((row) => readLakeRow(row, clockMs)).filter((row): row is LakeTestRow => 'row' in row),
      ]),
    ),
    expect: new Map(entriesOf(test.expect).map(([name, list]) => [name, list.filter(isMap).map(timed)])),
  };

  function timed(record: Record<string, unknown>): Record<string, unknown> {
    return '$time' in record ? { ...record, $time: timeOf(record.$time, clockMs) ?? record.$time } : record;
  }
}

/** Lists by name; a single record may stand for the list of it. */
export function entriesOf(written: unknown): [string, unknown[]][] {
  const entries = Object.entries(isMap(written) ? written : {});
  return entries.map(([name, list]) => [name, Array.isArray(list) ? list : list === null ? [] : [list]]);
}

export function isFault(step: TestStep | StepFault): step is StepFault {
  return 'message' in step;
}
