import type { Aggregation, Operator, OperatorContext } from '#stage';
import { distinct, rowMaker } from './aggregate-fold.ts';
import { EarlySessions } from './early-sessions.ts';
import type { Fold } from './fold.ts';
import { GivenRows } from './given-rows.ts';
import type { Ends } from './grid.ts';
import { isUpdating, type Updating } from './options.ts';
import { SessionWindows } from './sessions.ts';
import { UpdatingWindows } from './updating-windows.ts';

/** The fields that tell the rows of windows apart, where later ones may take the place of earlier ones. */
export function windowKey(
  options: { early: unknown; lateness?: 'wait' | 'update' },
  keyNames: readonly string[],
  growing = false,
): readonly string[] | undefined {
  if (!isUpdating(options)) return undefined;
  return distinct([...keyNames, 'windowStart', ...(growing ? ['windowEnd'] : [])]);
}

/** Windows that give their result more than once. */
export function updatingWindows(
  ends: Ends,
  fold: Fold<unknown>,
  options: Updating & { aggregate: Aggregation | undefined },
  context: OperatorContext,
): Operator {
  const aggregate = options.aggregate as Aggregation;
  const names = windowKey(options, context.keyNames, ends.growing) as readonly string[];
  const given = new GivenRows(rowMaker(aggregate, context), names, context);
  return new UpdatingWindows(ends, fold, given, options, context);
}

/** Sessions that give current results before they close. */
export function earlySessions(
  fold: Fold<unknown>,
  options: { aggregate: Aggregation | undefined; gap: number; allowedLateness: number; early: Updating['early'] },
  context: OperatorContext,
): Operator {
  const { gap, allowedLateness, early } = options;
  const aggregate = options.aggregate as Aggregation;
  const keyNames = windowKey(options, context.keyNames) as readonly string[];
  const when = { every: early?.every, records: early?.records, gap, allowedLateness, keyNames };
  const rows = new EarlySessions<unknown>(rowMaker(aggregate, context), when, context);
  return new SessionWindows(gap, fold, allowedLateness, context, { early: rows });
}

/** The first half of such windows: records cross one by one, since what is folded together could not be given in between. */
export const UNFOLDED: Operator = { onRecord: (row, out) => out.emit(row) };
