// Runs vitest and says in one line how many tests passed and failed.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './prepare.mjs';

/** Runs it once; gives how many tests passed and failed. */
export async function vitest(args, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-'));
  const report = join(folder, 'report.json');
  const main = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const given = [main, 'run', ...reporters, ...args];
  const child = spawn(process.execPath, given, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  const status = await new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', resolve);
  });
  let passed = 0;
  let failed = 0;
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
    passed = numPassedTests;
    // A file that does not load has no tests that could fail.
    failed = Math.max(numFailedTests, numFailedTestSuites > 0 && numFailedTests === 0 ? numFailedTestSuites : 0);
  } catch {
    failed = 1;
  }
  rmSync(folder, { recursive: true, force: true });
  if (status !== 0 && failed === 0) failed = 1;
  return { passed, failed };
}

/** Ends the process, with 1 if anything failed. */
export function tell(runs) {
  const sum = (of) => runs.reduce((total, run) => total + of(run), 0);
  const failed = sum((run) => run.failed);
  console.log(`${sum((run) => run.passed)} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}
