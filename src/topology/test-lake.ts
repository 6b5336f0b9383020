import { nearest } from '../expr/nearest.ts';
import { isMap } from './places.ts';
import { type StepFault, timeOf } from './test-steps.ts';

/** A row that a table of the lake holds before a test begins. */
export interface LakeTestRow {
  /** Several values travel as the JSON text of their list, as keys do everywhere. */
  key: string | number | boolean;
  time: number;
  row: Record<string, unknown>;
}

/** Reads a row of a test's `lake`; its time may be counted from `clockMs`, which it also is without one. */
export function readLakeRow(written: unknown, clockMs: number): LakeTestRow | StepFault {
  if (!isMap(written)) return { message: 'a row is a map', expected: '{ $key: …, field: value }' };
  const { $key, $time = clockMs, ...row } = written;
  const unknown = Object.keys(row).find((name) => name.startsWith('$'));
  if (unknown !== undefined) {
    const didYouMean = nearest(unknown, ['$key', '$time']);
    return { message: `'${unknown}' says nothing of a row`, key: unknown, expected: '$key, $time', didYouMean };
  }
  const parts = Array.isArray($key) ? $key : [$key];
  if (parts.length === 0 || !parts.every((part) => ['string', 'number', 'boolean'].includes(typeof part))) {
    const message = 'a row of the lake has a $key: text, a number, true or false, or a list of them';
    return $key === undefined ? { message } : { message, key: '$key' };
  }
  const time = timeOf($time, clockMs);
  if (time === undefined) {
    return { message: '$time takes a time', key: '$time', expected: 'milliseconds, ISO 8601 text, or 5s' };
  }
  return { key: parts.length === 1 && !Array.isArray($key) ? parts[0] : JSON.stringify(parts), time, row };
}
