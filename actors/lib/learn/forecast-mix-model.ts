import type { Forecast } from './forecast.ts';
import type { Maker } from './model.ts';
import { sized } from './sized.ts';

/** Losses count 0.2 % less with each value. */
const MEMORY = 0.998;
/** How sharply the mixture leaves experts behind whose losses are larger. */
const SHARPNESS = 10;
/** A forecast of which nothing is known yet is held to be so much worse than the best, with the weight of so many values. */
const UNKNOWN = 1.5;
const DOUBT = 5;
/** Horizons up to which each is scored; then each is so much farther than the one before. */
const CLOSE = 8;
const WIDER = 1.25;

interface Saved {
  rows: number;
  count: number;
  experts: unknown[];
  loss: Float64Array;
  weight: Float64Array;
  made: Float64Array;
}

/**
 * Forecasters that answer together: for each horizon their mean, weighed by e^(−η·loss ÷ least loss) with the mean losses of late at
 * that horizon. Far horizons are scored at some of them, and those between go by the scored one before them.
 *
 * Source: Y. Freund, R. E. Schapire, A decision-theoretic generalization of on-line learning, JCSS 1997.
 */
export class ForecastMixModel implements Forecast {
  readonly #experts: Forecast[];
  readonly #scored: readonly number[];
  readonly #answers: Float64Array[];
  /** Discounted sums of losses and of ones, by scored horizon, then expert. */
  readonly #loss: Float64Array;
  readonly #weight: Float64Array;
  /** What was forecast for the values to come: for each expert and scored horizon h a ring of h numbers; NaN where nothing was. */
  readonly #made: Float64Array;
  readonly #perExpert: number;
  readonly #p: Float64Array;
  #rows = 0;
  /** Values so far, missing ones too. */
  #count = 0;
  #answered = false;

  constructor(makers: readonly Maker<Forecast>[], horizon: number, saved?: Saved) {
    this.#experts = makers.map((maker, e) => (saved ? maker.restore(saved.experts[e]) : maker.create()));
    this.#answers = makers.map(() => new Float64Array(horizon));
    this.#scored = scoredHorizons(horizon);
    this.#perExpert = this.#scored.reduce((sum, h) => sum + h, 0);
    const [n, k] = [makers.length, this.#scored.length];
    this.#p = new Float64Array(n);
    if (saved) sized(saved.experts, n, 'experts');
    this.#loss = saved ? Float64Array.from(sized(saved.loss, n * k, 'losses')) : new Float64Array(n * k);
    this.#weight = saved ? Float64Array.from(sized(saved.weight, n * k, 'weights')) : new Float64Array(n * k);
    const answers = n * this.#perExpert;
    this.#made = saved
      ? Float64Array.from(sized(saved.made, answers, 'answers'))
      : new Float64Array(answers).fill(Number.NaN);
    this.#rows = saved?.rows ?? 0;
    this.#count = saved?.count ?? 0;
  }

  get rows(): number {
    return this.#rows;
  }

  get ready(): boolean {
    return this.#experts.some(({ ready }) => ready);
  }

  learn(y: number | null): void {
    if (y !== null) this.#score(y);
    for (const expert of this.#experts) expert.learn(y);
    if (y !== null) this.#rows++;
    this.#answer();
    this.#note();
    this.#count++;
  }

  #score(y: number): void {
    const [made, loss, weight] = [this.#made, this.#loss, this.#weight];
    const n = this.#experts.length;
    let from = 0;
    for (let i = 0; i < this.#scored.length; i++) {
      const h = this.#scored[i] as number;
      const at = from + (this.#count % h);
      for (let e = 0; e < n; e++) {
        const error = Math.abs((made[e * this.#perExpert + at] as number) - y);
        if (!(error >= 0)) continue;
        loss[i * n + e] = MEMORY * (loss[i * n + e] as number) + error;
        weight[i * n + e] = MEMORY * (weight[i * n + e] as number) + 1;
      }
      from += h;
    }
  }

  #answer(): void {
    for (let e = 0; e < this.#experts.length; e++) {
      const expert = this.#experts[e] as Forecast;
      if (expert.ready) expert.forecast(this.#answers[e] as Float64Array);
      else (this.#answers[e] as Float64Array).fill(Number.NaN);
    }
    this.#answered = true;
  }

  /** Keeps what was just forecast until its value comes. */
  #note(): void {
    const made = this.#made;
    let from = 0;
    for (const h of this.#scored) {
      const at = from + (this.#count % h);
      for (let e = 0; e < this.#experts.length; e++) {
        made[e * this.#perExpert + at] = (this.#answers[e] as Float64Array)[h - 1] as number;
      }
      from += h;
    }
  }

  forecast(out: Float64Array): void {
    if (!this.#answered) this.#answer();
    const p = this.#p;
    for (let i = 0; i < this.#scored.length; i++) {
      this.#weigh(i);
      const to = this.#scored[i + 1] ?? out.length + 1;
      for (let h = this.#scored[i] as number; h < to; h++) {
        let [sum, total] = [0, 0];
        for (let e = 0; e < p.length; e++) {
          if (p[e] === 0) continue;
          sum += (p[e] as number) * ((this.#answers[e] as Float64Array)[h - 1] as number);
          total += p[e] as number;
        }
        out[h - 1] = sum / total;
      }
    }
  }

  #weigh(i: number): void {
    const p = this.#p;
    const n = p.length;
    let least = Number.POSITIVE_INFINITY;
    for (let e = 0; e < n; e++) {
      const weight = this.#weight[i * n + e] as number;
      if (weight > 0) least = Math.min(least, (this.#loss[i * n + e] as number) / weight);
    }
    for (let e = 0; e < n; e++) {
      if (!(this.#experts[e] as Forecast).ready) p[e] = 0;
      else if (!Number.isFinite(least)) p[e] = 1;
      else {
        const weight = (this.#weight[i * n + e] as number) + DOUBT;
        const mean = ((this.#loss[i * n + e] as number) + DOUBT * UNKNOWN * least) / weight;
        p[e] = least > 0 ? Math.exp((-SHARPNESS * (mean - least)) / least) : mean === 0 ? 1 : 0;
      }
    }
  }

  save(): Saved {
    const [loss, weight, made] = [this.#loss.slice(), this.#weight.slice(), this.#made.slice()];
    const experts = this.#experts.map((expert) => expert.save());
    return { rows: this.#rows, count: this.#count, experts, loss, weight, made };
  }

  static restore(makers: readonly Maker<Forecast>[], horizon: number, saved: unknown): ForecastMixModel {
    return new ForecastMixModel(makers, horizon, saved as Saved);
  }
}

/** All of the first, then fewer and fewer, and the last. */
function scoredHorizons(horizon: number): number[] {
  const scored: number[] = [];
  for (let h = 1; h < horizon; h = Math.max(h + 1, h < CLOSE ? 0 : Math.round(h * WIDER))) scored.push(h);
  return [...scored, horizon];
}
