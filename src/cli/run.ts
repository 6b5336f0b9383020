import { messageOf, WeirError } from '../base/errors.ts';
import { parseDuration } from '../base/units.ts';
import { usualThreads } from '../host/usual-threads.ts';
import { warmThreads } from '../host/warm-threads.ts';
import { MOST_THREADS } from '../world/threads.ts';

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
  const forMs = options.for === undefined ? undefined : duration(options.for);
  const threads = options.threads === undefined ? undefined : count(options.threads);
  if (options.state === '') throw new WeirError('WEIR_USAGE', '--state: a folder has a name');
  const warm = warmThreads(threads ?? usualThreads());
  const { runFile } = await import('./run-file.ts');
  return await runFile(file, { ...options, forMs, threads }, warm);
}

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new WeirError('WEIR_USAGE', `--for: ${messageOf(error)}`);
  }
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MOST_THREADS) return value;
  throw new WeirError('WEIR_USAGE', `--threads: '${text}' is not a whole number from 1 to ${MOST_THREADS}`);
}
