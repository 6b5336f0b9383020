import { WeirError } from './errors.ts';

/** The first and the last time that a `Date` can hold are so far from 1970, ms. */
const FARTHEST_DATE_MS = 8.64e15;

/** Whether a `Date` can hold it: milliseconds since 1970, 8.64e15 at most to either side. */
export function fitsDate(time: unknown): time is number {
  return typeof time === 'number' && Math.abs(time) <= FARTHEST_DATE_MS;
}

/** Whether it is an event time: as {@link fitsDate}, but for the first and the last one. */
export function isTime(time: unknown): time is number {
  return typeof time === 'number' && Math.abs(time) < FARTHEST_DATE_MS;
}

/** The error for a record that was to get a time that is none. */
export function noTime(time: unknown): WeirError {
  return new WeirError(
    'WEIR_NO_EVENT_TIME',
    `a record cannot have the event time ${String(time)}: give milliseconds since 1970, less than 8.64e15`,
  );
}
