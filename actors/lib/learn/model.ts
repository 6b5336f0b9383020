import type { FeatureRow } from './feature-row.ts';

/**
 * What a learner knows, without anything of records and names. What it keeps grows as features are first seen: a row's `d` is
 * never less than that of an earlier row, and those slots keep their places.
 */
export interface Model {
  /** Rows learned from. */
  readonly rows: number;
  /** All of it as plain data, exactly: what is restored from it answers and learns bit for bit the same. */
  save(): unknown;
}

/** Predicts one number or several. */
export interface Regression extends Model {
  /** The answers for x, one per target, into `out`. Nothing is learned. */
  predict(x: FeatureRow, out: Float64Array): void;
  /** Takes in a row with its targets. */
  learn(x: FeatureRow, y: Float64Array): void;
}

/** Predicts a class. Classes are numbered as they are first seen. */
export interface Classification extends Model {
  /** The probability of each of the first `classes` classes for x into `out`, 1 in sum. Nothing is learned. */
  predict(x: FeatureRow, classes: number, out: Float64Array): void;
  /** Takes in a row of class `y`, one of the first `classes`. */
  learn(x: FeatureRow, y: number, classes: number): void;
}

/** Makes and restores the models of one learner. */
export interface Maker<M extends Model> {
  create(): M;
  restore(saved: unknown): M;
}
