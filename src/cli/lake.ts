import { WeirError } from '../base/errors.ts';
import { jsonOf } from '../base/json.ts';
import { fitsDate } from '../base/time.ts';
import { parseDuration } from '../base/units.ts';
import { parseIso } from '../expr/iso-time.ts';
import { realDisk } from '../host/disk.ts';

interface LakeReader {
  tables(disk: typeof realDisk, folder: string): AsyncIterable<string>;
  scan(
    disk: typeof realDisk,
    folder: string,
    table: string,
    range: { from?: number; to?: number; key?: unknown; limit?: number },
  ): AsyncIterable<{ key: unknown; time: number; row: Record<string, unknown> }>;
}

/** The reader lies beside the lake's sink, which the sources reach at run time only. */
async function reader(path: string): Promise<LakeReader> {
  // Opening would make a store of any folder. LevelDB has this file in each of its own.
  if (!(await realDisk.list(path)).includes('CURRENT'))
    throw new WeirError('WEIR_USAGE', `there is no lake at ${path}`);
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return (await import(new URL(`../../actors/lib/lake/read.${ending}`, import.meta.url).href)) as LakeReader;
}

/** `weir lake tables`: the names of the tables. */
export async function tablesCommand(options: { path: string; json?: boolean }): Promise<number> {
  const { tables } = await reader(options.path);
  for await (const table of tables(realDisk, options.path)) {
    process.stdout.write(`${options.json ? JSON.stringify({ table }) : table}\n`);
  }
  return 0;
}

export interface ScanOptions {
  path: string;
  key?: string;
  from?: string;
  to?: string;
  limit?: string;
  json?: boolean;
}

/** `weir lake scan TABLE`: rows by key and time. */
export async function scanCommand(table: string, options: ScanOptions): Promise<number> {
  const range = {
    ...(options.key === undefined ? {} : { key: keyOf(options.key) }),
    ...(options.from === undefined ? {} : { from: timeOf(options.from) }),
    ...(options.to === undefined ? {} : { to: timeOf(options.to) }),
    ...(options.limit === undefined ? {} : { limit: limitOf(options.limit) }),
  };
  const { scan, tables } = await reader(options.path);
  let count = 0;
  for await (const { key, time, row } of scan(realDisk, options.path, table, range)) {
    count++;
    if (options.json) process.stdout.write(`${jsonOf({ key, time, row })}\n`);
    else process.stdout.write(`${shownTime(time)}  ${key === null ? '' : `${key}  `}${jsonOf(row)}\n`);
  }
  if (count > 0) return 0;
  const known: string[] = [];
  for await (const name of tables(realDisk, options.path)) known.push(name);
  if (known.includes(table)) return 0;
  throw new WeirError('WEIR_USAGE', `there is no table ${table}; the lake has ${known.join(', ') || 'none'}`);
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
