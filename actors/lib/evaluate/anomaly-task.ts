import { type At, type Expression, type Row, WeirError } from '#stage';
import { type Judge, skill, type Tally, type Task } from './judge.ts';
import { Ranking } from './ranking.ts';

/** Entry: the score of a normal record and 0 of an anomaly (drift is when normal records look strange), mark, score. */
const WIDTH = 3;

interface AnomalyOptions {
  target: Expression;
  /** The field of the prediction. */
  of: string;
  fallback: number | undefined;
  ranked: number;
}

/** Scores that should be higher for anomalies. */
export class AnomalyTask implements Task {
  readonly width = WIDTH;
  readonly #o: AnomalyOptions;

  constructor(options: AnomalyOptions) {
    this.#o = options;
  }

  look(row: Row, at: At): [anomaly: number, score: number] | null {
    const { target, of, fallback } = this.#o;
    const truth = target.evaluate(row, at) ?? null;
    if (truth !== null && truth !== true && truth !== false && truth !== 0 && truth !== 1) {
      throw new WeirError('WEIR_TARGET', 'the target is neither true nor false, 1 nor 0');
    }
    const score = row[of] ?? fallback ?? null;
    if (score !== null && (typeof score !== 'number' || !Number.isFinite(score))) {
      throw new WeirError(
        'WEIR_PREDICTION',
        `the score is ${typeof score === 'number' ? score : `a ${typeof score}`} and no finite number`,
      );
    }
    return truth === null || score === null ? null : [Number(truth), score];
  }

  create(): Judge {
    return new AnomalyJudge(this.#o.ranked);
  }

  restore(): Judge {
    return new AnomalyJudge(this.#o.ranked);
  }
}

class AnomalyJudge implements Judge {
  readonly #ranked: number;

  constructor(ranked: number) {
    this.#ranked = ranked;
  }

  judge(looked: unknown, entry: Float64Array): boolean {
    const [anomaly, score] = looked as [number, number];
    entry[0] = anomaly === 1 ? 0 : score;
    entry[1] = anomaly;
    entry[2] = score;
    return true;
  }

  tally(saved?: unknown): Tally {
    return new AnomalyTally(this.#ranked, saved as SavedTally | undefined);
  }

  save(): unknown {
    return null;
  }
}

interface SavedTally {
  n: number;
  anomalies: number;
  ranking: unknown;
}

class AnomalyTally implements Tally {
  #n: number;
  #anomalies: number;
  readonly #ranking: Ranking;

  constructor(ranked: number, saved: SavedTally | undefined) {
    this.#n = saved?.n ?? 0;
    this.#anomalies = saved?.anomalies ?? 0;
    this.#ranking = new Ranking(ranked, saved?.ranking);
  }

  add(entries: Float64Array, at: number): void {
    const anomaly = entries[at + 1] === 1;
    this.#n++;
    if (anomaly) this.#anomalies++;
    this.#ranking.add(entries[at + 2] as number, anomaly);
  }

  scores(): Row {
    const averagePrecision = this.#ranking.averagePrecision();
    const share = this.#n === 0 ? null : this.#anomalies / this.#n;
    return {
      rows: this.#n,
      averagePrecision,
      auc: this.#ranking.auc(),
      baselinePrecision: share,
      baselineAuc: 0.5,
      skill: averagePrecision === null || share === null ? null : skill(1 - averagePrecision, 1 - share),
    };
  }

  calibration(): null {
    return null;
  }

  save(): unknown {
    return { n: this.#n, anomalies: this.#anomalies, ranking: this.#ranking.save() };
  }
}
