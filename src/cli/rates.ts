import { formatDuration } from '../base/units.ts';
import type { StageMetrics } from '../run/metrics.ts';
import type { Clock } from '../world/clock.ts';

/** A stage's numbers with its speed since they were last read. */
export interface StageRates extends StageMetrics {
  /** Records per second, as text. */
  inRate: string;
  outRate: string;
  /** How far the watermark is behind the clock, as text; undefined before the first and after the last. */
  delay: string | undefined;
}

/** Makes speeds of counts. */
export class Rates {
  #before = new Map<string, StageMetrics>();
  #at = Number.NaN;

  read(metrics: readonly StageMetrics[], clock: Clock): StageRates[] {
    const at = clock.monotonic();
    const seconds = (at - this.#at) / 1000;
    const now = clock.now();
    const rates = metrics.map((stage): StageRates => {
      const before = this.#before.get(stage.stage);
      // After a restart counts begin at zero again.
      const rate = (value: number, earlier: number | undefined) =>
        earlier === undefined || value < earlier ? '–' : compact((value - earlier) / seconds);
      return {
        ...stage,
        inRate: rate(stage.in, before?.in),
        outRate: rate(stage.out, before?.out),
        delay:
          Number.isFinite(stage.watermark) && stage.watermark !== 0
            ? formatDuration(Math.max(0, now - stage.watermark))
            : undefined,
      };
    });
    this.#at = at;
    this.#before = new Map(metrics.map((stage) => [stage.stage, stage]));
    return rates;
  }
}

/** `0.5`, `12`, `3.4k`, `1.2M`. */
export function compact(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(0)}k`;
  if (value >= 1e3) return `${(value / 1e3).toFixed(1)}k`;
  return value >= 10 || value === 0 ? String(Math.round(value)) : value.toFixed(1);
}
