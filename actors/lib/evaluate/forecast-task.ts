import { type At, type Expression, type Row, WeirError } from '#stage';
import { measurable, numberOf } from '../learn/measurable.ts';
import { type ForecastSums, ForecastTally } from './forecast-tally.ts';
import type { Judge, Tally, Task } from './judge.ts';

/** Entry: absolute error one step ahead, truth, prediction, the baseline's; absolute errors of all steps, how many, the baseline's. */
const WIDTH = 7;

interface ForecastOptions {
  target: Expression;
  /** The field with the forecast of the next value, or a list of the next ones. */
  of: string;
  season: number;
}

/** Forecasts that stand in the records before the values that they are of. */
export class ForecastTask implements Task {
  readonly width = WIDTH;
  readonly #o: ForecastOptions;

  constructor(options: ForecastOptions) {
    this.#o = options;
  }

  /** Never null: a value that is missing has a place in the series all the same. */
  look(row: Row, at: At): [truth: number | null, answers: number[] | null] {
    const said = row[this.#o.of] ?? null;
    const answers = said === null || Array.isArray(said) ? said : [said];
    if (answers !== null && !answers.every((one) => typeof one === 'number' && measurable(one))) {
      throw new WeirError('WEIR_PREDICTION', 'the forecast is neither a number nor a list of numbers');
    }
    const truth = numberOf(this.#o.target.evaluate(row, at), 'WEIR_TARGET', 'the target');
    return [truth, answers === null || answers.length === 0 ? null : [...answers]];
  }

  create(): Judge {
    return new ForecastJudge(this.#o.season, { season: [], open: [] });
  }

  restore(saved: unknown): Judge {
    return new ForecastJudge(this.#o.season, saved as Known);
  }
}

interface Known {
  /** The values of the last season, the latest last; of those missing the value before. */
  season: number[];
  /** Forecasts that are not of the past yet, the latest first, each with the baseline's. */
  open: { answers: number[]; base: number[] }[];
}

class ForecastJudge implements Judge {
  readonly #season: number;
  readonly #known: Known;

  constructor(season: number, known: Known) {
    this.#season = season;
    this.#known = known;
  }

  judge(looked: unknown, entry: Float64Array): boolean {
    const [truth, answers] = looked as [number | null, number[] | null];
    const known = this.#known;
    const scored = truth !== null && this.#score(truth, entry);
    const value = truth ?? known.season.at(-1);
    if (value !== undefined) known.season.push(value);
    if (known.season.length > this.#season) known.season.shift();
    const steps = answers?.length ?? 0;
    // One without an answer holds its place: how far ahead the others looked goes by it.
    known.open.unshift({
      answers: answers ?? [],
      base: Array.from({ length: steps }, (_, h) => this.#seasonal(h + 1)),
    });
    while (known.open.length > 0 && (known.open.at(-1)?.answers.length ?? 0) < known.open.length) known.open.pop();
    return scored;
  }

  /** What the forecasts of `truth` said, one from each of the records before. False when there is none. */
  #score(truth: number, entry: Float64Array): boolean {
    const { open } = this.#known;
    entry.fill(0);
    entry[1] = truth;
    let first = false;
    for (let h = 0; h < open.length; h++) {
      const { answers, base } = open[h] as Known['open'][number];
      const said = answers[h];
      if (said === undefined) continue;
      if (h === 0) {
        first = true;
        entry[0] = Math.abs(truth - said);
        entry[2] = said;
        entry[3] = base[0] as number;
      }
      entry[4] = (entry[4] as number) + Math.abs(truth - said);
      entry[5] = (entry[5] as number) + 1;
      entry[6] = (entry[6] as number) + Math.abs(truth - (base[h] as number));
    }
    return first;
  }

  /** The value h steps ahead is taken to be that of the last season that is known then; until there is one the latest. */
  #seasonal(h: number): number {
    const { season } = this.#known;
    const back = this.#season * Math.ceil(h / this.#season) - h;
    return season[season.length - 1 - back] ?? season.at(-1) ?? 0;
  }

  tally(saved?: unknown): Tally {
    return new ForecastTally(saved as ForecastSums | undefined);
  }

  save(): unknown {
    return this.#known;
  }
}
