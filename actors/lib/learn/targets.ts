import type { At, KeySpec, Row } from '#stage';
import { numberOf } from './measurable.ts';

/** The numbers that are to be learned from a record; null when one of them is not known yet. Throws `WEIR_TARGET`. */
export function targetsOf({ names, expressions }: KeySpec, row: Row, at: At): number[] | null {
  // Of its length from the first: what grows has room for 17.
  const targets = new Array<number>(expressions.length);
  for (let i = 0; i < expressions.length; i++) {
    const number = numberOf(expressions[i]?.evaluate(row, at), 'WEIR_TARGET', 'the target', names[i]);
    if (number === null) return null;
    targets[i] = number;
  }
  return targets;
}
