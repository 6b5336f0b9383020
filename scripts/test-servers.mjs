// npm run test:servers [-- --smoke] [-- ARGUMENTS OF VITEST]: the connectors against their real servers, which are installed
// when they are first needed. Suites whose server cannot run here are skipped and say why.
import { prepare } from './prepare.mjs';
import { runVitest } from './run-vitest.mjs';

prepare();
const args = process.argv.slice(2);
const rest = args.filter((arg) => arg !== '--smoke');
runVitest(['--config', 'vitest.servers.config.ts', ...rest], rest.length < args.length ? { WEIR_TEST_SMOKE: '1' } : {});
