// npm run bench [-- --events N --rounds N --threads 1,2 --queries q0,q1 --save]: Nexmark queries from file to file.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chosen } from './queries.mjs';
import { median, runQuery, streamOf } from './run.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '1,2' },
    queries: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});

const events = Number(values.events);
const stream = streamOf({ events });
const threads = values.threads.split(',').map(Number);
const queries = chosen(values.queries);
const times = new Map();
// Rounds are interleaved, so that a slow minute of the machine falls on all alike.
for (let round = 0; round < Number(values.rounds); round++) {
  for (const query of queries) {
    for (const count of threads) {
      const key = `${query} ${count}`;
      const { durationMs } = await runQuery(query, stream, count);
      times.set(key, [...(times.get(key) ?? []), durationMs]);
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
  const results = fileURLToPath(new URL('../results/', import.meta.url));
  mkdirSync(results, { recursive: true });
  writeFileSync(`${results}nexmark.json`, `${JSON.stringify(result, null, 2)}\n`);
  const about = `Nexmark from file to file, ${events.toLocaleString('en-US')} events, median of ${values.rounds} interleaved rounds, checkpoints each second, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}. Made by \`npm run bench -- --save\`.`;
  writeFileSync(`${results}nexmark.md`, `${about}\n\n${table}\n`);
}
