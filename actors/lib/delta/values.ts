import { timeOf } from '../files/folder-values.ts';

/** What the text that the log holds of a partition's value stands for, as records of source `parquet` have it. */
export function partitionValue(text: string | null | undefined, type: unknown): unknown {
  if (text === null || text === undefined || text === '') return null;
  switch (typeof type === 'string' ? type.replace(/\(.*/, '') : '') {
    case 'byte':
    case 'short':
    case 'integer':
    case 'long':
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case 'float':
    case 'double':
    case 'decimal':
      return Number(text);
    case 'boolean':
      return text === 'true';
    case 'date':
    case 'timestamp':
    case 'timestamp_ntz':
      return timeOf(text) ?? text;
    default:
      return text;
  }
}
