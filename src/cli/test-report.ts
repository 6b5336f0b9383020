import { stringify } from 'yaml';
import { equal, fieldsOf } from '../sim/trial/compare.ts';
import type { TrialFailure, TrialResult, Variant } from '../sim/trial/trial.ts';
import { formatIssue } from '../topology/issue.ts';

type Values = Readonly<Record<string, unknown>>;
type RecordsFailure = Extract<TrialFailure, { kind: 'records' }>;

/** How many records of a difference are shown. */
const SHOWN = 20;

const WHERE: Record<Variant, string> = {
  plain: '',
  subtasks: ' with two subtasks, though not with one',
  crash: ' after a crash and a restore, though not without',
};

/** The lines that tell how a test failed: the place of the expectation, then what differs. */
export function failureLines({ test }: TrialResult, failure: TrialFailure): string[] {
  if (failure.kind === 'faults') return failure.issues.map(formatIssue);
  const { file, line, column } = failure.place;
  const at = `${file}:${line}:${column}  ${test.name}`;
  if (failure.kind === 'failed') return [`${at}: failed${WHERE[failure.variant]}: ${failure.message}`];
  const { missing, unexpected } = failure.difference;
  const instead = missing.filter((one) => one.instead !== undefined).length;
  const counts = [
    instead > 0 && `${instead} ${instead === 1 ? 'record differs' : 'records differ'}`,
    missing.length > instead && `${missing.length - instead} missing`,
    unexpected.length > 0 && `${unexpected.length} not expected`,
  ].filter(Boolean);
  return [
    `${at}: ${failure.name} gave other records${WHERE[failure.variant]}: ${counts.join(', ')}`,
    ...differenceLines(failure, test.partial || failure.name === 'deadLetters'),
  ];
}

/** `-` what was expected, `+` what came; under a pair the fields that differ. */
function differenceLines({ expected, actual, difference }: RecordsFailure, partial: boolean): string[] {
  const lines: string[] = [];
  for (const { expected: i, instead } of difference.missing) {
    const right = expected[i] as Values;
    lines.push(`    - ${inline(right)}`);
    if (instead === undefined) continue;
    const came = actual[instead] as Values;
    lines.push(`    + ${inline(shownOf(came, right))}`);
    const wrong = fieldsOf(right, came, partial).filter((name) => !equal(right[name], came[name], partial));
    for (const name of wrong) {
      lines.push(`      ${name}: ${inline(right[name] ?? null)} was expected, ${inline(came[name] ?? null)} came`);
    }
  }
  for (const i of difference.unexpected) lines.push(`    + ${inline(shownOf(actual[i] as Values, {}))}`);
  const more = lines.length - SHOWN * 3;
  return more > 0 ? [...lines.slice(0, SHOWN * 3), `    … and ${more} lines more`] : lines;
}

/** What came, without the time and key that nobody asked for. */
function shownOf(came: Values, expected: Values): Values {
  return Object.fromEntries(Object.entries(came).filter(([name]) => !name.startsWith('$') || name in expected));
}

function inline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', flowCollectionPadding: true, lineWidth: 0 }).trim();
}

/** A failure as plain data, for `--json`. */
export function failureJson(failure: TrialFailure): unknown {
  if (failure.kind !== 'records') return failure;
  const { difference, expected, actual, ...rest } = failure;
  return {
    ...rest,
    missing: difference.missing.map(({ expected: i, instead }) => ({
      expected: expected[i],
      ...(instead === undefined ? {} : { instead: shownOf(actual[instead] as Values, expected[i] as Values) }),
    })),
    unexpected: difference.unexpected.map((i) => shownOf(actual[i] as Values, {})),
  };
}
