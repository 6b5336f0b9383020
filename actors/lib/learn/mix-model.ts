import type { FeatureRow } from './feature-row.ts';
import type { Maker, Places, Regression } from './model.ts';
import { RowMemo } from './row-memo.ts';
import { sized } from './sized.ts';
import { mix } from './weights.ts';

/** Losses count 1 % less with each row. */
const MEMORY = 0.99;
/** Of an expert's own usual loss: what is beyond counts as this much, so that one wild row decides nothing. */
const WILD = 5;
/** How sharply the mixture leaves experts behind whose losses are larger. */
const SHARPNESS = 20;
/** An expert's loss of late, against its usual one and against the best expert's, from which on it is said to have drifted. */
const DRIFT = 1.6;
const BEHIND = 1.2;
/** Rows for which that must last, and rows of its own before an expert can be said to have. */
const LASTS = 100;
const GROWN = 500;

export interface SavedExpert {
  model: unknown;
  loss: Float64Array;
  usual: number;
  drifting: number;
  restarts: number;
}

export interface SavedMix {
  rows: number;
  experts: SavedExpert[];
}

export interface Expert {
  model: Regression;
  readonly maker: Maker<Regression>;
  readonly answer: Float64Array;
  /** Sum of its losses with forgetting, by target. */
  readonly loss: Float64Array;
  /** Mean of `loss` of the first target over the rows since it began, the last 20,000 or so. */
  usual: number;
  /** Rows for which it has been drifting. */
  drifting: number;
  restarts: number;
}

/**
 * Experts that answer together: their mean, weighed by e^(−η·loss) with the losses of late. An expert whose answers are not
 * finite, or that has come to be much worse than it was and than others are, is begun anew: the others answer meanwhile, and it
 * comes back by its losses.
 *
 * Source: Y. Freund, R. E. Schapire, A decision-theoretic generalization of on-line learning, JCSS 1997; M. Herbster,
 * M. K. Warmuth, Tracking the best expert, Machine Learning 1998.
 */
export class MixModel implements Regression {
  readonly #experts: Expert[];
  readonly #targets: number;
  #rows = 0;
  /** The row that the experts have answered. */
  readonly #answered = new RowMemo();

  constructor(makers: readonly Maker<Regression>[], targets: number, saved?: SavedMix) {
    this.#targets = targets;
    if (saved) sized(saved.experts, makers.length, 'experts');
    this.#experts = makers.map((maker, i) => expert(maker, targets, saved?.experts[i]));
    this.#rows = saved?.rows ?? 0;
  }

  get rows(): number {
    return this.#rows;
  }

  /** The experts as they are, in the order of their makers. */
  get experts(): readonly Readonly<Expert>[] {
    return this.#experts;
  }

  /** An expert's mean error of late. */
  static errorOf({ loss }: Readonly<Expert>, target: number): number {
    return (loss[target] as number) * (1 - MEMORY);
  }

  /** How often each expert was begun anew. */
  get restarts(): number[] {
    return this.#experts.map(({ restarts }) => restarts);
  }

  predict(x: FeatureRow, out: Float64Array): void {
    this.#answers(x);
    const experts = this.#experts;
    for (let t = 0; t < this.#targets; t++) {
      const least = this.#least(t);
      let [sum, total] = [0, 0];
      for (const { model, answer, loss } of experts) {
        if (model.rows === 0) continue;
        const weight = least === 0 ? 1 : Math.exp((-SHARPNESS * ((loss[t] as number) - least)) / least);
        sum += weight * (answer[t] as number);
        total += weight;
      }
      out[t] = total > 0 ? sum / total : 0;
    }
  }

  #answers(x: FeatureRow): void {
    if (this.#answered.holds(x, 1)) return;
    this.#answered.keep(x, 1);
    for (const one of this.#experts) {
      one.model.predict(x, one.answer);
      for (let t = 0; t < this.#targets; t++) if (!Number.isFinite(one.answer[t])) restart(one, this.#targets);
    }
  }

  #least(t: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (const { model, loss } of this.#experts) {
      if (model.rows > 0 && (loss[t] as number) < least) least = loss[t] as number;
    }
    return Number.isFinite(least) ? least : 0;
  }

  learn(x: FeatureRow, y: Float64Array): void {
    this.#answers(x);
    for (let t = 0; t < this.#targets; t++) this.#score(t, y[t] as number);
    for (const one of this.#experts) {
      if (this.#drifted(one)) restart(one, this.#targets);
      one.model.learn(x, y);
    }
    this.#rows++;
    this.#answered.clear();
  }

  #score(t: number, y: number): void {
    const least = this.#least(t);
    let best = Number.POSITIVE_INFINITY;
    for (const { model, answer } of this.#experts) {
      if (model.rows > 0) best = Math.min(best, Math.abs((answer[t] as number) - y));
    }
    const cap = least > 0 ? best + WILD * least * (1 - MEMORY) : Number.POSITIVE_INFINITY;
    for (const { model, answer, loss } of this.#experts) {
      const error = Math.abs((answer[t] as number) - y);
      // One that has learned nothing yet begins where the best are not.
      loss[t] = model.rows === 0 ? 2 * least : MEMORY * (loss[t] as number) + Math.min(error, cap);
    }
  }

  /** By the first target: drift of one is drift of what it has learned. */
  #drifted(one: Expert): boolean {
    const { model, loss } = one;
    const least = this.#least(0);
    if (model.rows === 0) return false;
    const now = loss[0] as number;
    one.usual += (now - one.usual) / Math.min(model.rows, 20_000);
    const drifts = model.rows > GROWN && now > DRIFT * one.usual && now > BEHIND * least;
    one.drifting = drifts ? one.drifting + 1 : 0;
    return one.drifting > LASTS;
  }

  /**
   * Takes in what another has learned: experts merge as they do by themselves, of those that cannot the one with more rows is
   * kept; losses become means by rows.
   */
  merge(other: MixModel, places: Places): void {
    const share = other.#rows / (this.#rows + other.#rows || 1);
    for (const [k, one] of this.#experts.entries()) {
      const theirs = other.#experts[k] as Expert;
      mix(one.loss, theirs.loss, share);
      one.usual += (theirs.usual - one.usual) * share;
      one.drifting = 0;
      one.restarts += theirs.restarts;
      if (one.model.merge !== undefined && one.model.rows > 0) one.model.merge(theirs.model, places);
      else if (theirs.model.rows > one.model.rows) one.model = one.maker.restore(theirs.model.save());
    }
    this.#rows += other.#rows;
    this.#answered.clear();
  }

  save(): SavedMix {
    const experts = this.#experts.map(({ model, loss, usual, drifting, restarts }) => {
      return { model: model.save(), loss: loss.slice(), usual, drifting, restarts };
    });
    return { rows: this.#rows, experts };
  }

  static restore(makers: readonly Maker<Regression>[], targets: number, saved: unknown): MixModel {
    return new MixModel(makers, targets, saved as SavedMix);
  }
}

function expert(maker: Maker<Regression>, targets: number, saved?: SavedExpert): Expert {
  return {
    maker,
    model: saved ? maker.restore(saved.model) : maker.create(),
    answer: new Float64Array(targets),
    loss: saved ? Float64Array.from(sized(saved.loss, targets, 'losses')) : new Float64Array(targets),
    usual: saved?.usual ?? 0,
    drifting: saved?.drifting ?? 0,
    restarts: saved?.restarts ?? 0,
  };
}

function restart(one: Expert, targets: number): void {
  one.model = one.maker.create();
  one.answer.fill(0, 0, targets);
  one.usual = 0;
  one.drifting = 0;
  one.restarts++;
}
