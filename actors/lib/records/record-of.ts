import { type Row, WeirError } from '#stage';

/** What a function of the user's returned, if it is a record; else throws `code`. */
export function recordOf(value: unknown, code: string): Row {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    if (typeof (value as { then?: unknown }).then !== 'function') return value as Row;
    throw new WeirError(code, 'the function returned a promise: it must give its result at once');
  }
  throw new WeirError(code, `the function returned ${kindOf(value)}, not a record`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : value === undefined ? 'nothing' : `a ${typeof value}`;
}
