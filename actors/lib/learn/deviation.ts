import type { Maker, Model } from './model.ts';

/** Tells when what a value is like has changed. */
export interface Detection extends Model {
  /** Takes in a value: whether a change is told at it. */
  take(value: number): boolean;
  /** The mean of the values that it holds to be alike, those of late; null of none. */
  readonly estimate: number | null;
}

/** What of a value is watched. */
export type Watch = 'value' | 'square' | 'absolute-deviation';

/** Values that the mean remembers. */
const MEMORY = 1000;

interface Saved {
  count: number;
  mean: number;
  inner: unknown;
}

/** Watches how far values are from their mean since the last change, so that changes of their spread are told. */
export class Deviation implements Detection {
  readonly #inner: Detection;
  #count = 0;
  #mean = 0;

  constructor(inner: Detection) {
    this.#inner = inner;
  }

  get rows(): number {
    return this.#inner.rows;
  }

  get estimate(): number | null {
    return this.#inner.estimate;
  }

  take(value: number): boolean {
    const off = Math.abs(value - this.#mean);
    const changed = this.#count > 0 && this.#inner.take(off);
    if (changed) this.#count = 0;
    this.#count = Math.min(this.#count + 1, MEMORY);
    this.#mean = this.#count === 1 ? value : this.#mean + (value - this.#mean) / this.#count;
    return changed;
  }

  save(): Saved {
    return { count: this.#count, mean: this.#mean, inner: this.#inner.save() };
  }

  static restore(maker: Maker<Detection>, saved: unknown): Deviation {
    const { count, mean, inner } = saved as Saved;
    const restored = new Deviation(maker.restore(inner));
    restored.#count = count;
    restored.#mean = mean;
    return restored;
  }
}

/** Makes detectors of that which is watched of a value. Squares are taken where values are taken in. */
export function watching(watch: Watch, maker: Maker<Detection>): Maker<Detection> {
  if (watch !== 'absolute-deviation') return maker;
  return { create: () => new Deviation(maker.create()), restore: (saved) => Deviation.restore(maker, saved) };
}
