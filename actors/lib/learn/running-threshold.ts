import { Quantile } from './quantile.ts';

/** Values that a threshold rests on at most, and half of them at least once there have been as many. */
const MEMORY = 10_000;

export interface SavedThreshold {
  old: Float64Array;
  young: Float64Array;
}

/**
 * The value that only a share of those of late exceed. Since a {@link Quantile} does not forget there are two: one that is asked,
 * and one that takes its place when it is old enough.
 */
export class RunningThreshold {
  readonly #p: number;
  #old: Quantile;
  #young: Quantile;

  constructor(p: number, saved?: SavedThreshold) {
    this.#p = p;
    this.#old = new Quantile(p, saved?.old);
    this.#young = new Quantile(p, saved?.young);
  }

  /** Infinite while there have been fewer values than one of which is expected beyond it. */
  get value(): number {
    const enough = this.#old.count * (1 - this.#p) >= 1;
    return enough ? this.#old.value : Number.POSITIVE_INFINITY;
  }

  add(value: number): void {
    this.#old.add(value);
    if (this.#old.count > MEMORY / 2) this.#young.add(value);
    if (this.#old.count < MEMORY) return;
    this.#old = this.#young;
    this.#young = new Quantile(this.#p);
  }

  save(): SavedThreshold {
    return { old: this.#old.save(), young: this.#young.save() };
  }
}
