import { WeirError } from '../base/errors.ts';
import { jsonOf } from '../base/json.ts';
import { fitsDate } from '../base/time.ts';
import { parseDuration } from '../base/units.ts';
import { parseIso } from '../expr/iso-time.ts';
import { realDisk } from '../host/disk.ts';

type LakeDisk = typeof realDisk;

interface Range {
  from?: number;
  to?: number;
  key?: unknown;
  partition?: unknown;
  limit?: number;
  timeOrder?: boolean;
}

interface LakeReader {
  tables(disk: LakeDisk, folder: string): AsyncIterable<string>;
  scan(
    disk: LakeDisk,
    folder: string,
    table: string,
    range: Range,
  ): AsyncIterable<{ key: unknown; time: number; row: Record<string, unknown>; partition?: unknown }>;
  tableInfo(
    disk: LakeDisk,
    folder: string,
    table: string,
  ): Promise<{
    layout: { partition: { range?: number } | null; timeOrder: boolean };
    shown: string;
    partitions: unknown[];
  }>;
}

/** A part of the lake lies beside its sink, which the sources reach at run time only. */
async function lakePart<T>(name: string, path: string): Promise<T> {
  // Opening would make a store of any folder. LevelDB has this file in each of its own.
  if (!(await realDisk.list(path)).includes('CURRENT'))
    throw new WeirError('WEIR_USAGE', `there is no lake at ${path}`);
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return (await import(new URL(`../../actors/lib/lake/${name}.${ending}`, import.meta.url).href)) as T;
}

const reader = (path: string) => lakePart<LakeReader>('read', path);

/** `weir lake tables`: the names of the tables, and how those are kept that say so. */
export async function tablesCommand(options: { path: string; json?: boolean }): Promise<number> {
  const { tables, tableInfo } = await reader(options.path);
  for await (const table of tables(realDisk, options.path)) {
    const { layout, shown, partitions } = await tableInfo(realDisk, options.path, table);
    const plain = layout.partition === null && !layout.timeOrder;
    const told = plain ? { table } : { table, ...layout, partitions: partitions.length };
    const text = layout.partition === null ? shown : `${shown}; ${partitions.length} partitions`;
    process.stdout.write(`${options.json ? JSON.stringify(told) : plain ? table : `${table}  ${text}`}\n`);
  }
  return 0;
}

/** `weir lake partitions TABLE`: what `--partition` takes, a line each. */
export async function partitionsCommand(table: string, options: { path: string; json?: boolean }): Promise<number> {
  const { tables, tableInfo } = await reader(options.path);
  await checkTable(tables, table, options.path);
  const { layout, partitions } = await tableInfo(realDisk, options.path, table);
  for (const partition of partitions) {
    const time = layout.partition?.range !== undefined && typeof partition === 'number';
    const shown = time ? shownTime(partition) : typeof partition === 'string' ? `"${partition}"` : String(partition);
    process.stdout.write(`${options.json ? JSON.stringify({ partition }) : shown}\n`);
  }
  return 0;
}

/** `weir lake compact [TABLE]`: gives the room of deleted rows back to the disk. */
export async function compactCommand(table: string | undefined, options: { path: string }): Promise<number> {
  const { path } = options;
  const { tables } = await reader(path);
  const { compactTable } = await lakePart<{
    compactTable(disk: LakeDisk, folder: string, table: string): Promise<void>;
  }>('compaction', path);
  if (table !== undefined) await checkTable(tables, table, path);
  const chosen: string[] = [];
  for await (const name of tables(realDisk, path)) if (table === undefined || name === table) chosen.push(name);
  const before = await bytesBelow(path);
  for (const name of chosen) await compactTable(realDisk, path, name);
  const after = await bytesBelow(path);
  process.stdout.write(`${chosen.length} tables compacted: ${before} bytes before, ${after} now\n`);
  return 0;
}

async function bytesBelow(path: string): Promise<number> {
  const sizes = await Promise.all((await realDisk.list(path)).map((file) => realDisk.size(`${path}/${file}`)));
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

async function checkTable(tables: LakeReader['tables'], table: string, path: string): Promise<void> {
  const known: string[] = [];
  for await (const name of tables(realDisk, path)) known.push(name);
  if (known.includes(table)) return;
  throw new WeirError('WEIR_USAGE', `there is no table ${table}; the lake has ${known.join(', ') || 'none'}`);
}

/** Which rows a command is to read, as the shell gives it. */
export interface RangeOptions {
  from?: string;
  to?: string;
  partition?: string;
}

export interface ScanOptions extends RangeOptions {
  path: string;
  key?: string;
  limit?: string;
  order?: string;
  json?: boolean;
}

/** The range that options name. Throws `WEIR_USAGE` for one that cannot be read. */
export function rangeOf({ from, to, partition }: RangeOptions): Range {
  return {
    ...(from === undefined ? {} : { from: timeOf(from) }),
    ...(to === undefined ? {} : { to: timeOf(to) }),
    ...(partition === undefined ? {} : { partition: partitionOf(partition) }),
  };
}

/** `weir lake scan TABLE`: rows by key and time, or by time. */
export async function scanCommand(table: string, options: ScanOptions): Promise<number> {
  const { order = 'key' } = options;
  if (!['key', 'time'].includes(order))
    throw new WeirError('WEIR_USAGE', `--order: '${order}' is neither key nor time`);
  const range = {
    ...rangeOf(options),
    ...(options.key === undefined ? {} : { key: keyOf(options.key) }),
    ...(options.limit === undefined ? {} : { limit: limitOf(options.limit) }),
    timeOrder: order === 'time',
  };
  const { scan, tables, tableInfo } = await reader(options.path);
  if (range.timeOrder && !(await tableInfo(realDisk, options.path, table)).layout.timeOrder) {
    await checkTable(tables, table, options.path);
    throw new WeirError(
      'WEIR_USAGE',
      `--order time: the table ${table} is not kept so; see timeOrder of the sink lake`,
    );
  }
  let count = 0;
  for await (const { key, time, row, partition } of scan(realDisk, options.path, table, range)) {
    count++;
    const of = partition === undefined ? {} : { partition };
    if (options.json) process.stdout.write(`${jsonOf({ key, time, ...of, row })}\n`);
    else process.stdout.write(`${shownTime(time)}  ${key === null ? '' : `${key}  `}${jsonOf(row)}\n`);
  }
  if (count === 0) await checkTable(tables, table, options.path);
  return 0;
}

/** A store may hold rows of an older version at times that no date has. */
function shownTime(time: number): string {
  return fitsDate(time) ? new Date(time).toISOString() : String(time);
}

function limitOf(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new WeirError('WEIR_USAGE', `--limit: '${text}' is not a whole number from 0 on`);
}

/** A key as the shell gives it: a number or a truth value where it reads as one, unless it is in quotation marks. */
function keyOf(text: string): unknown {
  if (/^".*"$/.test(text)) return text.slice(1, -1);
  if (text === 'true' || text === 'false' || text === 'null') return JSON.parse(text);
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** A partition as `weir lake partitions` shows it: a time that begins a step is written as such. */
function partitionOf(text: string): unknown {
  return parseIso(text) ?? keyOf(text);
}

function timeOf(text: string): number {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  const parsed = parseIso(text);
  if (parsed !== undefined) return parsed;
  try {
    return Date.now() - parseDuration(text);
  } catch {
    throw new WeirError(
      'WEIR_USAGE',
      `'${text}' is no time: write ISO 8601, milliseconds since the epoch, or an age such as 5m`,
    );
  }
}
