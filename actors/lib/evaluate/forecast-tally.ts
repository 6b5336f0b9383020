import type { Row } from '#stage';
import { mean, skill, type Tally } from './judge.ts';
import { NumberTally, type Sums } from './number-task.ts';

export interface ForecastSums {
  one: Sums;
  /** Of all steps ahead: forecasts, absolute errors, the baseline's. */
  n: number;
  absolute: number;
  baseAbsolute: number;
}

/** Scores of forecasts, of one step ahead as of other numbers, and of all steps together. */
export class ForecastTally implements Tally {
  readonly #one: NumberTally;
  #n: number;
  #absolute: number;
  #baseAbsolute: number;

  constructor(saved?: ForecastSums) {
    this.#one = new NumberTally('mae', saved?.one);
    this.#n = saved?.n ?? 0;
    this.#absolute = saved?.absolute ?? 0;
    this.#baseAbsolute = saved?.baseAbsolute ?? 0;
  }

  add(entries: Float64Array, at: number): void {
    this.#one.add(entries, at);
    this.#absolute += entries[at + 4] as number;
    this.#n += entries[at + 5] as number;
    this.#baseAbsolute += entries[at + 6] as number;
  }

  scores(): Row {
    const { skill: _, ...one } = this.#one.scores();
    const maeAhead = mean(this.#absolute, this.#n);
    const baselineMaeAhead = mean(this.#baseAbsolute, this.#n);
    return { ...one, maeAhead, baselineMaeAhead, skill: skill(maeAhead, baselineMaeAhead) };
  }

  calibration(): null {
    return null;
  }

  save(): unknown {
    return { one: this.#one.save(), n: this.#n, absolute: this.#absolute, baseAbsolute: this.#baseAbsolute };
  }
}
