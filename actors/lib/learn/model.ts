import { WeirError } from '#stage';
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
  /**
   * Takes in what another model of the same learner has learned from other rows: exactly, where sums are all that there is to
   * know, else by a rule that its learner states. The other is not used again. One that takes no `places` is only called where
   * both have their features in the same slots.
   */
  merge?(other: this, places: Places): void;
}

/** Where what another model knows stands in one's own. */
export interface Places {
  /** The own slot of each slot of the other. */
  slots: Int32Array;
  /** The own slots, when all of the other's are among them. */
  d: number;
  /** Of classes: the own number of each of the other's. */
  classes?: Int32Array;
}

/** Predicts one number or several. */
export interface Regression extends Model {
  /** The answers for x, one per target, into `out`. Nothing is learned. */
  predict(x: FeatureRow, out: Float64Array): void;
  /** Takes in a row with its targets. */
  learn(x: FeatureRow, y: Float64Array): void;
  /** Both at once, where that is less work: what would have been predicted into `out`, then the row is taken in. */
  step?(x: FeatureRow, y: Float64Array, out: Float64Array): void;
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

/** What is said of models without {@link Model.merge}. */
export function notMergeable(): WeirError {
  return new WeirError(
    'WEIR_MERGE',
    'models of this learner cannot be merged: give each key its own, or learn in one place',
  );
}

/** Throws `WEIR_MERGE` where a model takes no places, and another has its features or classes in other ones. */
export function checkPlaces({ merge }: Model, { slots, classes }: Pick<Places, 'slots' | 'classes'>): void {
  const others = (places: Int32Array | undefined) => places?.some((place, i) => place !== i) === true;
  if (merge === undefined || merge.length > 1 || !(others(slots) || others(classes))) return;
  throw new WeirError(
    'WEIR_MERGE',
    'the parts have seen their features or classes in different orders, which this learner cannot merge: name the features',
  );
}
