import type { FeatureRow } from './feature-row.ts';
import type { Regression } from './model.ts';

interface Saved {
  rows: number;
  last: Float64Array;
}

/** Answers what the last target was: the best there is for what moves slowly and without reasons that are known. */
export class LastModel implements Regression {
  rows = 0;
  readonly #last: Float64Array;

  constructor(targets: number) {
    this.#last = new Float64Array(targets);
  }

  predict(_: FeatureRow, out: Float64Array): void {
    out.set(this.#last);
  }

  learn(_: FeatureRow, y: Float64Array): void {
    this.#last.set(y);
    this.rows++;
  }

  save(): Saved {
    return { rows: this.rows, last: this.#last.slice() };
  }

  static restore(saved: unknown): LastModel {
    const { rows, last } = saved as Saved;
    const model = new LastModel(last.length);
    model.#last.set(last);
    model.rows = rows;
    return model;
  }
}
