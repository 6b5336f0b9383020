import { type At, type KeySpec, type Row, WeirError } from '#stage';
import { LARGEST, measurable } from './measurable.ts';

/** The numbers that are to be learned from a record; null when one of them is not known yet. Throws `WEIR_TARGET`. */
export function targetsOf({ names, expressions }: KeySpec, row: Row, at: At): number[] | null {
  const targets: number[] = [];
  for (let i = 0; i < expressions.length; i++) {
    const value = expressions[i]?.evaluate(row, at) ?? null;
    if (value === null) return null;
    const number = typeof value === 'boolean' ? Number(value) : value;
    if (typeof number !== 'number' || !measurable(number)) {
      const what = typeof value === 'number' ? value : typeof value === 'string' ? 'text' : `a ${typeof value}`;
      throw new WeirError('WEIR_TARGET', `the target ${names[i]} is ${what} and no number up to ${LARGEST}`);
    }
    targets.push(number);
  }
  return targets;
}
