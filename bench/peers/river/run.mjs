// npm run bench -- --peer river [--rounds 5 --only NAME --save]: learners of Weir and of River on the same rows, in turns in one run.
// River (PyPI) goes into an environment of its own below the system's temporary folder. CPU time of predict and learn a row, the
// median over the rounds; in Weir once for the whole stage (records in, records out) and once for the model and the making of its
// features from a record. End to end it is wall time, of the same CSV file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { install, RIVER } from './install.mjs';
import { fileRun, recordsOf } from './weir.mjs';
import { FILE_WORKS, WORKS } from './works.mjs';

const { values } = parseArgs({
  options: {
    peer: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    save: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
let python;
try {
  python = install();
} catch (error) {
  console.error(`River cannot run here: ${error.message}`);
  process.exit(1);
}
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const folder = mkdtempSync(join(tmpdir(), 'weir-river-rows-'));
const child = spawn(python, [fileURLToPath(new URL('peer.py', import.meta.url))], {
  stdio: ['pipe', 'pipe', 'inherit'],
  // One thread, as Weir's model has: others would only spin, and count as CPU time.
  env: { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
});
const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
const ask = async (question) => {
  child.stdin.write(`${JSON.stringify(question)}\n`);
  const { value, done } = await answers.next();
  if (done) throw new Error('River has ended');
  return JSON.parse(value);
};

/** What there is to time of one work. */
function prepared(work) {
  const { table, columns } = work.rows();
  const i = WORKS.indexOf(work);
  const file = join(folder, `${i}.f64`);
  writeFileSync(file, new Uint8Array(table.buffer));
  const n = table.length / (columns.length + 1);
  const question = (model) => ({ model, file, n, columns, target: 'y', classes: work.classes ?? 0 });
  return { work, i, question, times: new Map() };
}

/** Times of Weir's stage and model, in a thread of their own: a learner's code is compiled for what runs in its own topology. */
async function timesOf(i) {
  const worker = new Worker(new URL('timing.mjs', import.meta.url), { workerData: i });
  const [times] = await once(worker, 'message');
  await worker.terminate();
  return times;
}

function add(times, name, value) {
  times.set(name, [...(times.get(name) ?? []), value]);
}

try {
  const all = [];
  for (const work of WORKS.filter(({ title }) => title.includes(values.only))) all.push(prepared(work));
  // In turns, so that a slow minute of the machine falls on all alike.
  for (let round = 0; round < rounds; round++) {
    for (const { work, i, question, times } of all) {
      const { stage, model } = await timesOf(i);
      add(times, 'stage', stage);
      add(times, 'model', model);
      for (const peer of work.peers) add(times, peer, (await ask(question(peer))).us);
    }
  }
  const rows = all.map(({ work: { title, d, least, peers }, times }) => {
    const of = Object.fromEntries([...times].map(([name, list]) => [name, median(list)]));
    return { title, d, least, peers, us: of };
  });
  const files = [];
  for (const work of FILE_WORKS.filter(({ title }) => title.includes(values.only))) {
    const csv = join(folder, `${work.learner}.csv`);
    const given = work.rows();
    const records = recordsOf(given);
    const names = [...given.columns, 'y'];
    writeFileSync(csv, `${names}\n${records.map((row) => names.map((name) => row[name])).join('\n')}\n`);
    const times = new Map();
    for (let round = 0; round < Math.min(3, rounds); round++) {
      add(times, 'weir', await fileRun({ ...work, csv }));
      add(times, 'river', (await ask({ csv, model: work.peer, columns: given.columns, target: 'y' })).seconds);
    }
    files.push({
      title: work.title,
      least: work.least,
      rows: records.length,
      weir: median(times.get('weir')),
      river: median(times.get('river')),
    });
  }
  report(rows, files);
} finally {
  child.stdin.end();
  rmSync(folder, { recursive: true, force: true });
}

function report(rows, files) {
  const us = (value) => (value === undefined ? '–' : value.toPrecision(3));
  const ratio = (value) => (value === undefined || Number.isNaN(value) ? '–' : `${value.toFixed(value < 10 ? 1 : 0)}×`);
  const lines = rows.map(({ title, d, least, peers: [first, second], us: of }) => {
    const peer = second === undefined ? '–' : us(of[second]);
    const cells = [
      title,
      d,
      us(of.stage),
      us(of.model),
      us(of[first]),
      peer,
      ratio(of[first] / of.stage),
      ratio(of[first] / of.model),
      `${least}×`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const table = [
    '| learner | d | Weir: stage | Weir: model | River | NumPy | River : stage | River : model | wanted |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...lines,
  ].join('\n');
  const ends = [
    '| end to end | rows | Weir, s | River, s | River : Weir | wanted |',
    '|---|---:|---:|---:|---:|---:|',
    ...files.map(
      ({ title, least, rows: n, weir, river }) =>
        `| ${title} | ${n.toLocaleString('en-US')} | ${weir.toFixed(2)} | ${river.toFixed(2)} | ${ratio(river / weir)} | ${least === undefined ? '–' : `${least}×`} |`,
    ),
  ].join('\n');
  console.log(`${table}\n\n${ends}`);
  if (!values.save) return;
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown', node: process.version };
  const results = fileURLToPath(new URL('../../results/', import.meta.url));
  mkdirSync(results, { recursive: true });
  writeFileSync(
    `${results}peers-river.json`,
    `${JSON.stringify({ river: RIVER, rounds, machine, rows, files }, null, 2)}\n`,
  );
  const about = `Microseconds of CPU a row, predict and learn, River ${RIVER} and Weir in turns on the same rows, median of ${rounds} rounds, Weir in a thread for each learner and once its code is compiled, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}. Stage: records in, records out; model: features from a record, predict, learn. End to end: wall time of reading the same CSV file with one worker thread, its start among it. Made by \`npm run bench -- --peer river --save\`.`;
  writeFileSync(`${results}peers-river.md`, `${about}\n\n${table}\n\n${ends}\n`);
}
