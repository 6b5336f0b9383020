// What adding a record to an aggregation costs, in nanoseconds, beside the same of another build of Weir.
//
//   git worktree add ../before COMMIT && (cd ../before && npm run build)
//   node bench/micro/trials/aggregate.mjs ../before/dist [ROUNDS]
//
// Each build has a thread of its own, since within one thread V8 shares what it learns of equal code. They take turns, in
// an order that changes; medians of the rounds, without the time for which the thread had no core. Whether both generate
// the same code, to the letter, stands last. The second table has what only this build may know: the bounded aggregates,
// and adding and taking back.

import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { median, table, waitedClock } from './report.mjs';

const RECORDS = 200_000;
const PASSES = 8;
const KEYS = 256;
/** Rounds that are the compiler's. */
const WARM_UP = 3;
const AT = { time: 0, order: 0, key: null };

const PLAIN = {
  'count()': { n: 'count()' },
  'sum(x)': { s: 'sum(x)' },
  'mean(x)': { m: 'mean(x)' },
  'min(x), max(x)': { a: 'min(x)', b: 'max(x)' },
  'count(), mean(x), max(x)': { n: 'count()', m: 'mean(x)', b: 'max(x)' },
  'sum(x, { where: x > 50 })': { s: 'sum(x, { where: x > 50 })' },
  'stddev(x)': { d: 'stddev(x)' },
  'median(x)': { q: 'median(x)' },
  'distinct(s)': { d: 'distinct(s)' },
};
const MORE = ['distinctApprox(s)', 'topK(s, 10)', 'heavyHitters(s, 10)', 'heavyHitters(s, 10, 100)'];

if (isMainThread) await compare();
else await serve(workerData);

async function compare() {
  const [, , beforeDist, rounds = '15'] = process.argv;
  if (beforeDist === undefined) throw new Error('say where the other build is: node aggregate.mjs ../before/dist');
  const dists = [beforeDist, new URL('../../../dist', import.meta.url).pathname];
  const workers = dists.map((dist) => new Worker(new URL(import.meta.url), { workerData: dist }));
  const ask = async (worker, question) => {
    worker.postMessage(question);
    return (await once(worker, 'message'))[0];
  };
  const lines = [];
  for (const name of Object.keys(PLAIN)) {
    const found = await turns(workers, Number(rounds), (worker) => ask(worker, { name, retractable: false }));
    const [before, now] = found.map((answers) => median(answers.map(({ add }) => add)));
    const same = found[0][0].code === found[1][0].code ? 'same' : 'other';
    lines.push([name, before.toFixed(1), now.toFixed(1), (now / before).toFixed(2), same]);
  }
  console.log(`${RECORDS * PASSES} records of ${KEYS} keys, nanoseconds to add one, medians of ${rounds} rounds\n`);
  table(['aggregates', 'before', 'now', 'ratio', 'code'], lines);
  const more = [];
  for (const [name, retractable] of [
    ...MORE.map((name) => [name, false]),
    ...Object.keys(PLAIN).map((n) => [n, true]),
  ]) {
    const [answers] = await turns(workers.slice(1), Number(rounds), (worker) => ask(worker, { name, retractable }));
    const removed = retractable ? median(answers.map(({ remove }) => remove)).toFixed(1) : '';
    more.push([name, retractable ? 'retractable' : '', median(answers.map(({ add }) => add)).toFixed(1), removed]);
  }
  console.log('');
  table(['aggregates', '', 'add', 'take back'], more);
  for (const worker of workers) await worker.terminate();
}

/** What each worker answered in all rounds but the first. */
async function turns(workers, rounds, ask) {
  const answers = workers.map(() => []);
  for (let round = 0; round < rounds + WARM_UP; round++) {
    const order = [...workers.keys()];
    for (const i of round % 2 ? order : order.reverse()) {
      const answer = await ask(workers[i]);
      if (round >= WARM_UP) answers[i].push(answer);
    }
  }
  return answers;
}

async function serve(dist) {
  const { parseAggregation } = await import(pathToFileURL(resolve(dist, 'src/expr/aggregation.js')).href);
  const rows = Array.from({ length: RECORDS }, (_, i) => {
    const h = Math.imul(i + 1, 0x9e3779b1) >>> 0;
    return { x: (h % 10_000) / 100, s: `user ${h % 500}`, key: (h >>> 8) % KEYS };
  });
  const waitedMs = waitedClock();
  /** A loop of its own for every aggregation: the text must differ, or they are one for V8. */
  const trial = (aggregation, what, name) => {
    const each = `const row = rows[i]; ${what}(accumulators[row.key], row, at);`;
    const body = `/* ${what} ${name} */ for (let p = 0; p < ${PASSES}; p++) for (let i = 0; i < rows.length; i++) { ${each} }`;
    const loop = new Function(what, 'rows', 'accumulators', 'at', body);
    return (accumulators) => {
      const waited = waitedMs();
      const start = performance.now();
      loop(aggregation[what], rows, accumulators, AT);
      return ((performance.now() - start - (waitedMs() - waited)) * 1e6) / RECORDS / PASSES;
    };
  };
  const made = new Map();
  parentPort.on('message', ({ name, retractable }) => {
    const key = `${name} ${retractable}`;
    if (!made.has(key)) {
      const plain = parseAggregation(PLAIN[name] ?? { it: name });
      const aggregation = retractable ? plain.retractable() : plain;
      const remove = retractable ? trial(aggregation, 'remove', key) : () => Number.NaN;
      made.set(key, { aggregation, add: trial(aggregation, 'add', key), remove });
    }
    const { aggregation, add, remove } = made.get(key);
    const accumulators = Array.from({ length: KEYS }, () => aggregation.create());
    const added = add(accumulators);
    parentPort.postMessage({ add: added, remove: remove(accumulators), code: String(aggregation.add) });
  });
}
