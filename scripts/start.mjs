// npm start [-- TOPOLOGY] [OPTIONS]: everything a fresh clone needs, then `weir run`.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

/** Options of `weir run` whose value is the word behind them. */
const VALUED = ['--set', '--state', '--threads', '--for'];

prepare();
const given = process.argv.slice(2);
const named = given.some((word, i) => !word.startsWith('-') && !VALUED.includes(given[i - 1]));
const topology = named ? [] : [join('topologies', 'monitor.yaml')];
process.argv = [process.argv[0], 'weir', 'run', ...topology, ...given];
await import(pathToFileURL(join(root, 'dist', 'src', 'cli', 'main.js')).href);
