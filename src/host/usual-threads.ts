import { availableParallelism } from 'node:os';

/** As many worker threads as a topology has that says nothing of it: the cores, 4 at most. */
export function usualThreads(): number {
  return Math.min(4, availableParallelism());
}
