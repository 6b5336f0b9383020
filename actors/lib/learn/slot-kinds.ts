import { type FeatureRow, grown } from './feature-row.ts';

/** What a slot's values are: 1 where they are there at all (a level of a text); truth values; numbers. */
export const [LEVEL, TRUTH, NUMBER] = [0, 1, 2];

/** What the slots of a model hold, as their values tell. Kinds only rise: from levels over truth values to numbers. */
export class SlotKinds {
  of: Int32Array = new Int32Array(16);

  /** Takes in a row. O(features of the row). */
  note({ index, dense, n, d }: FeatureRow): void {
    if (d > this.of.length) this.of = grown(this.of, new Int32Array(2 * d));
    const kinds = this.of;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const value = dense[slot] as number;
      if (value === 1) continue;
      if (value !== 0) kinds[slot] = NUMBER as number;
      else if (kinds[slot] === LEVEL) kinds[slot] = TRUTH as number;
    }
  }
}
