import { queryNames } from '../../bench/nexmark/queries.mjs';
import { some, THOROUGH } from '../support/thorough.ts';

/** Stateless, windows, sessions, rows that change, a join. */
const KINDS = ['q1', 'q7', 'q11', 'q17', 'q20'];

/** Queries that are killed while they run: all in `.ci/run`, else some of these. */
export const KILLED: readonly string[] = THOROUGH ? queryNames() : some(KINDS);

/** Queries that run undisturbed: all in `.ci/run`, else a third of those that are no such kinds. */
export const UNDISTURBED: readonly string[] = THOROUGH
  ? queryNames()
  : some(queryNames().filter((name) => !KINDS.includes(name)));
