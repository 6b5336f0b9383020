import { WeirError } from '../base/errors.ts';
import { realClock } from '../host/clock.ts';
import { usualThreads } from '../host/usual-threads.ts';
import { warmThreads } from '../host/warm-threads.ts';
import { MOST_THREADS } from '../world/threads.ts';
import { durationOf, wholeOf } from './option-values.ts';

/** How long a run that is over waits for what it has left open. */
const LINGER_MS = 500;

/** Options of `weir run`. */
export interface RunOptions {
  set?: string[];
  state?: string;
  threads?: string;
  for?: string;
  fresh?: boolean;
  json?: boolean;
}

/**
 * `weir run FILE`: runs a topology until its input ends, `--for` is over, or Ctrl-C. Gives the exit code. The threads start
 * before all else: they come up while this thread imports what it needs and reads the topology.
 */
export async function runCommand(file: string, options: RunOptions): Promise<number> {
  const forMs = options.for === undefined ? undefined : durationOf('--for', options.for);
  const threads = options.threads === undefined ? undefined : threadsOf(options.threads);
  if (options.state === '') throw new WeirError('WEIR_USAGE', '--state: a folder has a name');
  const warm = warmThreads(threads ?? usualThreads());
  const { runFile } = await import('./run-file.ts');
  const code = await runFile(file, { ...options, forMs, threads }, warm);
  // A system that was asked and does not answer holds up the end no longer.
  realClock.after(LINGER_MS, () => process.exit(code));
  return code;
}

function threadsOf(text: string): number {
  return wholeOf('--threads', text, { least: 1, most: MOST_THREADS, words: `from 1 to ${MOST_THREADS}` });
}
