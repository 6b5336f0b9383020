import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, WeirError } from '../base/errors.ts';
import { jsonOf } from '../base/json.ts';
import { realDisk } from '../host/disk.ts';
import { type RangeOptions, rangeOf } from './lake.ts';
import { type ResultFormat, writeResult } from './sql-result.ts';

export interface SqlOptions extends RangeOptions {
  path: string;
  format: ResultFormat;
  table?: string[];
}

interface Connection {
  run(sql: string): Promise<unknown>;
  readonly progress: { percentage: number };
}

type Actors = Record<string, (...given: any[]) => any>;

function actors(path: string): Promise<Actors> {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return import(new URL(`../../actors/lib/${path}.${ending}`, import.meta.url).href) as Promise<Actors>;
}

async function duckdb() {
  try {
    return await import('@duckdb/node-api');
  } catch (cause) {
    const advice = 'install it beside Weir: npm install @duckdb/node-api';
    throw new WeirError('WEIR_DUCKDB_MISSING', `weir lake sql asks DuckDB, which is not there: ${advice}`, { cause });
  }
}

const name = (text: string) => `"${text.replaceAll('"', '""')}"`;
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** `weir lake sql QUERY`: what DuckDB says of tables of the lake, Delta tables and Parquet files. */
export async function sqlCommand(sql: string, options: SqlOptions): Promise<number> {
  const { path, format, table = [] } = options;
  const range = rangeOf(options);
  if (!['table', 'csv', 'json'].includes(format)) {
    throw new WeirError('WEIR_USAGE', `--format: '${format}' is none of table, csv and json`);
  }
  const { DuckDBInstance, JsonDuckDBValueConverter: inJson } = await duckdb();
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const scratch = await mkdtemp(join(tmpdir(), 'weir-sql-'));
  const shown = new Progress();
  let known: string[] = [];
  try {
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run('SET enable_progress_bar = true; SET enable_progress_bar_print = false');
    for (const given of table) await nameTable(connection, given);
    known = [...table.map(nameOf), ...(await lakeTables(connection, sql, { path, scratch, shown, range }))];
    const stop = shown.follow('asking', () => connection.progress.percentage);
    try {
      const result = await connection.stream(sql);
      const convert: typeof inJson = (value, type, inner) =>
        typeof value === 'bigint' && isSafe(value) ? Number(value) : inJson(value, type, inner);
      const answer = { columnNames: () => result.columnNames(), rows: () => result.yieldConvertedRows(convert) };
      await writeResult(answer, format, () => shown.clear());
    } finally {
      stop();
    }
    return 0;
  } catch (cause) {
    if (cause instanceof WeirError) throw cause;
    const text = messageOf(cause);
    const advice = /Table with name .* does not exist/.test(text) ? `\n${tablesShown(known, path)}` : '';
    throw new WeirError('WEIR_USAGE', `DuckDB: ${text}${advice}`, { cause });
  } finally {
    shown.clear();
    connection.closeSync();
    instance.closeSync();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Of 64 bits and more, DuckDB gives text: a number says as much, as far as it is exact. */
const isSafe = (value: bigint) => value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;

function tablesShown(known: readonly string[], path: string): string {
  if (known.length > 0) return `The tables are ${known.join(', ')}.`;
  return `There is no table: ${path} is no lake that has one (--path), and --table names none.`;
}

const nameOf = (given: string) => given.slice(0, given.indexOf('='));

/** `events=data/events/`: a Delta table, or the Parquet files of a folder, under a name. */
async function nameTable(connection: Connection, given: string): Promise<void> {
  const path = given.slice(given.indexOf('=') + 1);
  if (given.indexOf('=') < 1 || path === '') throw new WeirError('WEIR_USAGE', `--table: '${given}' is not NAME=PATH`);
  const as = `CREATE VIEW ${name(nameOf(given))} AS`;
  const names = await realDisk.list(`${path}/_delta_log`);
  if (names.length === 0) {
    const isFolder = !/\.parquet$|[*?[]/.test(path);
    if (isFolder) await checkFolder(path);
    const files = isFolder ? `${path.replace(/\/$/, '')}/**/*.parquet` : path;
    const view = `${as} SELECT * FROM read_parquet(${quoted(files)}, union_by_name = true, hive_partitioning = false)`;
    await connection.run(view).catch((cause) => {
      // Behind it DuckDB shows the statement, which nobody has written.
      const [text] = messageOf(cause).split(/\s*\n\s*LINE \d+:/);
      throw new WeirError('WEIR_USAGE', `--table ${given}: DuckDB: ${text}`, { cause });
    });
    return;
  }
  await connection.run(`${as} ${await deltaQuery(path)}`);
}

async function checkFolder(path: string): Promise<void> {
  // DuckDB reads from elsewhere as well.
  if (/^\w+:\/\//.test(path)) return;
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) throw new WeirError('WEIR_USAGE', `--table: no folder ${path}`);
}

const SQL_TYPES: Record<string, string> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  integer: 'INTEGER',
  date: 'DATE',
  boolean: 'BOOLEAN',
};

/** The files of a Delta table that its log names, with the columns that its folders stand for. */
async function deltaQuery(path: string): Promise<string> {
  const { deltaFiles } = await actors('delta/paths');
  const { files, partitionColumns, columns } = (await deltaFiles!(realDisk, path)) as {
    files: { path: string; values: Record<string, string | null> }[];
    partitionColumns: string[];
    columns: { name: string; type: unknown }[];
  };
  const typeOf = (column: string) => SQL_TYPES[String(columns.find((one) => one.name === column)?.type)] ?? 'VARCHAR';
  const cast = (column: string, value: string | null | undefined) =>
    `CAST(${value === null || value === undefined || value === '' ? 'NULL' : quoted(value)} AS ${typeOf(column)}) AS ${name(column)}`;
  if (files.length === 0) return `SELECT ${columns.map((one) => cast(one.name, null)).join(', ')} WHERE false`;
  const groups = new Map<string, string[]>();
  for (const { path: file, values } of files) {
    const added = partitionColumns.map((column) => `, ${cast(column, values[column])}`).join('');
    // Its names are no patterns.
    groups.set(added, [...(groups.get(added) ?? []), quoted(file.replace(/[*?[]/g, '[$&]'))]);
  }
  // Some writers put the columns of the folders into the files as well.
  const taken = partitionColumns.map((column) => quoted(column.toLowerCase())).join(', ');
  const own = taken === '' ? '*' : `COLUMNS(name -> lower(name) NOT IN (${taken}))`;
  const parts = [...groups].map(
    ([added, list]) =>
      `SELECT ${own}${added} FROM read_parquet([${list.join(', ')}], union_by_name = true, hive_partitioning = false)`,
  );
  return parts.join(' UNION ALL BY NAME ');
}

interface Place {
  path: string;
  scratch: string;
  shown: Progress;
  range: object;
}

/**
 * Tables of the lake that the query has a word of; LevelDB cannot be read by DuckDB, so they are written out first. Gives the names
 * of all that there are.
 */
async function lakeTables(
  connection: Connection,
  sql: string,
  { path, scratch, shown, range }: Place,
): Promise<string[]> {
  if (!(await realDisk.list(path)).includes('CURRENT')) return [];
  const { tables, scan } = await actors('lake/read');
  const words = new Set(sql.match(/[\w.-]+/g) ?? []);
  let number = 0;
  const known: string[] = [];
  for await (const table of tables!(realDisk, path) as AsyncIterable<string>) known.push(table);
  for (const table of known.filter((one) => words.has(one))) {
    const file = join(scratch, `${number++}.ndjson`);
    const out = await open(file, 'w');
    let rows = 0;
    const stop = shown.follow(`reading ${table}`, () => rows);
    try {
      let text = '';
      for await (const { key, time, row, partition } of scan!(realDisk, path, table, range) as AsyncIterable<any>) {
        rows++;
        const of = partition === undefined ? {} : { _partition: partition };
        text += `${jsonOf({ ...row, _key: key, _time: time, ...of })}\n`;
        if (text.length < 1 << 20) continue;
        await out.write(text);
        text = '';
      }
      await out.write(text);
    } finally {
      stop();
      await out.close();
    }
    const from = `read_json(${quoted(file)}, format = 'newline_delimited', sample_size = -1)`;
    await connection.run(`CREATE TABLE ${name(table)} AS SELECT * FROM ${from}`);
  }
  return known;
}

/** A line on standard error, at a terminal, that says how far it is. */
class Progress {
  #wrote = false;

  follow(what: string, count: () => number): () => void {
    if (process.stderr.isTTY !== true) return () => {};
    const timer = setInterval(() => {
      const value = count();
      if (value < 0) return;
      const shown = what === 'asking' ? `${Math.round(value)} %` : `${value} rows`;
      process.stderr.write(`\r\u001b[K${what} … ${shown}`);
      this.#wrote = true;
    }, 200);
    return () => clearInterval(timer);
  }

  clear(): void {
    if (this.#wrote) process.stderr.write('\r\u001b[K');
    this.#wrote = false;
  }
}
