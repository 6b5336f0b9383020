import { notTiny } from './measurable.ts';

/**
 * The features of the record in hand as numbers, in slots that a model knows them by. Dense and sparse at once: `dense` holds
 * all slots, zero where the record has nothing; the record's own slots are `index[0 … n − 1]`, each once. One object is used
 * for all records.
 */
export class FeatureRow {
  #d = 0;
  n = 0;
  dense: Float64Array = new Float64Array(16);
  index: Int32Array = new Int32Array(16);
  /** Where it is the `stamp`, the row has a value in the slot. */
  seen: Int32Array = new Int32Array(16);
  stamp = 1;
  /** The plan of a reader by which the row was filled, and with numbers alone: the next record's may stand in their places. */
  filled: Int32Array | undefined;
  #record = 1;

  /** Tells one record from the next. */
  get record(): number {
    return this.#record;
  }

  /** Slots there are, those of earlier records among them: `dense` has a number for each. */
  get d(): number {
    return this.#d;
  }

  set d(slots: number) {
    if (slots > this.dense.length) this.#grow(slots);
    this.#d = slots;
  }

  /** Empties the row. O(n). */
  clear(): void {
    const { dense, index, n } = this;
    for (let i = 0; i < n; i++) dense[index[i] as number] = 0;
    this.n = 0;
    this.d = 0;
    this.filled = undefined;
    this.#record++;
    if (++this.stamp < 2 ** 31 - 1) return;
    this.seen.fill(0);
    this.stamp = 1;
  }

  /** Another record has taken the places of the one before. */
  refilled(): void {
    this.#record++;
  }

  /** Makes room for so many slots, and for so many more that this record has. */
  reserve(slots: number, more: number): void {
    if (slots > this.dense.length) this.#grow(slots);
    if (this.n + more > this.index.length) this.index = grown(this.index, new Int32Array(2 * (this.n + more)));
  }

  /** Adds to what a slot holds; what is tiny is nothing. O(1), but when the row must grow. */
  add(slot: number, value: number): void {
    if (slot >= this.dense.length) this.#grow(slot + 1);
    if (this.seen[slot] !== this.stamp) {
      this.seen[slot] = this.stamp;
      this.filled = undefined;
      if (this.n === this.index.length) this.index = grown(this.index, new Int32Array(2 * this.n));
      this.index[this.n++] = slot;
    }
    this.dense[slot] = (this.dense[slot] as number) + notTiny(value);
  }

  has(slot: number): boolean {
    return this.seen[slot] === this.stamp;
  }

  #grow(slots: number): void {
    const room = Math.max(slots, 2 * this.dense.length);
    this.dense = grown(this.dense, new Float64Array(room));
    this.seen = grown(this.seen, new Int32Array(room));
  }
}

/** `to` with what `from` holds. */
export function grown<A extends Float64Array | Int32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
