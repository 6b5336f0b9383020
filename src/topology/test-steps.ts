import { parseDuration } from '../base/units.ts';
import { parseIso } from '../expr/iso-time.ts';
import { nearest } from '../expr/nearest.ts';
import { isMap } from './places.ts';

/** One thing that a stream of a test is given. */
export type TestStep =
  | { kind: 'record'; row: Record<string, unknown>; time?: number }
  /** Input that is no record. */
  | { kind: 'error'; input: string; reason: string }
  /** The clock goes on by so many milliseconds. */
  | { kind: 'advance'; ms: number };

/** What is wrong with a step, and at which of its keys. */
export interface StepFault {
  message: string;
  key?: string;
  expected?: string;
  didYouMean?: string | undefined;
}

const STEP_WORDS = ['$time', '$advance', '$error', '$input'];

/** Reads a step of `given` as it is written. `clockMs` is what a time such as `5s` is counted from. */
export function readStep(written: unknown, clockMs: number): TestStep | StepFault {
  if (!isMap(written)) return { message: 'a record is a map', expected: '{ field: value }' };
  const words = Object.keys(written).filter((key) => key.startsWith('$'));
  const unknown = words.find((key) => !STEP_WORDS.includes(key));
  if (unknown !== undefined) {
    const didYouMean = nearest(unknown, STEP_WORDS);
    return { message: `'${unknown}' is no step of a test`, key: unknown, expected: STEP_WORDS.join(', '), didYouMean };
  }
  const { $time, $advance, $error, $input, ...row } = written;
  const alone = $advance !== undefined ? '$advance' : $error !== undefined ? '$error' : undefined;
  if (alone !== undefined && ($time !== undefined || Object.keys(row).length > 0)) {
    return { message: `${alone} stands alone: it is no part of a record`, key: alone };
  }
  if ($advance !== undefined) {
    const ms = durationOf($advance);
    if (ms === undefined) return { message: '$advance takes a duration', key: '$advance', expected: '10s' };
    return { kind: 'advance', ms };
  }
  if ($error !== undefined) return { kind: 'error', reason: String($error), input: String($input ?? '') };
  if ($input !== undefined) return { message: '$input belongs beside $error', key: '$input' };
  if ($time === undefined) return { kind: 'record', row };
  const time = timeOf($time, clockMs);
  if (time !== undefined) return { kind: 'record', row, time };
  return {
    message: '$time takes a time',
    key: '$time',
    expected: 'milliseconds, ISO 8601 text, or 5s after the start',
  };
}

/** Milliseconds since the epoch of a number, of ISO 8601 text, or of a duration counted from `clockMs`. */
export function timeOf(value: unknown, clockMs = 0): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const ms = durationOf(value);
  if (ms !== undefined) return clockMs + ms;
  return parseIso(value);
}

function durationOf(value: unknown): number | undefined {
  try {
    return parseDuration(String(value));
  } catch {
    return undefined;
  }
}
