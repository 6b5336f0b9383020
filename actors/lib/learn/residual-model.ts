import { FeatureRow } from './feature-row.ts';
import type { Model } from './model.ts';
import { RlsModel, type RlsOptions } from './rls-model.ts';
import { sized } from './sized.ts';

export interface ResidualOptions {
  /** Values before that a forecast goes by. */
  lags: number;
  /** λ, 0 < λ ≤ 1. */
  forgetting: number;
  /** Errors beyond so many times the usual one are cut there. */
  far: number;
  /** Errors that the usual one is learned from before any is scored. */
  start: number;
}

interface Saved {
  rows: number;
  errors: number;
  past: Float64Array;
  known: number;
  scale: number;
  features: number;
  least: unknown;
}

const LARGEST = 1e9;
/** Errors that the usual one is the mean of, about. */
const SCALE_MEMORY = 100;

/** How far a value is from what its own past and the features let expect, in usual errors. See the stage `residual-anomaly`. */
export class ResidualModel implements Model {
  readonly #o: ResidualOptions;
  #rows = 0;
  /** The latest values, oldest first, and how many of them there are. */
  readonly #past: Float64Array;
  #known = 0;
  /** The mean size of errors, of those that are not cut. */
  #scale = 0;
  #errors = 0;
  #features = 0;
  readonly #least: RlsModel;
  readonly #x = new FeatureRow();
  readonly #out = new Float64Array(1);

  constructor(options: ResidualOptions, least = new RlsModel(optionsOf(options), 1)) {
    this.#o = options;
    this.#past = new Float64Array(options.lags);
    this.#least = least;
  }

  get rows(): number {
    return this.#rows;
  }

  /** What the next value is expected to be; null while too little is known. Nothing is learned. */
  forecast(features: FeatureRow): number | null {
    if (this.#known < this.#o.lags || this.#rows <= this.#o.lags + this.#features) return null;
    this.#least.predict(this.#load(features), this.#out);
    return Math.max(-1e50, Math.min(1e50, this.#out[0] as number));
  }

  /** The size of an error in usual ones; null while those are not known. */
  score(error: number): number | null {
    if (this.#errors < this.#o.start) return null;
    const size = Math.abs(error);
    // A forecast is not more exact than its numbers.
    if (size <= 1e-12 * Math.abs(this.#past.at(-1) ?? 0)) return 0;
    return this.#scale > 0 ? Math.min(LARGEST, size / this.#scale) : LARGEST;
  }

  /** Takes in a value, with what was expected of it. */
  learn(value: number, forecast: number | null, features: FeatureRow): void {
    if (this.#known < this.#o.lags) return;
    this.#features = features.d;
    this.#rows++;
    if (forecast !== null) {
      const { far } = this.#o;
      const size = Math.abs(value - forecast);
      const cut = this.#errors >= this.#o.start && this.#scale > 0 ? Math.min(size, far * this.#scale) : size;
      this.#errors++;
      this.#scale += (cut - this.#scale) * Math.max(1 / SCALE_MEMORY, 1 / this.#errors);
    }
    this.#out[0] = value;
    this.#least.learn(this.#load(features), this.#out);
  }

  /** The next record's past ends with this value; where it is not known, with its forecast. */
  pass(value: number | null): void {
    if (value === null) return;
    const past = this.#past;
    past.copyWithin(0, 1);
    if (past.length > 0) past[past.length - 1] = value;
    this.#known = Math.min(this.#known + 1, past.length);
  }

  /** The past, then the features. */
  #load(features: FeatureRow): FeatureRow {
    const x = this.#x;
    const { lags } = this.#o;
    x.clear();
    for (let i = 0; i < lags; i++) x.add(i, this.#past[i] as number);
    for (let i = 0; i < features.n; i++) {
      const slot = features.index[i] as number;
      x.add(lags + slot, features.dense[slot] as number);
    }
    x.d = lags + features.d;
    return x;
  }

  save(): Saved {
    return {
      rows: this.#rows,
      errors: this.#errors,
      past: this.#past.slice(),
      known: this.#known,
      scale: this.#scale,
      features: this.#features,
      least: this.#least.save(),
    };
  }

  static restore(options: ResidualOptions, saved: unknown): ResidualModel {
    const { rows, errors, past, known, scale, features, least } = saved as Saved;
    const model = new ResidualModel(options, RlsModel.restore(optionsOf(options), least));
    model.#rows = rows;
    model.#errors = errors;
    model.#past.set(sized(past, options.lags, 'values before'));
    model.#known = known;
    model.#scale = scale;
    model.#features = features;
    return model;
  }
}

const optionsOf = ({ forgetting, far }: ResidualOptions): RlsOptions => ({ forgetting, ridge: 1e-3, clip: far });
