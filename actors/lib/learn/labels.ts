import { type At, type Expression, type Row, WeirError } from '#stage';

/** What a class can be named by. */
export type Label = string | number | boolean;

/** The classes of one model in the order of first sight. */
export class Labels {
  readonly list: Label[];
  readonly #numbers: Map<Label, number>;
  readonly #most: number;

  constructor(most: number, list: readonly Label[] = []) {
    this.#most = most;
    this.list = [...list];
    this.#numbers = new Map(list.map((label, i) => [label, i]));
  }

  /** The number of a class, of a new one the next. Throws `WEIR_TARGET` when there would be too many. */
  numberOf(label: Label): number {
    let number = this.#numbers.get(label);
    if (number === undefined) {
      if (this.list.length >= this.#most) {
        throw new WeirError(
          'WEIR_TARGET',
          `the class ${label} is one more than the ${this.#most} that a model may have`,
        );
      }
      number = this.list.push(label) - 1;
      this.#numbers.set(label, number);
    }
    return number;
  }
}

/** The class that is to be learned from a record; null when it is not known yet. Throws `WEIR_TARGET`. */
export function labelOf(target: Expression, row: Row, at: At): Label | null {
  const value = target.evaluate(row, at) ?? null;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new WeirError(
    'WEIR_TARGET',
    `the target is ${typeof value === 'number' ? value : `a ${typeof value}`} and no class`,
  );
}
