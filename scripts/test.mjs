// npm test [-- ARGUMENTS OF VITEST]: everything a fresh clone needs, then all tests that need no outside server.
import { prepare } from './prepare.mjs';
import { runVitest } from './run-vitest.mjs';

prepare();
runVitest(process.argv.slice(2));
