import { WeirError } from '#stage';

/** Throws `WEIR_OPTION` for what is no name of a table. */
export function checkTableName(table: string): void {
  if (/^[A-Za-z0-9_][\w.-]*$/.test(table)) return;
  throw new WeirError('WEIR_OPTION', `'${table}' is no name of a table: use letters, digits, _, . and -`);
}

/** Where the lake is, unless a stage says otherwise. */
export const LAKE_FOLDER = 'data/lake';
