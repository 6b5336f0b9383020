import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { WeirError } from '../base/errors.ts';
import { runTest, type TrialFailure, type TrialResult } from '../sim/trial/trial.ts';
import { checkTopology } from '../topology/check.ts';
import { formatIssue } from '../topology/issue.ts';
import { testsOf } from '../topology/tests.ts';
import { type ExpectationUpdate, updateExpectations } from '../topology/tests-update.ts';
import { loadDocument } from './load.ts';
import { failureJson, failureLines } from './test-report.ts';

/** Options of `weir test`. */
export interface TestCommandOptions {
  filter?: string;
  update?: boolean;
  plain?: boolean;
  json?: boolean;
}

/**
 * `weir test FILE`: runs the tests that a topology holds, in virtual time, and tells what differs. Gives the exit code: 0 all
 * went right, 1 a test failed, 2 the topology has faults.
 */
export async function testCommand(file: string, options: TestCommandOptions): Promise<number> {
  const { document, issues, text } = await loadDocument(file);
  // Parameters of sources and sinks need no value here: both are replaced.
  const checked = await checkTopology(document, { env: {}, missing: 'leave' }, issues);
  const faults = checked.issues.filter(({ severity }) => severity === 'error');
  if (faults.length > 0) {
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: false, issues: faults, tests: [] })}\n`);
    else for (const issue of faults) process.stdout.write(`${formatIssue(issue)}\n`);
    return 2;
  }
  if (options.update && text === undefined) {
    throw new WeirError('WEIR_USAGE', `${basename(file)} is a program: --update writes into YAML and JSON`);
  }
  const tests = testsOf(document).filter(({ name }) => name.includes(options.filter ?? ''));
  const results: TrialResult[] = [];
  for (const test of tests) {
    const result = await runTest(document, test, options.plain || options.update ? { variants: [] } : {});
    results.push(result);
    if (options.json) continue;
    process.stdout.write(`${result.failures.length === 0 ? 'ok    ' : 'FAILED'} ${test.name}\n`);
    for (const failure of result.failures) process.stdout.write(`${failureLines(result, failure).join('\n')}\n`);
  }
  const failed = results.filter(({ failures }) => failures.length > 0);
  const updates = options.update ? updatesOf(failed) : [];
  if (updates.length > 0) await writeFile(file, updateExpectations(text as string, updates));
  const left = options.update ? failed.filter(({ failures }) => !failures.every(isUpdatable)) : failed;
  if (options.json) {
    const shown = results.map(({ test, variants, failures }) => {
      return { name: test.name, ok: failures.length === 0, variants, failures: failures.map(failureJson) };
    });
    process.stdout.write(`${JSON.stringify({ ok: left.length === 0, tests: shown })}\n`);
  } else if (updates.length > 0) {
    process.stdout.write(`${file}: ${updates.length} ${updates.length === 1 ? 'list' : 'lists'} written anew\n`);
  } else {
    const verdict = failed.length === 0 ? '' : `, ${failed.length} failed`;
    process.stdout.write(`${file}: ${results.length} ${results.length === 1 ? 'test' : 'tests'}${verdict}\n`);
  }
  return left.length === 0 ? 0 : 1;
}

function isUpdatable(failure: TrialFailure): failure is Extract<TrialFailure, { kind: 'records' }> {
  return failure.kind === 'records' && failure.variant === 'plain';
}

/** What is to be written: records that were right stay, the others are what came. */
function updatesOf(failed: readonly TrialResult[]): ExpectationUpdate[] {
  return failed.flatMap(({ test, failures }) =>
    failures.filter(isUpdatable).map(({ name, expected, actual, difference }) => {
      const few = test.partial || name === 'deadLetters';
      const named = new Set(expected.flatMap((record) => Object.keys(record)));
      const fields = few && named.size === 0 && name === 'deadLetters' ? new Set(['stage', 'code', 'input']) : named;
      const matched = new Map(difference.matches.flatMap((j, i) => (j === undefined ? [] : [[j, i] as const])));
      const records = actual.map((row, j) => {
        const stays = matched.get(j);
        if (stays !== undefined) return stays;
        const kept = Object.entries(row).filter(([field, value]) => {
          if (value === undefined) return false;
          if (field.startsWith('$') || (few && fields.size > 0)) return fields.has(field);
          return true;
        });
        return Object.fromEntries(kept);
      });
      return { path: test.path, name, records };
    }),
  );
}
