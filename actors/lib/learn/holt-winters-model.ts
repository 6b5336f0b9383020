import type { Forecast } from './forecast.ts';
import { sized } from './sized.ts';

export interface HoltWintersOptions {
  /** Steps of the level, the trend and the season towards an error, 0 … 1. */
  level: number;
  trend: number;
  season: number;
  /** What is left of the trend a step later. */
  damping: number;
  /** Steps of a season; 1 for none. */
  period: number;
}

interface Saved {
  rows: number;
  count: number;
  level: number;
  trend: number;
  least: number;
  most: number;
  seasons: Float64Array;
  first: Float64Array;
}

/**
 * Level, damped trend and additive season, each corrected by the error e of the forecast l + φb + s one step ahead: l ← l + φb + αe,
 * b ← φb + αβe, s ← s + γ(1 − α)e. Level, trend and season begin as those of the first two seasons, which are then gone through again;
 * until then there is no season. A missing value is one without an error.
 */
export class HoltWintersModel implements Forecast {
  readonly #o: HoltWintersOptions;
  #rows = 0;
  #count = 0;
  #level = 0;
  #trend = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;
  /** The season's part of each step; that of the next value stands at `count % period`. */
  readonly #seasons: Float64Array;
  /** The values of the first two seasons until they have passed. */
  #first: Float64Array;

  constructor(options: HoltWintersOptions, saved?: Saved) {
    const { period } = options;
    this.#o = options;
    this.#seasons = saved ? Float64Array.from(sized(saved.seasons, period, 'seasons')) : new Float64Array(period);
    this.#first = saved ? Float64Array.from(saved.first) : new Float64Array(period > 1 ? 2 * period : 0);
    if (saved === undefined) return;
    this.#rows = saved.rows;
    this.#count = saved.count;
    this.#level = saved.level;
    this.#trend = saved.trend;
    this.#least = saved.least;
    this.#most = saved.most;
  }

  get rows(): number {
    return this.#rows;
  }

  get ready(): boolean {
    return this.#rows > 0;
  }

  learn(y: number | null): void {
    if (y === null && this.#rows === 0) return;
    if (y !== null && this.#rows === 0) this.#level = y;
    const first = this.#first;
    if (this.#count < first.length) first[this.#count] = y ?? this.#level + this.#o.damping * this.#trend;
    this.#correct(y);
    if (y !== null) {
      this.#rows++;
      if (y < this.#least) this.#least = y;
      if (y > this.#most) this.#most = y;
    }
    if (this.#count === first.length && first.length > 0) this.#begin();
  }

  #correct(y: number | null): void {
    const { level, trend, season, damping, period } = this.#o;
    const at = this.#count++ % period;
    const kept = damping * this.#trend;
    const expected = this.#level + kept + (this.#seasons[at] as number);
    const error = y === null ? 0 : y - expected;
    this.#level += kept + level * error;
    this.#trend = kept + level * trend * error;
    if (this.#first.length === 0 && period > 1) {
      this.#seasons[at] = (this.#seasons[at] as number) + season * (1 - level) * error;
    }
  }

  /** Two seasons have passed. */
  #begin(): void {
    const { period } = this.#o;
    const first = this.#first;
    let [before, after] = [0, 0];
    for (let i = 0; i < period; i++) {
      before += (first[i] as number) / period;
      after += (first[period + i] as number) / period;
    }
    const slope = (after - before) / period;
    const middle = (period - 1) / 2;
    for (let i = 0; i < period; i++) {
      const mean = ((first[i] as number) + (first[period + i] as number)) / 2;
      this.#seasons[i] = mean - (before + after) / 2 - slope * (i - middle);
    }
    this.#level = before - slope * (middle + 1);
    this.#trend = slope;
    this.#count = 0;
    this.#first = new Float64Array(0);
    for (const value of first) this.#correct(value);
  }

  forecast(out: Float64Array): void {
    const { damping, period } = this.#o;
    const [level, trend, seasons] = [this.#level, this.#trend, this.#seasons];
    const width = this.#most - this.#least;
    const [from, to] = [this.#least - width, this.#most + width];
    let at = this.#count % period;
    let power = 1;
    let run = 0;
    for (let h = 0; h < out.length; h++) {
      power *= damping;
      run += power;
      const value = level + run * trend + (seasons[at] as number);
      out[h] = value < from ? from : value > to ? to : value;
      if (++at === period) at = 0;
    }
  }

  save(): Saved {
    return {
      rows: this.#rows,
      count: this.#count,
      level: this.#level,
      trend: this.#trend,
      least: this.#least,
      most: this.#most,
      seasons: this.#seasons.slice(),
      first: this.#first.slice(),
    };
  }

  static restore(options: HoltWintersOptions, saved: unknown): HoltWintersModel {
    return new HoltWintersModel(options, saved as Saved);
  }
}
