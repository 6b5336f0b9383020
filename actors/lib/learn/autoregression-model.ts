import { FeatureRow } from './feature-row.ts';
import type { Forecast } from './forecast.ts';
import { RlsModel } from './rls-model.ts';
import { SeriesTail } from './series-tail.ts';

export interface AutoregressionOptions {
  /** Distances of the values that are looked back at, the first 1, each once, rising. */
  lags: readonly number[];
  /** λ, 0 < λ ≤ 1. */
  forgetting: number;
}

interface Saved {
  rows: number;
  tail: unknown;
  mean: number;
  scale: number;
  rls: unknown;
}

/** The penalty on each weight, over values brought to unit size: without more knowledge the next value is like the last. */
const RIDGE = 0.1;
const CLIP = 5;
/** Below this a scale is none. */
const LEAST = 1e-12;

/** The lags of a series with a season: so many last values, and those a season ago. */
export function lagsOf(order: number, season: number): number[] {
  const lags = new Set(Array.from({ length: order }, (_, k) => k + 1));
  if (season > 1) lags.add(season).add(season + 1);
  return [...lags].sort((a, b) => a - b);
}

/**
 * The next step as a linear function of the values before, by recursive least squares with forgetting; values farther ahead by
 * feeding it its own answers. What it regresses on is the last value and each earlier one's difference from it, the target
 * the step from the last value, all of them shifted and scaled by mean and mean deviation of the first values: its first
 * answer is the last value, whatever the unit. A missing value counts as forecast and is not learned from.
 */
export class AutoregressionModel implements Forecast {
  readonly #lags: readonly number[];
  readonly #tail: SeriesTail;
  readonly #rls: RlsModel;
  readonly #x = new FeatureRow();
  readonly #step = new Float64Array(1);
  #rows = 0;
  #mean = 0;
  /** 0 until there are enough values. */
  #scale = 0;

  constructor(options: AutoregressionOptions, horizon: number, saved?: Saved) {
    const { lags, forgetting } = options;
    const longest = lags.at(-1) as number;
    const rls = { forgetting, ridge: RIDGE, clip: CLIP };
    this.#lags = lags;
    this.#tail = saved ? SeriesTail.restore(longest, horizon, saved.tail) : new SeriesTail(longest, horizon);
    this.#rls = saved ? RlsModel.restore(rls, saved.rls) : new RlsModel(rls, 1);
    this.#rows = saved?.rows ?? 0;
    this.#mean = saved?.mean ?? 0;
    this.#scale = saved?.scale ?? 0;
    for (let j = 0; j < lags.length; j++) this.#x.add(j, 0);
    this.#x.d = lags.length;
  }

  get rows(): number {
    return this.#rows;
  }

  get ready(): boolean {
    return this.#scale > 0;
  }

  learn(y: number | null): void {
    const tail = this.#tail;
    if (y === null) {
      if (tail.count > 0) tail.push(this.ready ? this.#next(tail.end) : (tail.values[tail.end - 1] as number), false);
      return;
    }
    if (this.ready) {
      this.#look(tail.end);
      this.#step[0] = (y - (tail.values[tail.end - 1] as number)) / this.#scale;
      this.#rls.learn(this.#x, this.#step);
    }
    tail.push(y);
    this.#rows++;
    if (!this.ready && tail.count >= (this.#lags.at(-1) as number)) this.#begin();
  }

  /** Fixes the scale: one that moved would spoil the weights learned before. */
  #begin(): void {
    const { values, end } = this.#tail;
    const n = this.#lags.at(-1) as number;
    let sum = 0;
    for (let i = end - n; i < end; i++) sum += values[i] as number;
    const mean = sum / n;
    let away = 0;
    for (let i = end - n; i < end; i++) away += Math.abs((values[i] as number) - mean);
    this.#mean = mean;
    this.#scale = Math.max(away / n, LEAST * Math.abs(mean), LEAST);
  }

  /** Loads what the value at `at` is regressed on. */
  #look(at: number): void {
    const { dense } = this.#x;
    const { values } = this.#tail;
    const lags = this.#lags;
    const last = values[at - 1] as number;
    const scale = 1 / this.#scale;
    dense[0] = (last - this.#mean) * scale;
    for (let j = 1; j < lags.length; j++) dense[j] = ((values[at - (lags[j] as number)] as number) - last) * scale;
  }

  #next(at: number): number {
    this.#look(at);
    this.#rls.predict(this.#x, this.#step);
    const last = this.#tail.values[at - 1] as number;
    return this.#tail.bounded(last + this.#scale * (this.#step[0] as number));
  }

  forecast(out: Float64Array): void {
    const { values, end } = this.#tail;
    for (let h = 0; h < out.length; h++) {
      out[h] = this.#next(end + h);
      values[end + h] = out[h] as number;
    }
  }

  save(): Saved {
    const { rows, mean, scale } = { rows: this.#rows, mean: this.#mean, scale: this.#scale };
    return { rows, mean, scale, tail: this.#tail.save(), rls: this.#rls.save() };
  }

  static restore(options: AutoregressionOptions, horizon: number, saved: unknown): AutoregressionModel {
    return new AutoregressionModel(options, horizon, saved as Saved);
  }
}
