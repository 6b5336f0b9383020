import { Bins } from './bins.ts';
import type { FeatureRow } from './feature-row.ts';
import { RandomWaves } from './random-waves.ts';
import { Scaling } from './scaling.ts';

/** So many deviations away a number is cut. */
const FARTHEST = 1e6;
const PARTS = 8;
const WAVES = 100;

/** A row as dense experts see it. */
export type View = 'plain' | 'marked' | 'waved';

/** A row in standard deviations; with marks of the cuts that it lies above; with random waves over it. */
export class MixInputs {
  readonly #scaling: Scaling;
  readonly #bins: Bins;
  #waves: RandomWaves;
  #marked = new Float64Array(0);
  #waved = new Float64Array(0);

  constructor(scaling = new Scaling(FARTHEST), bins = new Bins(PARTS), waves = new RandomWaves(0)) {
    this.#scaling = scaling;
    this.#bins = bins;
    this.#waves = waves;
  }

  /** Without `waved` there are no waves. */
  fit(rows: readonly Float64Array[], d: number, waved: boolean): void {
    this.#scaling.fit(rows, d);
    this.#bins.fit(rows, d);
    this.#waves = new RandomWaves(waved ? WAVES : 0);
    this.#waves.fit(d);
  }

  load(x: FeatureRow, learn: boolean): void {
    const scaling = this.#scaling;
    scaling.apply(x, learn);
    const [z, n, bins, waves] = [scaling.z, scaling.n, this.#bins, this.#waves];
    if (n + bins.n > this.#marked.length) this.#marked = new Float64Array(2 * (n + bins.n));
    if (n + waves.n > this.#waved.length) this.#waved = new Float64Array(2 * (n + waves.n));
    bins.mark(x.dense, x.d, this.#marked, 0);
    waves.wave(z, 1, this.#waved, 0);
    // Columns come last: there may be more of them later.
    for (let i = 0; i < n; i++) {
      this.#marked[bins.n + i] = z[i] as number;
      this.#waved[waves.n + i] = z[i] as number;
    }
  }

  of(view: View): Float64Array {
    return view === 'plain' ? this.#scaling.z : view === 'marked' ? this.#marked : this.#waved;
  }

  lengthOf(view: View): number {
    return this.#scaling.n + (view === 'plain' ? 0 : view === 'marked' ? this.#bins.n : this.#waves.n);
  }

  /** Columns. */
  get d(): number {
    return this.#scaling.n - 1;
  }

  /** Columns that only another knows are scaled as it does. */
  adopt(other: MixInputs): void {
    this.#scaling.adopt(other.#scaling);
  }

  /** What a row that another sees so, or a sum of such rows, looks like here. Waves over other scales are others: not of them. */
  take(other: MixInputs, view: Exclude<View, 'waved'>, row: Float64Array, to: Float64Array): void {
    const [here, there] = [this, other].map((one) => one.lengthOf(view) - one.#scaling.n) as [number, number];
    to.fill(0);
    if (view === 'marked') this.#bins.take(other.#bins, row, row[there] as number, to);
    to.set(row.subarray(there), here);
    this.#scaling.take(other.#scaling, to.subarray(here));
  }

  save(): unknown {
    return { scaling: this.#scaling.save(), bins: this.#bins.save(), waves: this.#waves.save() };
  }

  static restore(saved: unknown): MixInputs {
    const { scaling, bins, waves } = saved as { scaling: unknown; bins: unknown; waves: unknown };
    return new MixInputs(Scaling.restore(FARTHEST, scaling), Bins.restore(PARTS, bins), RandomWaves.restore(waves));
  }
}
