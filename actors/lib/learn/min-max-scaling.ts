import { Columns, type SavedColumns } from './columns.ts';
import type { FeatureRow } from './feature-row.ts';
import type { Scaling } from './scaler.ts';

const SIZE = 4;
const SEEN = 1;
const LEAST = 2;
const MOST = 3;

/** The least and the largest value of each feature. See the stage `min-max-scaler`. */
export class MinMaxScaling implements Scaling {
  readonly #clip: boolean;
  readonly #columns: Columns;

  constructor(clip: boolean, saved?: unknown) {
    this.#clip = clip;
    this.#columns = new Columns(SIZE, saved as SavedColumns | undefined);
  }

  get rows(): number {
    return this.#columns.rows;
  }

  scaled(slot: number, value: number): number {
    const columns = this.#columns;
    if (columns.isPlain(slot, value)) return value;
    if (slot >= columns.d) return 0;
    const at = slot * SIZE;
    const least = columns.flat[at + LEAST] as number;
    const range = (columns.flat[at + MOST] as number) - least;
    const scaled = range > 0 ? (value - least) / range : 0;
    return this.#clip ? Math.max(0, Math.min(1, scaled)) : Math.max(-1e9, Math.min(1e9, scaled));
  }

  learn({ dense, index, n, d }: FeatureRow): void {
    const columns = this.#columns;
    columns.reserve(d);
    columns.rows++;
    const { flat } = columns;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const value = dense[slot] as number;
      const at = columns.at(slot, value);
      const isFirst = flat[at + SEEN] === 0;
      flat[at + SEEN] = 1;
      if (isFirst || value < (flat[at + LEAST] as number)) flat[at + LEAST] = value;
      if (isFirst || value > (flat[at + MOST] as number)) flat[at + MOST] = value;
    }
  }

  /** Adds what another has learned of the same features, exactly. */
  merge(other: MinMaxScaling): void {
    const [columns, others] = [this.#columns, other.#columns];
    columns.reserve(others.d);
    columns.rows += others.rows;
    const [a, b] = [columns.flat, others.flat];
    for (let at = 0; at < others.d * SIZE; at += SIZE) {
      if (b[at + SEEN] === 0) continue;
      const isFirst = a[at + SEEN] === 0;
      a[at] = Math.max(a[at] as number, b[at] as number);
      a[at + SEEN] = 1;
      a[at + LEAST] = isFirst ? (b[at + LEAST] as number) : Math.min(a[at + LEAST] as number, b[at + LEAST] as number);
      a[at + MOST] = isFirst ? (b[at + MOST] as number) : Math.max(a[at + MOST] as number, b[at + MOST] as number);
    }
  }

  save(): SavedColumns {
    return this.#columns.save();
  }
}
