// npm run bench -- --peer flink [--events 1000000 --queries q0,q1 --rounds 3 --threads 2 --check --save]
// Nexmark in Flink SQL and in Weir, in turns, over the same file and from file to file, with a checkpoint each second.
// `--check` first compares what both give with DuckDB: Flink's updating queries in batch mode, for their changes cannot go into
// a file. In q18 and q19 its rows differ where bids tie, which SQL leaves open.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prepare } from '../../../scripts/prepare.mjs';
import { Oracle } from '../../nexmark/oracle/oracle.mjs';
import { chosen } from '../../nexmark/queries.mjs';
import { median, runQuery, streamOf } from '../../nexmark/run.mjs';
import { Cluster } from './cluster.mjs';
import { FLINK, install, lacking } from './install.mjs';
import { Session, UPDATING } from './session.mjs';

const { values } = parseArgs({
  options: {
    peer: { type: 'string' },
    events: { type: 'string', default: '1000000' },
    queries: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    check: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});
prepare();
const reason = lacking();
if (reason) {
  console.error(`Flink cannot run here: ${reason}`);
  process.exit(1);
}
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

const queries = chosen(values.queries);
const events = Number(values.events);
const threads = Number(values.threads);
const rounds = Number(values.rounds);
const stream = streamOf({ events });
const cluster = await Cluster.start(install(), threads);
try {
  if (values.check) await check(queries);
  const session = await Session.over(stream, cluster);
  const rows = [];
  for (const query of queries) rows.push(await compare(query, session));
  report(rows);
} finally {
  await cluster.stop();
}

/** Tells of each query whether Flink and Weir give the rows of DuckDB. */
async function check(queries) {
  const oracle = await Oracle.open({ events: stream.input, side: stream.side });
  const sessions = [await Session.over(stream, cluster), await Session.over(stream, cluster, 'batch')];
  for (const query of queries) {
    const faults = { Weir: (await runQuery(query, stream, threads, (out) => oracle.check(query, out))).seen.faults };
    const out = join(cluster.folder, query);
    await sessions[UPDATING.has(query) ? 1 : 0].query(query, out);
    faults.Flink = (await oracle.check(query, out)).faults;
    rmSync(out, { recursive: true, force: true });
    for (const [name, wrong] of Object.entries(faults)) {
      const verdict = wrong.length === 0 ? 'the rows of DuckDB' : 'other rows than DuckDB';
      console.error([`${query}: ${name} gives ${verdict}`, ...wrong].join('\n  '));
    }
  }
  oracle.close();
}

async function compare(query, session) {
  const flink = async () => {
    const out = join(cluster.folder, query);
    const durationMs = await session.query(query, out);
    rmSync(out, { recursive: true, force: true });
    return durationMs;
  };
  const runs = [];
  // The first round warms up and is left out.
  for (let round = 0; round <= rounds; round++) {
    const flinkMs = await flink();
    const { durationMs: weirMs } = await runQuery(query, stream, threads);
    // As Flink runs it.
    const same = UPDATING.has(query)
      ? (await runQuery(query, stream, threads, undefined, { discard: true })).durationMs
      : weirMs;
    if (round > 0) runs.push({ flinkMs, weirMs, sameMs: same });
  }
  const [flinkMs, weirMs, sameMs] = ['flinkMs', 'weirMs', 'sameMs'].map((name) => median(runs.map((run) => run[name])));
  const nowhere = UPDATING.has(query) ? `, ${sameMs} ms with rows that go nowhere` : '';
  console.error(`${query}: Flink ${flinkMs} ms, Weir ${weirMs} ms${nowhere}`);
  return { query, flinkMs, weirMs, sameMs, runs };
}

function report(rows) {
  const seconds = (ms) => (ms / 1000).toFixed(2);
  const ratio = ({ flinkMs, sameMs }) => (flinkMs / sameMs).toFixed(1);
  const table = [
    '| query | Flink, seconds | Weir, the same work, seconds | ratio | ratio of each round | Weir into a file, seconds |',
    '|---|---:|---:|---:|---|---:|',
    ...rows.map((row) => {
      const rounds = row.runs.map(ratio).join(', ');
      const cells = [row.query, seconds(row.flinkMs), seconds(row.sameMs), ratio(row), rounds, seconds(row.weirMs)];
      return `| ${cells.join(' | ')} |`;
    }),
  ].join('\n');
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown', node: process.version };
  const about = [
    `Nexmark in Flink SQL ${FLINK} and in Weir: ${events.toLocaleString('en-US')} events, the same file, ${threads} slots and ${threads} threads, in turns, median of ${rounds} rounds after one that does not count, checkpoints each second, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}. Seconds are what each says of itself, from the job's start to its end.`,
    'Flink keeps its state on the heap and is configured as for its own Nexmark. Both write JSON lines to files, each exactly once. The changes of updating queries (' +
      `${[...UPDATING].join(', ')}) cannot go into a file of Flink's: they go nowhere there, and so they do in Weir for the ratio. The last column is Weir with all results in files, of updating queries one line per key, exactly once.`,
    'Made by `npm run bench -- --peer flink --save`.',
  ].join('\n');
  console.log(`${about}\n\n${table}`);
  if (!values.save) return;
  const results = fileURLToPath(new URL('../../results/', import.meta.url));
  mkdirSync(results, { recursive: true });
  const result = { flink: FLINK, events, rounds, threads, machine, rows };
  writeFileSync(`${results}peers-flink.json`, `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(`${results}peers-flink.md`, `${about}\n\n${table}\n`);
}
