import { Columns, inUnits, type SavedColumns } from './columns.ts';
import type { FeatureRow } from './feature-row.ts';
import { Quantile } from './quantile.ts';
import type { Scaling } from './scaler.ts';

export interface RobustScalingOptions {
  low: number;
  high: number;
}

interface Saved {
  columns: SavedColumns;
  quantiles: Float64Array[];
}

/** Three running quantiles of each feature. See the stage `robust-scaler`. */
export class RobustScaling implements Scaling {
  readonly #columns: Columns;
  readonly #ps: readonly number[];
  /** Three for each slot: below, the median, above. */
  readonly #quantiles: Quantile[];

  constructor({ low, high }: RobustScalingOptions, saved?: unknown) {
    const { columns, quantiles } = (saved ?? { quantiles: [] }) as Partial<Saved> & Pick<Saved, 'quantiles'>;
    this.#columns = new Columns(1, columns);
    this.#ps = [low, 0.5, high];
    this.#quantiles = quantiles.map((one, i) => new Quantile(this.#ps[i % 3] as number, one));
  }

  get rows(): number {
    return this.#columns.rows;
  }

  scaled(slot: number, value: number): number {
    const columns = this.#columns;
    if (columns.isPlain(slot, value)) return value;
    if (slot >= columns.d || this.#of(slot, 1).count === 0) return 0;
    return inUnits(value - this.#of(slot, 1).value, this.#of(slot, 2).value - this.#of(slot, 0).value);
  }

  #of(slot: number, which: number): Quantile {
    return this.#quantiles[3 * slot + which] as Quantile;
  }

  learn({ dense, index, n, d }: FeatureRow): void {
    const columns = this.#columns;
    columns.reserve(d);
    columns.rows++;
    const quantiles = this.#quantiles;
    while (quantiles.length < 3 * d) quantiles.push(new Quantile(this.#ps[quantiles.length % 3] as number));
    for (let i = 0; i < n; i++) {
      const slot = index[i] as number;
      const value = dense[slot] as number;
      columns.at(slot, value);
      for (let which = 0; which < 3; which++) this.#of(slot, which).add(value);
    }
  }

  save(): Saved {
    return { columns: this.#columns.save(), quantiles: this.#quantiles.map((one) => one.save()) };
  }
}
