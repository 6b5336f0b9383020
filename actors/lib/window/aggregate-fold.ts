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
 * One row per group: key fields, aggregates, `windowStart`, `windowEnd`. A group whose result cannot be computed becomes a
 * dead letter with what is known of it, as records do that cannot be added.
 */
export function aggregateFold(
  aggregation: Aggregation,
  context: Pick<OperatorContext, 'at' | 'keyNames' | 'keyValues' | 'deadLetter'>,
): Fold<unknown> {
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
  return {
    create: () => aggregation.create(),
    add: (acc, row, at) => aggregation.add(acc, row, at),
    merge: (into, other) => aggregation.merge(into, other),
    emit(acc, key, order, { start, end, time, out }) {
      const row = keyFields(key, keyNames, keyValues);
      let result: Row;
      try {
        result = aggregation.result(acc, extraOf(row, start, end));
      } catch (error) {
        refuse({ ...row, windowStart: start, windowEnd: end }, { time, order, key }, error);
        return;
      }
      for (const name of names) row[name] = result[name];
      row.windowStart = start;
      row.windowEnd = end;
      out.emitAt(row, time, order, key);
    },
    encode: (acc) => aggregation.encode(acc),
    decode: (data) => aggregation.decode(data),
  };
}
