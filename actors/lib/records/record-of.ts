import { hush, isPlainObject, plainRecord, type Row, WeirError } from '#stage';

/** What a function of the user's returned, if it is a record; else throws `code`, or `WEIR_NOT_PLAIN` of an instance of a class. */
export function recordOf(value: unknown, code: string): Row {
  if (isPlainObject(value) && typeof value.then !== 'function') return value;
  if (typeof (value as { then?: unknown } | null | undefined)?.then === 'function') {
    hush(value);
    throw new WeirError(code, 'the function returned a promise: it must give its result at once');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return plainRecord(value);
  throw new WeirError(code, `the function returned ${kindOf(value)}, not a record`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : value === undefined ? 'nothing' : `a ${typeof value}`;
}
