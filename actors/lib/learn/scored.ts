import type { FeatureRow } from './feature-row.ts';
import type { Maker, Model } from './model.ts';
import { RunningThreshold, type SavedThreshold } from './running-threshold.ts';

/** Tells how unusual a row is. */
export interface Scoring extends Model {
  /** From 0 up, and finite; null while it knows too little. Nothing is learned. */
  score(x: FeatureRow): number | null;
  /** Takes in a row, with the score that it was given. */
  learn(x: FeatureRow, score: number | null): void;
}

interface Saved {
  inner: unknown;
  threshold: SavedThreshold;
}

/** Scores, and the threshold that they are held against. */
export class Scored<S extends Model> implements Model {
  readonly scoring: S;
  readonly #threshold: RunningThreshold;

  constructor(scoring: S, threshold: RunningThreshold) {
    this.scoring = scoring;
    this.#threshold = threshold;
  }

  get rows(): number {
    return this.scoring.rows;
  }

  isBeyond(score: number | null): boolean {
    return score !== null && score > this.#threshold.value;
  }

  note(score: number | null): void {
    if (score !== null) this.#threshold.add(score);
  }

  save(): Saved {
    return { inner: this.scoring.save(), threshold: this.#threshold.save() };
  }
}

/** Makes models with a threshold that a share of 1 − `quantile` exceeds. */
export function scored<S extends Model>(quantile: number, maker: Maker<S>): Maker<Scored<S>> {
  return {
    create: () => new Scored(maker.create(), new RunningThreshold(quantile)),
    restore(saved) {
      const { inner, threshold } = saved as Saved;
      return new Scored(maker.restore(inner), new RunningThreshold(quantile, threshold));
    },
  };
}
