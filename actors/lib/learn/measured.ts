import { type At, type Expression, type Row, WeirError } from '#stage';
import { LARGEST, measurable } from './measurable.ts';

/** The number that an expression gives, a truth value as 1 or 0; null when there is none. Throws `WEIR_VALUE`. */
export function measuredOf(expression: Expression, name: string, row: Row, at: At): number | null {
  const value = expression.evaluate(row, at) ?? null;
  if (value === null) return null;
  const number = typeof value === 'boolean' ? Number(value) : value;
  if (typeof number === 'number' && measurable(number)) return number;
  const what = typeof value === 'number' ? value : typeof value === 'string' ? 'text' : `a ${typeof value}`;
  throw new WeirError('WEIR_VALUE', `${name} is ${what} and no number up to ${LARGEST}`);
}
