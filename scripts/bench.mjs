// npm run bench [-- --events N --rounds N --queries q0,q1 --save]: Nexmark queries from file to file, with 1 and 2 threads.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare, root } from './prepare.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '1,2' },
    queries: { type: 'string', default: 'q0,q1,q2,q7,q11,q17,q22' },
    save: { type: 'boolean', default: false },
  },
});

prepare();
const weir = join(root, 'dist', 'src', 'cli', 'main.js');
const events = Number(values.events);
const folder = join(tmpdir(), 'weir-bench');
mkdirSync(folder, { recursive: true });
const input = join(folder, `events-${events}-seed-1.ndjson`);
const run = (...args) => spawnSync(process.execPath, [weir, ...args], { encoding: 'utf8', timeout: 600_000 });
if (!existsSync(input) || statSync(input).size === 0) {
  const made = run('bench', 'generate', '--events', String(events), '--seed', '1', '--out', input);
  if (made.status !== 0) throw new Error(made.stderr);
}

/** Milliseconds of one run, from the engine's start to its end. */
function once(query, threads) {
  const scratch = mkdtempSync(join(folder, 'run-'));
  const topology = join(root, 'bench', 'nexmark', `${query}.yaml`);
  const set = ['--set', `input=${input}`, '--set', `output=${join(scratch, 'out')}`];
  const { status, stdout, stderr } = run(
    ...['run', topology, ...set, '--state', join(scratch, 'state'), '--threads', String(threads), '--json'],
  );
  rmSync(scratch, { recursive: true, force: true });
  if (status !== 0) throw new Error(`${query} with ${threads} threads failed:\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)).durationMs;
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const threads = values.threads.split(',').map(Number);
const queries = values.queries.split(',');
const times = new Map();
// Rounds are interleaved, so that a slow minute of the machine falls on all alike.
for (let round = 0; round < Number(values.rounds); round++) {
  for (const query of queries) {
    for (const count of threads) {
      const key = `${query} ${count}`;
      times.set(key, [...(times.get(key) ?? []), once(query, count)]);
    }
  }
}
const rows = queries.map((query) => ({
  query,
  runs: threads.map((count) => {
    const ms = median(times.get(`${query} ${count}`));
    return { threads: count, ms, eventsPerSecond: Math.round(events / (ms / 1000)) };
  }),
}));
const head = threads.map((count) => `${count} thread${count > 1 ? 's' : ''}`);
const table = [
  `| query | ${head.map((text) => `${text}, events/s | seconds`).join(' | ')} |`,
  `|---|${head.map(() => '---:|---:').join('|')}|`,
  ...rows.map(({ query, runs }) => {
    const cells = runs.map((r) => `${r.eventsPerSecond.toLocaleString('en-US')} | ${(r.ms / 1000).toFixed(2)}`);
    return `| ${query} | ${cells.join(' | ')} |`;
  }),
].join('\n');
console.log(table);
if (values.save) {
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown', node: process.version };
  const result = { events, rounds: Number(values.rounds), machine, rows };
  mkdirSync(join(root, 'bench', 'results'), { recursive: true });
  writeFileSync(join(root, 'bench', 'results', 'nexmark.json'), `${JSON.stringify(result, null, 2)}\n`);
  const about = `Nexmark from file to file, ${events.toLocaleString('en-US')} events, median of ${values.rounds} interleaved rounds, checkpoints each second, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}. Made by \`npm run bench -- --save\`.`;
  writeFileSync(join(root, 'bench', 'results', 'nexmark.md'), `${about}\n\n${table}\n`);
}
