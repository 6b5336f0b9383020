// npm run test:servers [-- --smoke] [-- ARGUMENTS OF VITEST]: the connectors against their real servers, which are installed
// when they are first needed. Suites whose server cannot run here are skipped and say why.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';
import { tell, vitest } from './run-vitest.mjs';

/** These compare speeds, or hold a server back by a part of the time: nothing else may run beside them. */
const ALONE = /^(?:connector-speed|kafka-speed|slow)\./;
/** These take the brokers' ports one after the other; the rest those of other servers. */
const BROKERS = /^(?:kafka|pipeline|flink|buffer)\b/;

prepare();
const args = process.argv.slice(2);
const rest = args.filter((arg) => arg !== '--smoke');
const isSmoke = rest.length < args.length;
const run = (...more) =>
  vitest(['--config', 'vitest.servers.config.ts', ...more], isSmoke ? { WEIR_TEST_SMOKE: '1' } : {});

if (isSmoke || rest.length > 0) tell([await run(...rest)]);
const files = readdirSync(join(root, 'test', 'servers')).filter((name) => name.endsWith('.test.ts'));
const together = files.filter((name) => !ALONE.test(name));
const lanes = [together.filter((name) => BROKERS.test(name)), together.filter((name) => !BROKERS.test(name))];
const paths = (names) => names.map((name) => `test/servers/${name}`);
// Much of it is waiting for a server that starts, or is to be away for a time.
const runs = await Promise.all(lanes.map((names) => run(...paths(names))));
tell([...runs, await run(...paths(files.filter((name) => ALONE.test(name))))]);
