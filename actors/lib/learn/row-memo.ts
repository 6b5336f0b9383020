import type { FeatureRow } from './feature-row.ts';

/** Knows whether the row in hand is the one that was last kept, so that work on it need not be done twice. O(1). */
export class RowMemo {
  #row: FeatureRow | undefined;
  #record = 0;
  #classes = 0;

  keep(row: FeatureRow, classes: number): void {
    this.#row = row;
    this.#record = row.record;
    this.#classes = classes;
  }

  clear(): void {
    this.#row = undefined;
  }

  holds(row: FeatureRow, classes: number): boolean {
    return row === this.#row && row.record === this.#record && classes === this.#classes;
  }
}
