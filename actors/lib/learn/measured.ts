import type { At, Expression, Row } from '#stage';
import { numberOf } from './measurable.ts';

/** The number that an expression gives, a truth value as 1 or 0; null when there is none. Throws `WEIR_VALUE`. */
export function measuredOf(expression: Expression, name: string, row: Row, at: At): number | null {
  return numberOf(expression.evaluate(row, at), 'WEIR_VALUE', name);
}
