#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { described } from './described.ts';
import { watchReader } from './reader.ts';

/** Exit codes: 0 done, 1 failed, 2 bad usage or bad topology. */
const BAD_USAGE = 2;
const BAD_USAGES = ['WEIR_TOPOLOGY', 'WEIR_USAGE', 'WEIR_UNKNOWN_STAGE'];

// Commands are imported when they are called: `weir run` need not wait for the others.
const lazy =
  <A, O>(load: () => Promise<(argument: A, options: O) => Promise<number>>) =>
  async (argument: A, options: O) => {
    process.exitCode = await (await load())(argument, options);
  };

const collect = (value: string, list: string[] = []) => [...list, value];

function version(): string {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function program(): Command {
  const weir = new Command('weir')
    .description('A real-time stream processor: event time, durable windows and exactly-once in one process.')
    .version(version())
    .exitOverride()
    .showHelpAfterError('(weir --help shows what there is)');

  const withParameters = (command: Command) =>
    command.option('--set <name=value>', 'give a parameter its value; again for more', collect);

  withParameters(weir.command('run <file>'))
    .description('run a topology until its input ends or Ctrl-C')
    .option('--state <dir>', 'where its checkpoints lie (default: data/NAME)')
    .option('--threads <n>', 'worker threads (default: as the topology says, else the cores, 4 at most)')
    .option('--for <duration>', 'stop after this time, such as 30s')
    .option('--fresh', 'forget the state of earlier runs')
    .option('--json', 'end with one line of JSON on stdout that says what was done')
    .action(lazy(async () => (await import('./run.ts')).runCommand));

  withParameters(weir.command('check <file>'))
    .description('tell every fault of a topology, with its place')
    .option('--json', 'as JSON')
    .option('--explain', 'print the topology with every default filled in')
    .option('--connect', 'ask the systems that it reads and writes whether they are there and let it in')
    .action(lazy(async () => (await import('./check.ts')).checkCommand));

  weir
    .command('test <file>')
    .description('run the tests that a topology holds, in virtual time')
    .option('--filter <name>', 'only tests whose name has this in it')
    .option('--update', 'write what came into the file, in place of what was expected')
    .option('--plain', 'run each test once: without the runs with two subtasks and with a crash')
    .option('--json', 'as JSON')
    .action(lazy(async () => (await import('./test.ts')).testCommand));

  withParameters(weir.command('graph <file>'))
    .description('draw the plan that a topology runs by')
    .option('--threads <n>', 'for so many threads (default: as weir run)')
    .option('--format <format>', 'mermaid or svg (default: by the ending of --out, else mermaid)')
    .option('--out <file>', 'where to (default: standard output)')
    .action(lazy(async () => (await import('./graph.ts')).graphCommand));

  weir
    .command('list [stage]')
    .description('show all stages, or the documentation of one')
    .action(lazy(async () => (await import('./list.ts')).listCommand));

  weir
    .command('schema')
    .description('print the JSON Schema of topology files, for editors')
    .action(async () => {
      process.exitCode = await (await import('./list.ts')).schemaCommand();
    });

  weir
    .command('explain')
    .description('say why something in a run was as it was')
    .command('late [file]')
    .description('of the last late records: how late, what set the watermark, and what would have kept them')
    .option('--state <dir>', 'the state folder (default: data/NAME of the topology)')
    .option('--limit <n>', 'how many records of each stage to show', '10')
    .option('--json', 'one JSON object a stage')
    .action(lazy(async () => (await import('./explain.ts')).explainLateCommand));

  const lake = weir.command('lake').description('read the embedded lake');
  lake
    .command('tables')
    .description('list the tables')
    .option('--path <dir>', 'the lake', 'data/lake')
    .option('--json', 'one JSON object a line')
    .action(async (options) => {
      process.exitCode = await (await import('./lake.ts')).tablesCommand(options);
    });
  lake
    .command('scan <table>')
    .description('read rows of a table by key and time')
    .option('--path <dir>', 'the lake', 'data/lake')
    .option('--key <key>', 'rows of this key only')
    .option('--from <time>', 'first time: ISO 8601, milliseconds since the epoch, or an age such as 5m')
    .option('--to <time>', 'time to stop before')
    .option('--partition <name>', 'rows of this partition only, as `weir lake partitions` shows it')
    .option('--order <order>', 'key, or time over all keys (of a table with timeOrder)', 'key')
    .option('--limit <n>', 'how many rows at most')
    .option('--json', 'one JSON object a line')
    .action(lazy(async () => (await import('./lake.ts')).scanCommand));

  lake
    .command('partitions <table>')
    .description('list the partitions of a table')
    .option('--path <dir>', 'the lake', 'data/lake')
    .option('--json', 'one JSON object a line')
    .action(lazy(async () => (await import('./lake.ts')).partitionsCommand));
  lake
    .command('compact [table]')
    .description('give the room of deleted rows back to the disk')
    .option('--path <dir>', 'the lake', 'data/lake')
    .action(lazy(async () => (await import('./lake.ts')).compactCommand));

  lake
    .command('sql <query>')
    .description('ask DuckDB about tables of the lake, Delta tables and Parquet files')
    .option('--path <dir>', 'the lake', 'data/lake')
    .option('--table <name=path>', 'a folder of Parquet files, or a Delta table, under a name; again for more', collect)
    .option('--from <time>', 'of tables of the lake, rows from this time on')
    .option('--to <time>', 'rows before this time')
    .option('--partition <name>', 'rows of this partition')
    .option('--format <format>', 'table, csv or json (one object a line)', 'table')
    .action(lazy(async () => (await import('./lake-sql.ts')).sqlCommand));

  const bench = weir.command('bench').description('benchmark input');
  bench
    .command('generate')
    .description('write Nexmark events')
    .requiredOption('--events <n>', 'how many')
    .requiredOption('--out <file>', 'where')
    .option('--seed <n>', 'another seed, other events', '1')
    .option('--rate <n>', 'events per second of event time', '10000')
    .option('--base-time <ms>', 'event time of the first, milliseconds since the epoch', '1600000000000')
    .option('--out-of-order <duration>', 'put events off by up to this, their places stay', '0s')
    .option('--shuffle <duration>', 'change the places of lines within this bound, their times stay', '0s')
    .option('--side <file>', "also write q13's side table, as CSV")
    .action(async (options) => {
      process.exitCode = await (await import('./bench.ts')).generateCommand(options);
    });

  weir
    .command('evaluate <file>')
    .description('judge a learner on a CSV or NDJSON file: each row is predicted, scored, then learned')
    .requiredOption('--target <column>', 'the column that is to be predicted')
    .requiredOption('--task <task>', 'regression, binary, multiclass, anomaly, forecast or ratings')
    .option('--learner <name>', 'the learner (default: the one of the task that needs no tuning)')
    .option('--features <columns>', 'learn from these alone, as a,b (default: all but the target)')
    .option('--drop <columns>', 'leave these out, as a,b')
    .option('--text <columns>', 'read these as free text, as a,b')
    .option('--set <option=value>', 'an option of the learner; again for more', collect)
    .option('--delay <n>', 'learn each row n rows after it was predicted')
    .option('--skip <n>', 'do not score the first n rows')
    .option('--season <n>', 'of forecasts: the series is alike again after n rows; the baseline repeats the last n')
    .option('--json', 'one JSON object on stdout')
    .option('--plot <file>', 'draw error over time, drift and calibration as SVG')
    .action(lazy(async () => (await import('./evaluate/command.ts')).evaluateCommand));

  weir
    .command('sim [seed]')
    .description('run a windowed topology in the simulator and compare with an oracle')
    .option('--seeds <n>', 'how many seeds, from the first on', '1')
    .option('--every-crash', 'crash at step 1, then at step 2, and so on')
    .action(lazy(async () => (await import('./sim.ts')).simCommand));

  weir
    .command('new <kind> <name>')
    .description('write a stage of your own and its test; kind is source, operator, sink or codec')
    .action(async (kind: string, name: string) => {
      process.exitCode = await (await import('./new.ts')).newCommand(kind, name);
    });
  return weir;
}

watchReader();

try {
  await program().parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : BAD_USAGE;
  } else {
    const { code } = error as { code?: string };
    // Faults of a topology are told as `weir check` does, each from the begin of its line: editors look for places there.
    process.stderr.write(`${code === 'WEIR_TOPOLOGY' ? '' : 'weir: '}${described(error)}\n`);
    process.exitCode = BAD_USAGES.includes(code ?? '') ? BAD_USAGE : 1;
  }
}
