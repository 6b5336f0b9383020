import { Columns, inUnits, type SavedColumns } from './columns.ts';
import type { FeatureRow } from './feature-row.ts';
import { join } from './moments.ts';
import type { Scaling } from './scaler.ts';

const SIZE = 4;
const WEIGHT = 1;
const MEAN = 2;
const SQUARES = 3;

/** Mean and variance of each feature (Welford), of those records that have it. See the stage `standard-scaler`. */
export class StandardScaling implements Scaling {
  readonly #forgetting: number;
  readonly #columns: Columns;

  constructor(forgetting: number, saved?: unknown) {
    this.#forgetting = forgetting;
    this.#columns = new Columns(SIZE, saved as SavedColumns | undefined);
  }

  get rows(): number {
    return this.#columns.rows;
  }

  mean(slot: number): number {
    return this.#columns.flat[slot * SIZE + MEAN] as number;
  }

  /** The weighted mean of squares about the mean. */
  variance(slot: number): number {
    const { flat } = this.#columns;
    const weight = flat[slot * SIZE + WEIGHT] as number;
    return weight > 0 ? (flat[slot * SIZE + SQUARES] as number) / weight : 0;
  }

  scaled(slot: number, value: number): number {
    const columns = this.#columns;
    if (columns.isPlain(slot, value)) return value;
    return slot < columns.d ? inUnits(value - this.mean(slot), Math.sqrt(this.variance(slot))) : 0;
  }

  learn({ dense, index, n, d }: FeatureRow): void {
    const columns = this.#columns;
    columns.reserve(d);
    columns.rows++;
    const { flat } = columns;
    const forgetting = this.#forgetting;
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const value = dense[slot] as number;
      const at = columns.at(slot, value);
      const weight = forgetting * (flat[at + WEIGHT] as number) + 1;
      const off = value - (flat[at + MEAN] as number);
      flat[at + WEIGHT] = weight;
      flat[at + MEAN] = (flat[at + MEAN] as number) + off / weight;
      flat[at + SQUARES] = forgetting * (flat[at + SQUARES] as number) + (1 - 1 / weight) * off * off;
    }
  }

  /** Adds what another has learned of the same features, exactly (Chan et al.). */
  merge(other: StandardScaling): void {
    const [columns, others] = [this.#columns, other.#columns];
    columns.reserve(others.d);
    columns.rows += others.rows;
    const [a, b] = [columns.flat, others.flat];
    for (let at = 0; at < others.d * SIZE; at += SIZE) {
      if (b[at + WEIGHT] === 0) continue;
      a[at] = Math.max(a[at] as number, b[at] as number);
      join(a, b, at + WEIGHT);
    }
  }

  save(): SavedColumns {
    return this.#columns.save();
  }
}
