import { WeirError } from '#stage';

/** Beyond this a number is no measurement: its square times others would leave the range of doubles. */
export const LARGEST = 1e50;
/** What is nearer to 0 is taken as 0: its square would fall out of the range of doubles, and its inverse out of that of measurements. */
export const SMALLEST = 1e-50;

/** A number, or 0 where it is nearer to that than any measurement. */
export function notTiny(value: number): number {
  return value > -SMALLEST && value < SMALLEST ? 0 : value;
}

/** Whether a learner can reckon with a number: it is finite, and its square is, too. */
export function measurable(value: number): boolean {
  return Math.abs(value) <= LARGEST;
}

/**
 * What an expression or a field gives as a number, a truth value as 1 or 0, what is tiny as 0; null when there is none. `what` is what it is, and `name`
 * which of these, for the error of that code which is thrown where a learner cannot reckon with it.
 */
export function numberOf(value: unknown, code: string, what: string, name?: string): number | null {
  if (value === null || value === undefined) return null;
  const number = typeof value === 'boolean' ? Number(value) : value;
  if (typeof number === 'number' && measurable(number)) return notTiny(number);
  const is = typeof number === 'number' ? number : typeof number === 'string' ? 'text' : `a ${typeof number}`;
  throw new WeirError(code, `${what}${name === undefined ? '' : ` ${name}`} is ${is} and no number up to ${LARGEST}`);
}
