// npm test [-- ARGUMENTS OF VITEST]: everything a fresh clone needs, then all tests that need no outside server.
import { prepare } from './prepare.mjs';
import { tell, vitest } from './run-vitest.mjs';

prepare();
tell([await vitest(process.argv.slice(2))]);
