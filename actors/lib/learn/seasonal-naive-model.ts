import type { Forecast } from './forecast.ts';
import { SeriesTail } from './series-tail.ts';

interface Saved {
  rows: number;
  tail: unknown;
}

/** Answers what was a season ago; without a season, what was last. The measure that every forecast must beat. */
export class SeasonalNaiveModel implements Forecast {
  rows = 0;
  readonly #season: number;
  readonly #tail: SeriesTail;

  constructor(season: number, saved?: Saved) {
    this.#season = season;
    this.#tail = saved ? SeriesTail.restore(season, 0, saved.tail) : new SeriesTail(season, 0);
    this.rows = saved?.rows ?? 0;
  }

  get ready(): boolean {
    return this.#tail.count >= this.#season;
  }

  learn(y: number | null): void {
    const { values, end, count } = this.#tail;
    if (y === null) {
      if (count > 0) this.#tail.push(values[this.ready ? end - this.#season : end - 1] as number, false);
      return;
    }
    this.#tail.push(y);
    this.rows++;
  }

  forecast(out: Float64Array): void {
    const { values, end } = this.#tail;
    const from = end - this.#season;
    for (let h = 0; h < out.length; h++) out[h] = values[from + (h % this.#season)] as number;
  }

  save(): Saved {
    return { rows: this.rows, tail: this.#tail.save() };
  }

  static restore(season: number, saved: unknown): SeasonalNaiveModel {
    return new SeasonalNaiveModel(season, saved as Saved);
  }
}
