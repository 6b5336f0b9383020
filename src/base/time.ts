import { WeirError } from './errors.ts';

/** Whether it is a time: milliseconds since 1970 that a `Date` can hold, less than 8.64e15 to either side. */
export function isTime(time: unknown): time is number {
  return typeof time === 'number' && Math.abs(time) < 8.64e15;
}

/** The error for a record that was to get a time that is none. */
export function noTime(time: unknown): WeirError {
  return new WeirError(
    'WEIR_NO_EVENT_TIME',
    `a record cannot have the event time ${String(time)}: give milliseconds since 1970, less than 8.64e15`,
  );
}
