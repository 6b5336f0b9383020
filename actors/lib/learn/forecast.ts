import type { Model } from './model.ts';

/** Forecasts the next values of a series whose values come at even steps. */
export interface Forecast extends Model {
  /** It has seen enough to forecast. */
  readonly ready: boolean;
  /** Takes in the next value; null holds the place of one that is missing. */
  learn(y: number | null): void;
  /** The values to come, the next first, into `out`, which is as long as the horizon. Nothing is learned. */
  forecast(out: Float64Array): void;
}
