// npm start [-- TOPOLOGY] [OPTIONS]: everything a fresh clone needs, then `weir run`.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

prepare();
const [first, ...rest] = process.argv.slice(2);
const named = first !== undefined && !first.startsWith('-');
const topology = named ? first : join('topologies', 'monitor.yaml');
process.argv = [process.argv[0], 'weir', 'run', topology, ...(named || first === undefined ? rest : [first, ...rest])];
await import(pathToFileURL(join(root, 'dist', 'src', 'cli', 'main.js')).href);
