import { WeirError } from '#stage';

/** The numbers of a model that came from outside, which must be so many. Throws `WEIR_MODEL_FORM`, before room is made for them. */
export function sized<A extends { readonly length: number }>(numbers: A, length: number, what: string): A {
  const given = (numbers as Partial<A> | null | undefined)?.length;
  if (given === length) return numbers;
  throw new WeirError('WEIR_MODEL_FORM', `this model has ${given ?? 'no'} ${what} where ${length} belong`);
}

/** Counts, or sums of squares, of such a model. Throws `WEIR_MODEL_FORM` where one is below 0. */
export function notNegative(numbers: Iterable<number>, what: string): void {
  for (const number of numbers) {
    if (!(number >= 0)) throw new WeirError('WEIR_MODEL_FORM', `this model has ${number} among its ${what}`);
  }
}
