import { FeatureRow } from './feature-row.ts';
import { FourierMap } from './fourier-map.ts';
import type { Regression } from './model.ts';
import { RlsModel, type RlsOptions } from './rls-model.ts';

export interface FourierOptions extends RlsOptions {
  /** Cosines. */
  features: number;
  /** The distance over which answers change, in deviations of the columns. */
  length: number;
  seed: number;
}

interface Saved {
  map: unknown;
  inner: unknown;
  /** Rows of the warm-up, to be learned from behind it. */
  waiting: { x: Float64Array; y: Float64Array }[];
}

/** Recursive least squares over random Fourier features. It learns its first rows when the last of the warm-up has come. */
export class FourierRlsModel implements Regression {
  readonly #map: FourierMap;
  readonly #inner: RlsModel;
  readonly #row = new FeatureRow();
  #waiting: Saved['waiting'] = [];

  constructor(options: FourierOptions, targets: number, saved?: Saved) {
    const { features, length, seed } = options;
    this.#map = saved ? FourierMap.restore(features, length, seed, saved.map) : new FourierMap(features, length, seed);
    this.#inner = saved ? RlsModel.restore(options, saved.inner) : new RlsModel(options, targets);
    if (saved) this.#waiting = saved.waiting.map(({ x, y }) => ({ x: Float64Array.from(x), y: Float64Array.from(y) }));
    if (this.#map.ready) this.#reserve();
  }

  get rows(): number {
    return this.#inner.rows;
  }

  #reserve(): void {
    const { size } = this.#map;
    for (let j = 0; j < size; j++) this.#row.add(j, 0);
    this.#row.d = size;
  }

  predict(x: FeatureRow, out: Float64Array): void {
    if (!this.#map.ready) {
      out.fill(0);
      return;
    }
    this.#map.map(x, this.#row.dense);
    this.#inner.predict(this.#row, out);
  }

  learn(x: FeatureRow, y: Float64Array): void {
    if (this.#map.ready) {
      this.#map.map(x, this.#row.dense);
      this.#inner.learn(this.#row, y);
      return;
    }
    this.#waiting.push({ x: x.dense.slice(0, x.d), y: y.slice() });
    if (!this.#map.warm(x)) return;
    this.#reserve();
    const earlier = new FeatureRow();
    for (const one of this.#waiting) {
      earlier.clear();
      one.x.forEach((value, slot) => {
        earlier.add(slot, value);
      });
      earlier.d = one.x.length;
      this.#map.map(earlier, this.#row.dense);
      this.#inner.learn(this.#row, one.y);
    }
    this.#waiting = [];
  }

  save(): Saved {
    return { map: this.#map.save(), inner: this.#inner.save(), waiting: this.#waiting };
  }

  static restore(options: FourierOptions, targets: number, saved: unknown): FourierRlsModel {
    return new FourierRlsModel(options, targets, saved as Saved);
  }
}
