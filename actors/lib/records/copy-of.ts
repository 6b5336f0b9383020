import type { Row } from '#stage';

/**
 * A copy of a record, to add fields to. Not `{ ...row, more }`: V8 makes a dictionary of that, which is 50 times slower to
 * make and 10 times slower to read than what comes of plain assignments.
 */
export function copyOf(row: Row): Row {
  return Object.assign({}, row);
}
