// What checkpoints cost a running aggregation: 1,000,000 keys in a Map, as many updates as one thread can do, and once a
// second a checkpoint of 100,000 dirty keys to LevelDB, synced.
//
//   node bench/micro/trials/checkpoint.mjs [SECONDS] [ROUNDS]
//
// The ways: a put per dirty key, by the aggregating thread or by another one; one packed chunk per key group (128), written
// by the other thread, packed at once or between updates; all state each time. Then what it costs to know the dirty keys.
// Variants take turns within a round; the tables have medians, of pauses the longest too. A pause is the time between two
// looks at the clock, with 4,096 updates (less than a millisecond) between them; garbage collection is part of it.
// "Its share of the time" is what the thread spent on anything but updates: unlike the rate, it does not swing with what
// else uses the processor's caches. Times but for "durable after" leave out what the aggregating thread waited for a core.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { ClassicLevel } from 'classic-level';
import { Packr, Unpackr } from 'msgpackr';
import { GROUPS, HOT, keys, State, TRACKING, UPDATES } from './checkpoint-state.mjs';
import { median, table, waitedClock } from './report.mjs';

const TURN_MS = 1;
const waited = isMainThread ? waitedClock() : undefined;
/** Time without that in which this thread waited for a core, which other programs may have taken. */
const clock = () => performance.now() - waited();
const VARIANTS = {
  'no checkpoint': { none: true, untracked: true },
  'no checkpoint, dirty keys tracked': { none: true },
  'put per key, same thread': { rows: true },
  'put per key, other thread': { rows: true, other: true },
  'chunk per group, at once': { other: true },
  'chunk per group, in slices': { other: true, slices: true },
  'all state, at once': { other: true, all: true },
};
const packr = new Packr();
const unpackr = new Unpackr({ moreTypes: true });
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const turn = () => new Promise(setImmediate);

const open = (folder) => new ClassicLevel(folder, { keyEncoding: 'utf8', valueEncoding: 'buffer' });

/** Writes one checkpoint; returns the bytes of its keys and values. */
async function store(db, ops) {
  await db.batch(ops, { sync: true });
  return ops.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
}

const put = (key, row) => ({ type: 'put', key: `k${key}`, value: packr.pack(row) });
const rowsOf = (entries) => entries.map((entry) => put(entry.key, [entry.count, entry.sum, entry.min, entry.max]));

function rowsOfChunk(chunk) {
  const { key, count, sum, min, max } = unpackr.unpack(chunk);
  return Array.from(key, (k, i) => put(k, [count[i], sum[i], min[i], max[i]]));
}

/** The other thread: keeps the database and writes what it is handed. */
function keepStore() {
  let db;
  let chunks = [];
  parentPort.on('message', async ({ folder, chunk, last, epoch, rows, close }) => {
    if (folder) {
      db = open(folder);
      await db.open();
    } else if (close) {
      await db.close();
    } else {
      chunks.push(chunk);
      if (!last) return;
      const all = chunks;
      chunks = [];
      const byGroup = () =>
        all.map((value, group) => ({ type: 'put', key: `${epoch}/${group}`, value: Buffer.from(value.buffer) }));
      const bytes = await store(db, rows ? all.flatMap(rowsOfChunk) : byGroup());
      return parentPort.postMessage({ bytes });
    }
    parentPort.postMessage({});
  });
}

const ask = (worker, message) =>
  new Promise((resolve, reject) => {
    worker.removeAllListeners().once('message', resolve).once('error', reject);
    if (message) worker.postMessage(message);
  });

/** Runs updates for some seconds, with a checkpoint each second. */
async function run(state, variant, worker, seconds) {
  const { none, untracked, rows, other, slices, all } = variant;
  const folder = mkdtempSync(join(tmpdir(), 'weir-checkpoint-'));
  const db = other || none ? undefined : open(folder);
  if (other) await ask(worker, { folder });
  await db?.open();
  const pauses = [0];
  const durations = [];
  let bytes = 0;
  let updates = 0;
  let updating = 0;
  let pending;
  let chunks;
  let sent = 0;
  let checkpoints = 0;
  const send = (chunk) => {
    worker.postMessage({ chunk, last: ++sent % GROUPS === 0, epoch: state.epoch, rows }, [chunk.buffer]);
  };
  const begin = () => {
    const started = performance.now();
    let stored;
    if (!other) stored = store(db, state.cut().flatMap(rowsOf));
    else {
      stored = ask(worker).then((answer) => answer.bytes);
      if (slices) chunks = state.slices();
      else for (const chunk of all ? state.snapshot() : state.delta()) send(chunk);
    }
    pending = stored.then((size) => {
      bytes += size;
      durations.push(performance.now() - started);
      pending = undefined;
    });
  };
  state.cut();
  const started = clock();
  let next = started + 1000;
  for (let before = started, turned = started; chunks || before < started + seconds * 1000 + 500; ) {
    state.update(!untracked);
    updates += UPDATES;
    updating += clock() - before;
    if (before >= next && checkpoints < seconds) {
      checkpoints++;
      next += 1000;
      if (none) state.cut();
      else if (!pending) begin();
    } else if (chunks) {
      const { value, done } = chunks.next();
      if (done) chunks = undefined;
      else send(value);
    }
    if (before - turned > TURN_MS) {
      await turn();
      turned = clock();
    }
    const now = clock();
    pauses.push(now - before);
    before = now;
  }
  const elapsed = clock() - started;
  while (pending) await pending;
  await db?.close();
  if (other) await ask(worker, { close: true });
  rmSync(folder, { recursive: true });
  const longest = pauses.reduce((most, pause) => Math.max(most, pause));
  return { rate: updates / elapsed / 1000, share: 1 - updating / elapsed, longest, bytes, durations };
}

/** Million updates per second of a way, with 100,000 keys dirty in an epoch of 2,000,000 updates. */
function track(state, way) {
  // Each run has its own copy of the loop, so that none is slow for what another has taught the compiler.
  const loop = new Function(
    ...['entries', 'keys', 'update', 'end', 'HOT'],
    `let random = 1;
    for (let epoch = 0; epoch < 5; epoch++) {
      for (let n = 0; n < 2e6; n++) {
        random = (Math.imul(random, 1664525) + 1013904223) | 0;
        update(entries.get(keys[epoch * HOT + ((random >>> 8) % HOT)]));
      }
      end();
    }`,
  );
  const [update, end] = TRACKING[way]();
  for (const entry of state.entries.values()) entry.epoch = -1;
  const started = clock();
  loop(state.entries, keys, update, end, HOT);
  return 10e6 / (clock() - started) / 1000;
}

/** The entries of a map, beginning at another one each round. */
function turned(map, round) {
  const all = [...map];
  return all.map((_, i) => all[(i + round) % all.length]);
}

/** How much of the rate of the first variant each keeps, round by round, as a median. */
const kept = (rates, base) => `${(100 * median(rates.map((rate, i) => rate / base[i]))).toFixed(0)} %`;

async function main([seconds = '4', rounds = '5']) {
  const worker = new Worker(fileURLToPath(import.meta.url));
  const state = new State();
  const results = new Map(Object.keys(VARIANTS).map((name) => [name, []]));
  const tracking = new Map(Object.keys(TRACKING).map((name) => [name, []]));
  for (let round = 0; round <= Number(rounds); round++) {
    for (const [name, runs] of turned(results, round)) {
      collectGarbage(); // nobody pays for the one before
      const result = await run(state, VARIANTS[name], worker, round === 0 ? 2 : Number(seconds));
      if (round > 0) runs.push(result); // round 0 warms up
    }
    for (const [name, rates] of turned(tracking, round)) {
      collectGarbage();
      const rate = track(state, name);
      if (round > 0) rates.push(rate);
    }
  }
  await worker.terminate();
  const of = (runs, field) => median(runs.map(field));
  const rates = (name) => results.get(name).map((run) => run.rate);
  table(
    [
      'checkpoint',
      'million updates/s',
      'kept',
      'its share of the time',
      'longest pause',
      'MB written',
      'durable after',
    ],
    [...results].map(([name, runs]) => {
      const rate = of(runs, (run) => run.rate);
      const each = runs.flatMap((run) => run.durations);
      const written = of(runs, (run) => run.bytes / Math.max(1, run.durations.length)) / 1e6;
      return [
        name,
        rate.toFixed(2),
        kept(rates(name), rates('no checkpoint')),
        `${(100 * of(runs, (run) => run.share)).toFixed(1)} %`,
        `${of(runs, (run) => run.longest).toFixed(1)} (${Math.max(...runs.map((run) => run.longest)).toFixed(1)}) ms`,
        each.length ? written.toFixed(1) : '-',
        each.length ? `${median(each).toFixed(0)} ms` : '-',
      ];
    }),
  );
  table(
    ['dirty tracking', 'million updates/s', 'kept'],
    [...tracking].map(([name, rates]) => {
      return [name, median(rates).toFixed(2), kept(rates, tracking.get('none'))];
    }),
  );
}

if (isMainThread) await main(process.argv.slice(2));
else keepStore();
