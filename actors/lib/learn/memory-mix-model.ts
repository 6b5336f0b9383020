import type { FeatureRow } from './feature-row.ts';
import { lossOf } from './losses.ts';
import { type Expert, MixModel, type SavedExpert, type SavedMix } from './mix-model.ts';
import type { Maker, Places, Regression } from './model.ts';
import { joinSpread } from './moments.ts';
import { RlsModel } from './rls-model.ts';
import { SgdModel } from './sgd-model.ts';
import { sized } from './sized.ts';
import { type Solved, stepsFromSquares } from './steps-from-squares.ts';

/**
 * Features beyond which dense experts are let go, whose cost grows with the square: some 2 ms a row with the lesser number, from
 * which on the first rows alone are theirs, and 10 ms with the larger.
 */
const MANY_DENSE = 300;
const MOST_DENSE = 1000;
const FIRST_ROWS = 100;

/** The paces of the experts for any number of features. */
const PACES = [
  { rate: 0.5, adaptive: true, l1: 0, l2: 0 },
  { rate: 0.1, adaptive: true, l1: 0, l2: 0 },
  { rate: 0.02, adaptive: true, l1: 0, l2: 0 },
  { rate: 0.005, adaptive: true, l1: 0, l2: 0 },
  { rate: 0.02, adaptive: false, l1: 0, l2: 0 },
  { rate: 0.001, adaptive: false, l1: 0, l2: 0 },
];
const SQUARED = lossOf('squared', { margin: 1, quantile: 0.5 });

/** Experts: those for few features, then those whatever their number. */
export interface MixMakers {
  dense: readonly Maker<Regression>[];
  lasting: readonly Maker<Regression>[];
}

interface Saved {
  dense: SavedMix | undefined;
  sparse: SavedMix | undefined;
  spread: Float64Array;
}

/** A mixture of regressions: of dense experts while features are few, of those that take very many when there are. */
export class MemoryMixModel implements Regression {
  readonly #makers: MixMakers;
  readonly #targets: number;
  #dense: MixModel | undefined;
  #sparse: MixModel | undefined;
  /** Of each target: its mean, and its variance. Kept while experts are dense. */
  readonly #spread: Float64Array;

  constructor(makers: MixMakers, targets: number) {
    this.#makers = makers;
    this.#targets = targets;
    this.#dense = new MixModel([...makers.dense, ...makers.lasting], targets);
    this.#spread = new Float64Array(2 * targets);
  }

  get #model(): MixModel {
    return (this.#dense ?? this.#sparse) as MixModel;
  }

  get rows(): number {
    return this.#model.rows;
  }

  predict(x: FeatureRow, out: Float64Array): void {
    this.#model.predict(x, out);
  }

  learn(x: FeatureRow, y: Float64Array): void {
    if (this.#dense !== undefined) {
      const { rows } = this.#dense;
      if (x.d > (rows < FIRST_ROWS ? MOST_DENSE : MANY_DENSE)) this.#toSparse(this.#dense);
      else this.#measure(y, rows);
    }
    this.#model.learn(x, y);
  }

  #measure(y: Float64Array, rows: number): void {
    const spread = this.#spread;
    const share = 1 / (rows + 1);
    for (let t = 0; t < y.length; t++) {
      const off = (y[t] as number) - (spread[2 * t] as number);
      const mean = (spread[2 * t] as number) + off * share;
      const variance = spread[2 * t + 1] as number;
      spread[2 * t] = mean;
      spread[2 * t + 1] = variance + (off * ((y[t] as number) - mean) - variance) * share;
    }
  }

  /** The best weights are taken along, how many rows they are from, how wrong they were, and the scales of columns and targets. */
  #toSparse({ experts, rows }: MixModel): void {
    const linear = experts.filter(({ model }) => model instanceof RlsModel && model.rows > 0);
    const best = linear.length === 0 ? [] : Array.from({ length: this.#targets }, (_, t) => bestOf(linear, t));
    const solved = best.map((one, t): Solved => {
      return { model: one.model as RlsModel, error: MixModel.errorOf(one, t) };
    });
    const loss = Float64Array.from({ length: this.#targets }, (_, t) => best[t]?.loss[t] ?? 0);
    const begun = PACES.map((pace): SavedExpert => {
      const model =
        best.length === 0
          ? new SgdModel(SQUARED, pace, this.#targets).save()
          : stepsFromSquares(pace, solved, rows, this.#spread);
      return { model, loss: loss.slice(), usual: best[0]?.usual ?? 0, drifting: 0, restarts: 0 };
    });
    const lasting = this.#model.save().experts.slice(this.#makers.dense.length);
    this.#sparse = this.#sparseMix({ rows, experts: [...begun, ...lasting] });
    this.#dense = undefined;
  }

  #sparseMix(saved?: SavedMix): MixModel {
    const targets = this.#targets;
    const steps = PACES.map((pace): Maker<Regression> => {
      return {
        create: () => new SgdModel(SQUARED, pace, targets),
        restore: (data) => SgdModel.restore(SQUARED, pace, targets, data),
      };
    });
    return new MixModel([...steps, ...this.#makers.lasting], targets, saved);
  }

  /**
   * Takes in what another has learned of the same slots, see {@link MixModel.merge}. Where one of the two has become sparse, both
   * do.
   */
  merge(other: MemoryMixModel): void {
    const [mine, theirs] = [this.#dense, other.#dense];
    const share = other.rows / (this.rows + other.rows || 1);
    if (mine === undefined && theirs !== undefined) other.#toSparse(theirs);
    if (mine !== undefined && theirs === undefined) this.#toSparse(mine);
    for (let t = 0; t < this.#targets; t++) joinSpread(this.#spread, other.#spread, 2 * t, share);
    this.#model.merge(other.#model, sameSlots([this.#model, other.#model]));
  }

  save(): Saved {
    return { dense: this.#dense?.save(), sparse: this.#sparse?.save(), spread: this.#spread.slice() };
  }

  static restore(makers: MixMakers, targets: number, saved: unknown): MemoryMixModel {
    const { dense, sparse, spread } = saved as Saved;
    const model = new MemoryMixModel(makers, targets);
    model.#spread.set(sized(spread, 2 * targets, 'spreads'));
    const all = [...makers.dense, ...makers.lasting];
    model.#dense = dense === undefined ? undefined : MixModel.restore(all, targets, dense);
    model.#sparse = sparse === undefined ? undefined : model.#sparseMix(sparse);
    return model;
  }
}

/** For mixtures that know the same slots by the same numbers. */
function sameSlots(mixtures: readonly MixModel[]): Places {
  const widths = mixtures.flatMap(({ experts }) =>
    experts.map(({ model }) => (model instanceof RlsModel ? model.d : 0)),
  );
  const d = Math.max(0, ...widths);
  return { slots: Int32Array.from({ length: d }, (_, slot) => slot), d };
}

/** The expert whose losses of late are the least. */
function bestOf(experts: readonly Readonly<Expert>[], target: number): Readonly<Expert> {
  return experts.reduce((a, b) => ((b.loss[target] as number) < (a.loss[target] as number) ? b : a));
}
