import type { Row } from '#stage';
import type { Label } from '../learn/labels.ts';
import { mean, skill, type Tally } from './judge.ts';
import { Ranking } from './ranking.ts';

const BINS = 10;

export interface SavedClasses {
  n: number;
  hits: number;
  baseHits: number;
  /** Records with probabilities, and their log losses. */
  told: number;
  loss: number;
  baseLoss: number;
  /** Of each class: how often it was right, came true, was predicted. */
  right: number[];
  came: number[];
  predicted: number[];
  /** Of each class of probabilities: records, sum of probabilities, how often it came true. */
  bins: [n: number, p: number, came: number][];
  ranking?: unknown;
}

/** Scores of predicted classes. Its labels grow while it is in use. */
export class ClassTally implements Tally {
  readonly #labels: readonly Label[];
  readonly #binary: boolean;
  readonly #s: SavedClasses;
  readonly #ranking: Ranking;

  constructor(labels: readonly Label[], binary: boolean, ranked: number, saved?: SavedClasses) {
    this.#labels = labels;
    this.#binary = binary;
    this.#ranking = new Ranking(ranked, saved?.ranking);
    const none = { n: 0, hits: 0, baseHits: 0, told: 0, loss: 0, baseLoss: 0, right: [], came: [], predicted: [] };
    this.#s = saved ?? { ...none, bins: Array.from({ length: BINS }, () => [0, 0, 0]) };
  }

  add(entries: Float64Array, at: number): void {
    const s = this.#s;
    const y = entries[at + 1] as number;
    const predicted = entries[at + 2] as number;
    const first = entries[at + 5] as number;
    s.n++;
    if (y === entries[at + 3]) s.baseHits++;
    s.baseLoss += entries[at + 4] as number;
    s.came[y] = (s.came[y] ?? 0) + 1;
    s.predicted[predicted] = (s.predicted[predicted] ?? 0) + 1;
    if (y === predicted) {
      s.hits++;
      s.right[y] = (s.right[y] ?? 0) + 1;
    }
    if (Number.isNaN(first)) return;
    s.told++;
    s.loss += entries[at] as number;
    if (this.#binary) this.#ranking.add(first, y === 0);
    const p = this.#binary ? first : (entries[at + 6] as number);
    const bin = s.bins[Math.min(BINS - 1, Math.floor(p * BINS))] as [number, number, number];
    bin[0]++;
    bin[1] += p;
    bin[2] += Number(this.#binary ? y === 0 : y === predicted);
  }

  scores(): Row {
    const { n, hits, baseHits, told, loss, baseLoss } = this.#s;
    const accuracy = mean(hits, n);
    const baselineAccuracy = mean(baseHits, n);
    const logLoss = told === n ? mean(loss, n) : null;
    const baselineLogLoss = mean(baseLoss, n);
    const gained =
      logLoss !== null
        ? skill(logLoss, baselineLogLoss)
        : skill(accuracy && 1 - accuracy, baselineAccuracy && 1 - baselineAccuracy);
    return {
      rows: n,
      accuracy,
      logLoss,
      ...(this.#binary ? { auc: told === n ? this.#ranking.auc() : null } : {}),
      macroF1: this.#macroF1(),
      baselineAccuracy,
      baselineLogLoss,
      skill: gained,
    };
  }

  /** The mean over the classes that came or were predicted. */
  #macroF1(): number | null {
    const { right, came, predicted } = this.#s;
    let [sum, classes] = [0, 0];
    for (let i = 0; i < Math.max(came.length, predicted.length); i++) {
      const both = (came[i] ?? 0) + (predicted[i] ?? 0);
      if (both === 0) continue;
      classes++;
      sum += (2 * (right[i] ?? 0)) / both;
    }
    return mean(sum, classes);
  }

  calibration(): Row[] | null {
    const { told, bins } = this.#s;
    if (told === 0) return null;
    const [first, second] = this.#labels;
    // Of two classes it is told of the greater one, as of 1 or true.
    const turned = this.#binary && second !== undefined && (first as Label) < second;
    const all = bins.filter(([n]) => n > 0).map(([n, p, came]) => ({ rows: n, predicted: p / n, observed: came / n }));
    if (!turned) return all;
    return all.map((bin) => ({ ...bin, predicted: 1 - bin.predicted, observed: 1 - bin.observed })).reverse();
  }

  save(): unknown {
    return { ...this.#s, ranking: this.#ranking.save() };
  }
}
