import type { Manifest } from '../../src/state/store.ts';

/** That of a checkpoint in which nothing else is said. */
export const manifest = (epoch: number): Manifest => ({
  format: 1,
  epoch,
  stages: {},
  sources: {},
  splits: {},
  commits: {},
  counters: { recordsIn: 0, recordsOut: 0, late: 0, deadLetters: 0 },
  finished: false,
});
