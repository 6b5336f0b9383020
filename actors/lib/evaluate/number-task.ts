import type { At, Expression, Row } from '#stage';
import { numberOf } from '../learn/measurable.ts';
import { type Judge, mean, skill, type Tally, type Task } from './judge.ts';

/** Entry: absolute error, truth, prediction, the baseline's. */
const WIDTH = 4;

interface NumberOptions {
  target: Expression;
  /** The field of the prediction. */
  of: string;
  /** Stands for a prediction that is null; undefined when such a record is not scored. */
  fallback: number | undefined;
  /** What skill is measured by. */
  by: 'mae' | 'rmse';
}

/** Numbers that are predicted: regression, ratings. */
export class NumberTask implements Task {
  readonly width = WIDTH;
  readonly #o: NumberOptions;

  constructor(options: NumberOptions) {
    this.#o = options;
  }

  look(row: Row, at: At): [truth: number, prediction: number] | null {
    const { target, of, fallback } = this.#o;
    const truth = numberOf(target.evaluate(row, at), 'WEIR_TARGET', 'the target');
    const prediction = numberOf(row[of], 'WEIR_PREDICTION', 'the prediction') ?? fallback;
    return truth === null || prediction === undefined ? null : [truth, prediction];
  }

  create(): Judge {
    return new NumberJudge(this.#o, { n: 0, mean: 0 });
  }

  restore(saved: unknown): Judge {
    return new NumberJudge(this.#o, saved as Known);
  }
}

/** What the baseline knows: the mean of what came true. */
interface Known {
  n: number;
  mean: number;
}

class NumberJudge implements Judge {
  readonly #o: NumberOptions;
  readonly #known: Known;

  constructor(options: NumberOptions, known: Known) {
    this.#o = options;
    this.#known = known;
  }

  judge(looked: unknown, entry: Float64Array): boolean {
    const [truth, prediction] = looked as [number, number];
    const known = this.#known;
    entry[0] = Math.abs(truth - prediction);
    entry[1] = truth;
    entry[2] = prediction;
    entry[3] = known.mean;
    known.n++;
    known.mean += (truth - known.mean) / known.n;
    return true;
  }

  tally(saved?: unknown): Tally {
    return new NumberTally(this.#o.by, saved as Sums | undefined);
  }

  save(): unknown {
    return this.#known;
  }
}

export interface Sums {
  n: number;
  absolute: number;
  squared: number;
  baseAbsolute: number;
  baseSquared: number;
  /** Of what came true: the mean, and the sum of squares around it (Welford). */
  mean: number;
  around: number;
}

/** Scores of numbers. */
export class NumberTally implements Tally {
  readonly #by: 'mae' | 'rmse';
  readonly #s: Sums;

  constructor(by: 'mae' | 'rmse', saved: Sums | undefined) {
    this.#by = by;
    this.#s = saved ?? { n: 0, absolute: 0, squared: 0, baseAbsolute: 0, baseSquared: 0, mean: 0, around: 0 };
  }

  add(entries: Float64Array, at: number): void {
    const s = this.#s;
    const error = entries[at] as number;
    const truth = entries[at + 1] as number;
    const base = Math.abs(truth - (entries[at + 3] as number));
    s.n++;
    s.absolute += error;
    s.squared += error * error;
    s.baseAbsolute += base;
    s.baseSquared += base * base;
    const off = truth - s.mean;
    s.mean += off / s.n;
    s.around += off * (truth - s.mean);
  }

  scores(): Row {
    const { n, absolute, squared, baseAbsolute, baseSquared, around } = this.#s;
    const mae = mean(absolute, n);
    const rmse = n === 0 ? null : Math.sqrt(squared / n);
    const baselineMae = mean(baseAbsolute, n);
    const baselineRmse = n === 0 ? null : Math.sqrt(baseSquared / n);
    const r2 = n < 2 || around === 0 ? null : 1 - squared / around;
    const gained = this.#by === 'mae' ? skill(mae, baselineMae) : skill(rmse, baselineRmse);
    return { rows: n, mae, rmse, r2, baselineMae, baselineRmse, skill: gained };
  }

  calibration(): null {
    return null;
  }

  save(): unknown {
    return this.#s;
  }
}
