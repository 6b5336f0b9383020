// Runs vitest and says in one line how many tests passed and failed.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './prepare.mjs';

/** Runs it once; gives how many tests passed, and what is to be said of each failure. */
export async function vitest(args, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-'));
  const tally = join(folder, 'tally.json');
  const main = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts', 'tally-reporter.mjs')}`];
  const given = [main, 'run', ...reporters, ...args];
  const environment = { ...process.env, ...env, WEIR_TEST_TALLY: tally };
  const child = spawn(process.execPath, given, { cwd: root, stdio: 'inherit', env: environment });
  const status = await new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', resolve);
  });
  let told = { passed: 0, failures: ['vitest ended without a word'] };
  try {
    told = JSON.parse(readFileSync(tally, 'utf8'));
  } catch {}
  rmSync(folder, { recursive: true, force: true });
  if (status !== 0 && told.failures.length === 0)
    told.failures.push(`vitest ended with ${status}, though no test failed`);
  return told;
}

/** Ends the process, with 1 if anything failed. */
export function tell(runs) {
  const failures = runs.flatMap((run) => run.failures);
  for (const failure of failures) console.log(`FAILED: ${failure}`);
  console.log(`${runs.reduce((sum, run) => sum + run.passed, 0)} passed, ${failures.length} failed`);
  process.exit(failures.length > 0 ? 1 : 0);
}
