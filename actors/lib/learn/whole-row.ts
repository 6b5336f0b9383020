import type { FeatureRow } from './feature-row.ts';

/**
 * Rows without gaps: what a record has no value of stands at its mean, so that nothing is learned of it there. A level of a
 * text that a record does not have is 0, though; levels are the slots that never held anything but 1.
 */
export class WholeRow {
  /** The row made last. */
  row: Float64Array = new Float64Array(16);
  /** Slots there are. */
  d = 0;
  /** 1 where a slot has held something else than 1, and how many of these there are. */
  #numbers = new Uint8Array(16);
  #sure = 0;

  /** Takes note of the slots of a row that is to be learned; those that it is the first to have get a mean in `mean`. */
  note({ dense, index, n, d }: FeatureRow, mean: Float64Array): void {
    // Nothing is left to be found out.
    if (d === this.d && this.#sure === d) return;
    if (d > this.#numbers.length) this.#grow(d);
    const numbers = this.#numbers;
    const known = this.d;
    this.d = d;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const value = dense[slot] as number;
      if (value === 1) continue;
      if (numbers[slot] === 0) this.#sure++;
      numbers[slot] = 1;
      // Of what was before nothing is known but that it was not told.
      if (slot >= known) mean[slot] = value;
    }
  }

  /** The first `d` slots of a row, without gaps. O(d). */
  fill(x: FeatureRow, mean: Float64Array): Float64Array {
    const { row, d } = this;
    const { dense } = x;
    const numbers = this.#numbers;
    if (x.n >= d && x.d === d) {
      for (let j = 0; j < d; j++) row[j] = dense[j] as number;
      return row;
    }
    for (let j = 0; j < d; j++) row[j] = numbers[j] === 0 || x.has(j) ? (dense[j] as number) : (mean[j] as number);
    return row;
  }

  /** The same to be read only: it may be the row's own array. */
  view(x: FeatureRow, mean: Float64Array): Float64Array {
    return x.n >= this.d && x.d === this.d ? x.dense : this.fill(x, mean);
  }

  /** Takes over what another knows of the same slots. */
  merge(other: WholeRow): void {
    if (other.d > this.#numbers.length) this.#grow(other.d);
    this.d = Math.max(this.d, other.d);
    for (let j = 0; j < other.d; j++) if (other.#numbers[j] === 1) this.#numbers[j] = 1;
    this.#count();
  }

  #count(): void {
    this.#sure = this.#numbers.reduce((sum, one) => sum + one, 0);
  }

  #grow(d: number): void {
    const old = this.#numbers;
    this.#numbers = new Uint8Array(2 * d);
    this.#numbers.set(old);
    this.row = new Float64Array(2 * d);
  }

  save(): Uint8Array {
    return this.#numbers.slice(0, this.d);
  }

  static restore(saved: Uint8Array): WholeRow {
    const restored = new WholeRow();
    if (saved.length > restored.#numbers.length) restored.#grow(saved.length);
    restored.#numbers.set(saved);
    restored.d = saved.length;
    restored.#count();
    return restored;
  }
}
