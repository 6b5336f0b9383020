import { type At, type Expression, type Row, WeirError } from '#stage';
import type { Id } from './id-table.ts';

/** The text or number that names somebody or something; null when there is none. Throws `WEIR_VALUE`. */
export function idOf(expression: Expression, name: string, row: Row, at: At): Id | null {
  const value = expression.evaluate(row, at) ?? null;
  if (value === null || typeof value === 'string' || Number.isFinite(value)) return value as Id | null;
  throw new WeirError(
    'WEIR_VALUE',
    `${name} is ${typeof value === 'number' ? value : `a ${typeof value}`} and no text and no number`,
  );
}
