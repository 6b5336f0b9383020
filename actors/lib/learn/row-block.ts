import { type FeatureRow, grown } from './feature-row.ts';
import { sized } from './sized.ts';
import { WholeRow } from './whole-row.ts';

/** Rows without gaps that wait until there are so many of them, and the means at which what they lack stands. */
export class RowBlock {
  /** How the rows are made whole. */
  readonly whole: WholeRow;
  /** The rows one after the other, of `d` numbers each. */
  rows: Float64Array;
  /** Rows that wait. */
  count = 0;
  /** By slots; whoever holds the block keeps them. */
  mean: Float64Array = new Float64Array(16);
  readonly #size: number;

  /** For `size` rows. */
  constructor(size: number, whole: WholeRow = new WholeRow()) {
    this.#size = size;
    this.whole = whole;
    this.rows = new Float64Array(size * whole.d);
  }

  get isFull(): boolean {
    return this.count === this.#size;
  }

  /** O(d); where the row has features for the first time O(size · d). */
  add(x: FeatureRow): void {
    const { whole } = this;
    if (x.d !== whole.d) this.#widen(x);
    whole.note(x, this.mean);
    this.rows.set(whole.fill(x, this.mean).subarray(0, whole.d), this.count * whole.d);
    this.count++;
  }

  /** Makes room for features seen for the first time: before they stood at where they begin. */
  #widen(x: FeatureRow): void {
    const { d } = x;
    const known = this.whole.d;
    if (d > this.mean.length) this.mean = grown(this.mean, new Float64Array(2 * d));
    this.whole.note(x, this.mean);
    const rows = new Float64Array(this.#size * d);
    for (let i = 0; i < this.count; i++) {
      rows.set(this.rows.subarray(i * known, (i + 1) * known), i * d);
      for (let j = known; j < d; j++) rows[i * d + j] = this.mean[j] as number;
    }
    this.rows = rows;
  }

  save(): SavedBlock {
    const { d } = this.whole;
    return { mean: this.mean.slice(0, d), waiting: this.rows.slice(0, this.count * d), whole: this.whole.save() };
  }

  static restore(size: number, { mean, waiting, whole }: SavedBlock): RowBlock {
    sized(mean, whole.length, 'means');
    const block = new RowBlock(size, WholeRow.restore(whole));
    const d = mean.length;
    block.mean = grown(mean, new Float64Array(Math.max(16, d)));
    block.rows.set(waiting);
    block.count = d === 0 ? 0 : waiting.length / d;
    return block;
  }
}

export interface SavedBlock {
  mean: Float64Array;
  waiting: Float64Array;
  whole: Uint8Array;
}
