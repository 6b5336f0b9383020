import type { Aggregation, At, Key, OperatorContext, Row } from '#stage';
import { messageOf } from '#stage';
import { copyOf } from '../records/copy-of.ts';
import type { Fold } from './fold.ts';

/** Names without repeats, in order: two fields of one name are one field. */
export function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** The fields of a window's aggregates, exactly and in order. */
export function windowFields(keyNames: readonly string[], aggregation: Aggregation): readonly string[] {
  return distinct([...keyNames, ...aggregation.names, 'windowStart', 'windowEnd']);
}

/** The fields of a key as a new record. */
export function keyFields(key: Key, keyNames: readonly string[], keyValues: (key: Key) => readonly unknown[]): Row {
  const row: Row = {};
  if (keyNames.length === 0) return row;
  const values = keyValues(key);
  for (let i = 0; i < keyNames.length; i++) row[keyNames[i] as string] = values[i];
  return row;
}

/** What expressions outside of the aggregates may read. */
function extraOf(row: Row, start: number, end: number): Row {
  const extra = copyOf(row);
  extra.windowStart = start;
  extra.windowEnd = end;
  return extra;
}

/**
 * What makes the row of a group: key fields, aggregates and, for a window, `windowStart` and `windowEnd`. One that is `quiet`
 * makes no dead letter either where there is no result.
 */
export type RowMaker = (
  acc: unknown,
  key: Key,
  place: { time: number; order: number },
  bounds?: { start: number; end: number },
  quiet?: boolean,
) => Row | undefined;

/**
 * Gives a {@link RowMaker}. A group whose result cannot be computed becomes a dead letter with what is known of it, as records
 * do that cannot be added, and makes no row.
 */
export function rowMaker(
  aggregation: Aggregation,
  context: Pick<OperatorContext, 'at' | 'keyNames' | 'keyValues' | 'deadLetter'>,
): RowMaker {
  const { at, keyNames, keyValues } = context;
  const { names } = aggregation;
  const refuse = (row: Row, meta: At, error: unknown) => {
    const { code } = error as { code?: unknown };
    // A broken invariant is no fault of the records.
    if (code === 'WEIR_ASSERTION') throw error;
    const before = { ...at };
    Object.assign(at, meta);
    context.deadLetter(row, typeof code === 'string' ? code : 'WEIR_STAGE_THREW', messageOf(error));
    Object.assign(at, before);
  };
  return (acc, key, { time, order }, bounds, quiet = false) => {
    const row = keyFields(key, keyNames, keyValues);
    let result: Row;
    try {
      result = aggregation.result(acc, bounds === undefined ? row : extraOf(row, bounds.start, bounds.end));
    } catch (error) {
      const known = bounds === undefined ? row : { ...row, windowStart: bounds.start, windowEnd: bounds.end };
      if (!quiet) refuse(known, { time, order, key }, error);
      return undefined;
    }
    for (const name of names) row[name] = result[name];
    if (bounds !== undefined) {
      row.windowStart = bounds.start;
      row.windowEnd = bounds.end;
    }
    return row;
  };
}

/** One row per group, by a {@link RowMaker}. */
export function aggregateFold(
  aggregation: Aggregation,
  context: Pick<OperatorContext, 'at' | 'keyNames' | 'keyValues' | 'deadLetter'>,
): Fold<unknown> {
  const rowOf = rowMaker(aggregation, context);
  return {
    create: () => aggregation.create(),
    add: (acc, row, at) => aggregation.add(acc, row, at),
    merge: (into, other) => aggregation.merge(into, other),
    emit(acc, key, order, closing) {
      const { time, out } = closing;
      const row = rowOf(acc, key, { time, order }, closing);
      if (row !== undefined) out.emitAt(row, time, order, key);
    },
    encode: (acc) => aggregation.encode(acc),
    decode: (data) => aggregation.decode(data),
  };
}
