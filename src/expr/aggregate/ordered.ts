import { jsonOf } from '../../base/json.ts';

/*
 * What comes first: by event time, then by place in the source. Records of one place, which one record was made into,
 * come by their value, so that it does not matter in which order they arrive or which part of them is merged first.
 */

/** Whether a value comes before another of the same event time. */
export function isBefore(order: number, value: unknown, otherOrder: number, other: unknown): boolean {
  return order !== otherOrder ? order < otherOrder : compareValues(value, other) < 0;
}

function compareValues(a: unknown, b: unknown): number {
  if (typeof a !== typeof b) return typeof a < typeof b ? -1 : 1;
  if (typeof a === 'object') return compareValues(jsonOf(a), jsonOf(b));
  if ((a as number) < (b as number)) return -1;
  if ((a as number) > (b as number)) return 1;
  // Neither is less, but they need not be the same: NaN comes last, -0 before 0.
  return (
    Number(String(a) > String(b)) - Number(String(a) < String(b)) || Number(Object.is(b, -0)) - Number(Object.is(a, -0))
  );
}

/** Numbers before texts before bools, each in its own order; 0 and -0 are one. */
export function compareScalars(a: unknown, b: unknown): number {
  if (typeof a !== typeof b) return SCALARS.indexOf(typeof a) - SCALARS.indexOf(typeof b);
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}

const SCALARS = ['number', 'string', 'boolean'];

/** A value with its event time and order. */
export type Event = readonly [time: number, order: number, value: unknown];

/** By event time, then by order, then by value. */
export function compareEvents(a: Event, b: Event): number {
  return a[0] - b[0] || a[1] - b[1] || compareValues(a[2], b[2]);
}

/** The first values so far: event time, order and value of each, one after the other. */
export type Collected = unknown[];

/** Puts a value to its place and drops the last one if there are more than `limit`. O(1) where values come in order. */
export function collect(list: Collected, limit: number, time: number, order: number, value: unknown): void {
  let at = list.length;
  while (at > 0 && comesBefore(time, order, value, list, at - 3)) at -= 3;
  if (at >= limit * 3) return;
  if (at === list.length) list.push(time, order, value);
  else list.splice(at, 0, time, order, value);
  if (list.length > limit * 3) list.length = limit * 3;
}

function comesBefore(time: number, order: number, value: unknown, list: Collected, at: number): boolean {
  const otherTime = list[at] as number;
  return time !== otherTime ? time < otherTime : isBefore(order, value, list[at + 1] as number, list[at + 2]);
}

/** Adds what another list has collected. */
export function mergeCollected(list: Collected, other: Collected, limit: number): void {
  for (let i = 0; i < other.length; i += 3) {
    collect(list, limit, other[i] as number, other[i + 1] as number, other[i + 2]);
  }
}

/** The values alone. */
export function collectedValues(list: Collected): unknown[] {
  return list.filter((_, i) => i % 3 === 2);
}
