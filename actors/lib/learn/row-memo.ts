import type { FeatureRow } from './feature-row.ts';

/** Knows whether the row in hand is the one that was last kept, so that work on it need not be done twice. */
export class RowMemo {
  #n = -1;
  #d = 0;
  #classes = 0;
  #index = new Int32Array(0);
  #values = new Float64Array(0);

  keep({ index, dense, n, d }: FeatureRow, classes: number): void {
    if (n > this.#index.length) {
      this.#index = new Int32Array(2 * n);
      this.#values = new Float64Array(2 * n);
    }
    for (let i = 0; i < n; i++) {
      this.#index[i] = index[i] as number;
      this.#values[i] = dense[index[i] as number] as number;
    }
    this.#n = n;
    this.#d = d;
    this.#classes = classes;
  }

  clear(): void {
    this.#n = -1;
  }

  holds({ index, dense, n, d }: FeatureRow, classes: number): boolean {
    if (n !== this.#n || d !== this.#d || classes !== this.#classes) return false;
    for (let i = 0; i < n; i++) {
      if (this.#index[i] !== index[i] || this.#values[i] !== dense[index[i] as number]) return false;
    }
    return true;
  }
}
