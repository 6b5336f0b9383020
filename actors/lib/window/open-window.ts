import type { OperatorContext, Output, Row } from '#stage';

/**
 * Whether a record, whose last window ends at `end`, is in one that is still open: those that end by `closed` are not. Else it
 * is late. A record of no time is a dead letter, and one in the gap between two windows (`end` is NaN) goes nowhere.
 */
export function inOpenWindow(row: Row, end: number, closed: number, context: OperatorContext, out: Output): boolean {
  const { time } = context.at;
  if (!Number.isFinite(time)) {
    context.deadLetter(row, 'WEIR_TIME', `${time} is no event time`);
    return false;
  }
  if (end <= closed) {
    context.late(row, end, out);
    return false;
  }
  return !Number.isNaN(end);
}
