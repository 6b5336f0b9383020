import type { SchemaElement } from 'hyparquet';
import { WeirError } from '#stage';

/** The types that a column may have, as `schema` names them. */
export const TYPES = ['text', 'number', 'int', 'bool', 'time', 'date', 'bytes', 'json'] as const;
/** Beside those: JSON as a text like any other, for tables that know no JSON. */
export type ColumnType = (typeof TYPES)[number] | 'json-text';

export interface ColumnSpec {
  readonly name: string;
  readonly type: ColumnType;
}

const ELEMENTS: Readonly<Record<ColumnType, Omit<SchemaElement, 'name'>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  number: { type: 'DOUBLE' },
  int: { type: 'INT64' },
  bool: { type: 'BOOLEAN' },
  time: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  },
  date: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } },
  bytes: { type: 'BYTE_ARRAY' },
  'json-text': { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  json: { type: 'BYTE_ARRAY', converted_type: 'JSON', logical_type: { type: 'JSON' } },
};

/** A column as Parquet's footer describes it. Every column may be null. */
export function elementOf({ name, type }: ColumnSpec): SchemaElement {
  return { name, repetition_type: 'OPTIONAL', ...ELEMENTS[type] };
}

/** Columns as an option gives them; undefined where it does not. */
export function columnsOf(schema: Readonly<Record<string, ColumnType>> | undefined): ColumnSpec[] | undefined {
  if (schema === undefined) return undefined;
  const columns = Object.entries(schema).map(([name, type]) => ({ name, type }));
  if (columns.length === 0) throw new WeirError('WEIR_OPTION', 'schema names no column: name one, or leave it out');
  return columns;
}

/** The type of a column whose first value this is; undefined for what tells nothing. */
export function typeOf(value: unknown): ColumnType | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number' || typeof value === 'bigint') return 'number';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof Date) return 'time';
  return value instanceof Uint8Array ? 'bytes' : 'json';
}
