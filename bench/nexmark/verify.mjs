// npm run bench -- --verify [--events N --seed N --rate 10000,1000 --shuffle 0s,4s --threads 2 --queries q0,q1]
// Runs the queries over streams that no test has seen, and compares all that they give with DuckDB. Exit code 1 if they differ.
import { parseArgs } from 'node:util';
import { Oracle } from './oracle/oracle.mjs';
import { chosen } from './queries.mjs';
import { runQuery, streamOf } from './run.mjs';

const { values } = parseArgs({
  options: {
    verify: { type: 'boolean' },
    events: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '42' },
    rate: { type: 'string', default: '10000,1000' },
    shuffle: { type: 'string', default: '0s,4s' },
    threads: { type: 'string', default: '2' },
    queries: { type: 'string' },
  },
});
const queries = chosen(values.queries);
const [rates, shuffles, threads] = ['rate', 'shuffle', 'threads'].map((name) => values[name].split(','));
const number = (n) => Number(n).toLocaleString('en-US');

let wrong = 0;
for (const rate of rates) {
  for (const shuffle of shuffles) {
    const stream = streamOf({ events: values.events, seed: values.seed, rate, shuffle });
    console.log(
      `${number(values.events)} events, seed ${values.seed}, ${number(rate)} a second, shuffled within ${shuffle}`,
    );
    const oracle = await Oracle.open({ events: stream.input, side: stream.side });
    for (const query of queries) for (const count of threads) await verify(oracle, query, stream, count);
    oracle.close();
  }
}
console.log(wrong === 0 ? 'all as DuckDB gives them' : `${wrong} runs differ from what DuckDB gives`);
process.exitCode = wrong === 0 ? 0 : 1;

async function verify(oracle, query, stream, count) {
  const run = `${query.padEnd(4)}${count} thread${count === '1' ? ' ' : 's'}`;
  try {
    const { durationMs, seen } = await runQuery(query, stream, count, (output) => oracle.check(query, output));
    const rows = `${number(seen.rows)} rows`.padStart(15);
    console.log([`${run}${rows} ${(durationMs / 1000).toFixed(2).padStart(6)} s`, ...seen.faults].join('\n  '));
    if (seen.faults.length > 0) wrong++;
  } catch (error) {
    console.log(`${run} ${error.message}`);
    wrong++;
  }
}
