import { queryNames } from '../../bench/nexmark/queries.mjs';

const FULL = process.env.WEIR_TEST_FULL === '1';

/** One of each kind: stateless, windows, sessions, joins, rows that change, upserts. */
const KINDS = ['q1', 'q4', 'q7', 'q11', 'q17', 'q18', 'q19', 'q20'];

/** Queries that are killed while they run: all in `.ci/run`, else one of each kind. */
export const KILLED: readonly string[] = FULL ? queryNames() : KINDS;

/** Queries that run undisturbed: all in `.ci/run`, else those that are not killed. */
export const UNDISTURBED: readonly string[] = FULL
  ? queryNames()
  : queryNames().filter((name) => !KINDS.includes(name));
