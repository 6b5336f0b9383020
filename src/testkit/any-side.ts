import type { Row } from '../stage/row.ts';

/** Takes the records of every side output, whether anything reads it or not. */
export class AnySide extends Map<string, { push(row: Row): void }> {
  readonly #sides: { name: string; row: Row }[];

  constructor(sides: { name: string; row: Row }[]) {
    super();
    this.#sides = sides;
  }

  override has(): boolean {
    return true;
  }

  override get(name: string) {
    return { push: (row: Row) => void this.#sides.push({ name, row }) };
  }
}
