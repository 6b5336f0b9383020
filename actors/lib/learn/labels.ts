import { type At, type Expression, type Row, WeirError } from '#stage';

/** What a class can be named by. */
export type Label = string | number | boolean;

/** The classes of one model in the order of first sight. */
export class Labels {
  readonly list: Label[] = [];
  /**
   * What each class is called in a record of them: its text, with its type behind it where a class before it has that text,
   * such as `1 (string)` after the number 1. A text that ends in a type always has its own behind it: so a name with a type
   * says which class it is, in whatever order they came. So has `__proto__`, which no field can be called. They follow from the
   * list.
   */
  readonly names: string[] = [];
  readonly #numbers = new Map<Label, number>();
  readonly #taken = new Set<string>();
  readonly #most: number;

  constructor(most: number, list: readonly Label[] = []) {
    this.#most = most;
    for (const label of list) this.#add(label);
  }

  /** The number of a class, of a new one the next. Throws `WEIR_TARGET` when there would be too many. */
  numberOf(label: Label): number {
    const number = this.#numbers.get(label);
    if (number !== undefined) return number;
    if (this.list.length >= this.#most) {
      throw new WeirError('WEIR_TARGET', `the class ${label} is one more than the ${this.#most} that a model may have`);
    }
    return this.#add(label);
  }

  #add(label: Label): number {
    const number = this.list.push(label) - 1;
    this.#numbers.set(label, number);
    const text = String(label);
    this.names.push(this.#taken.has(text) || isTyped(text) ? withType(text, label) : text);
    this.#taken.add(text);
    return number;
  }

  /**
   * What a class is called in a record that another model made, which may have seen the classes in another order: of two of
   * one text either may have its type behind it there.
   */
  nameIn(made: Row, number: number): string {
    const label = this.list[number] as Label;
    const text = String(label);
    const typed = withType(text, label);
    if (isTyped(text) || Object.hasOwn(made, typed)) return typed;
    // The other one of that text has its type behind it.
    if (TYPES.some((type) => Object.hasOwn(made, `${text} (${type})`))) return text;
    return this.names[number] as string;
  }
}

const TYPES = ['string', 'number', 'boolean'];
const withType = (name: string, label: Label): string => `${name} (${typeof label})`;
/** Whether a text is never a name as it is. */
const isTyped = (text: string): boolean => text === '__proto__' || / \((string|number|boolean)\)$/.test(text);

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
