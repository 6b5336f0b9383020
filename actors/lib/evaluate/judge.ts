import type { At, Row } from '#stage';

/** How predictions of one kind are compared with what came true. A record becomes an entry: a few numbers. */
export interface Task {
  /** Numbers of an entry. The first is the record's loss, in which drift is looked for. */
  readonly width: number;
  /** Takes of a record, when it comes, what there is to judge; null when prediction or truth are not there. Throws `WEIR_TARGET`, `WEIR_PREDICTION`. */
  look(row: Row, at: At): unknown;
  create(): Judge;
  restore(saved: unknown): Judge;
}

/** Judges the predictions of one key, beside a baseline without skill that learns the truth as it goes. */
export interface Judge {
  /** Writes what was looked at as an entry; then the baseline learns. False when there is nothing to score. Throws coded errors. */
  judge(looked: unknown, entry: Float64Array): boolean;
  /** Nothing yet, or what was saved. */
  tally(saved?: unknown): Tally;
  save(): unknown;
}

/** Scores of some entries: of all, or of those of late. */
export interface Tally {
  /** Takes in the entry that begins at `at`. */
  add(entries: Float64Array, at: number): void;
  scores(): Row;
  /** How far probabilities hold, in ten classes; null where there are none. */
  calibration(): Row[] | null;
  save(): unknown;
}

/** 1 less what is lost to what the baseline loses: 1 is perfect, 0 no better than the baseline; null where that loses nothing. */
export function skill(loss: number | null, baseline: number | null): number | null {
  return loss === null || baseline === null || !(baseline > 0) ? null : 1 - loss / baseline;
}

/** A mean; null of nothing. */
export const mean = (sum: number, n: number): number | null => (n === 0 ? null : sum / n);
