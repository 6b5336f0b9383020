import { WeirError } from '#stage';
import { MISSING } from './partition-path.ts';

/** The types that the name of a folder may stand for. */
export const FOLDER_TYPES = ['text', 'number', 'int', 'bool', 'time', 'date'] as const;
export type FolderType = (typeof FOLDER_TYPES)[number];

/**
 * What the folders `name=value/` of a path stand for, as Hive, Spark and DuckDB name them, values percent-encoded; null for a column that
 * has no folder there, or the one of missing values. Throws `WEIR_PARTITION_VALUE` for a value that is not of its type.
 */
export function folderValues(path: string, types: Readonly<Record<string, FolderType>>): Record<string, unknown> {
  const folders = new Map<string, string>();
  for (const folder of path.split('/').slice(0, -1)) {
    const equals = folder.indexOf('=');
    if (equals > 0) folders.set(decoded(folder.slice(0, equals)), folder.slice(equals + 1));
  }
  return Object.fromEntries(
    Object.entries(types).map(([name, type]) => {
      const text = folders.get(name);
      if (text === undefined || text === MISSING) return [name, null];
      const value = typed(decoded(text), type);
      if (value !== undefined) return [name, value];
      const what = `${path}: the folder ${name}=${text} stands for no ${type}: see option partition`;
      throw new WeirError('WEIR_PARTITION_VALUE', what, { data: { permanent: true } });
    }),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function typed(text: string, type: FolderType): unknown {
  switch (type) {
    case 'text':
      return text;
    case 'bool':
      return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined;
    case 'int':
      if (!/^[+-]?\d+$/.test(text)) return undefined;
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case 'number':
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
    case 'time':
    case 'date':
      return timeOf(text);
  }
}

/** `2024-05-01`, `2024-05-01 10:00:00.123456`, `2024-05-01T10:00:00.123456Z`: milliseconds since the epoch, in UTC where nothing else is said. */
export function timeOf(text: string): number | undefined {
  const match = /^([+-]?\d{4,6}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?$/.exec(text);
  if (match === null) return undefined;
  const [, day, time = '00:00:00', fraction = '', zone = 'Z'] = match;
  const whole = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(whole) ? undefined : whole + Math.round(Number(`0${fraction}`) * 1e6) / 1e3;
}
