import type { OperatorContext, Output, Row } from '#stage';
import type { Progress } from '../window/progress.ts';

/**
 * Whether the record in hand is before no watermark. One at or behind it may have missed some that it should have met, so it is
 * late as a whole, whatever is still kept: else what it meets would depend on how far others happen to have come. `until` is
 * the last event time that it could have met.
 */
export function inTime(row: Row, until: number, context: OperatorContext, watermark: Progress, out: Output): boolean {
  const { time } = context.at;
  if (!Number.isFinite(time)) {
    context.deadLetter(row, 'WEIR_TIME', `${time} is no event time`);
    return false;
  }
  if (time > watermark.time) return true;
  context.late(row, until, out);
  return false;
}
