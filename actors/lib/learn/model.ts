/**
 * What a learner knows: plain numbers in and out, nothing of records. A row of features is `x[0 … d − 1]`; d grows as
 * features are first seen, and those of earlier rows keep their places.
 */
export interface Model {
  /** Rows learned from. */
  readonly rows: number;
  /** The answers for x, one per target, into `out`. O(d). Nothing is learned. */
  predict(x: Float64Array, d: number, out: Float64Array): void;
  /** Takes in a row with its targets. */
  learn(x: Float64Array, d: number, y: Float64Array): void;
  /** All of it, exactly: what `restore` makes predicts and learns bit for bit the same. */
  save(): unknown;
}

/** Makes and restores the models of one learner. */
export interface ModelMaker {
  create(targets: number): Model;
  restore(saved: unknown): Model;
}
