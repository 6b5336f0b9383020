import { type At, type Expression, isPlainObject, type Row, WeirError } from '#stage';
import { type Label, Labels, labelOf } from '../learn/labels.ts';
import { ClassTally, type SavedClasses } from './class-tally.ts';
import type { Judge, Tally, Task } from './judge.ts';

/** Entry: loss, class, predicted class, the baseline's class and log loss, probability of the first class and of the predicted one; what is unknown is NaN. */
const WIDTH = 7;
/** Probabilities are kept as far from 0, so that one wrong certainty does not cost everything. */
const CLIP = 1e-15;
/** Told apart at most. */
const MOST = 10_000;

interface ClassOptions {
  target: Expression;
  /** The field of the prediction. */
  of: string;
  /** The field of the probabilities of all classes by their names. */
  probabilities: string;
  fallback: Label | undefined;
  binary: boolean;
  ranked: number;
}

/** Truth, prediction, and the probabilities where they are told. */
type Looked = [truth: Label, prediction: Label, probabilities: Record<string, number> | null];

/** Classes that are predicted, with or without probabilities. */
export class ClassTask implements Task {
  readonly width = WIDTH;
  readonly #o: ClassOptions;
  /** The probabilities that stand for the fallback. */
  readonly #certain: Record<string, number>;

  constructor(options: ClassOptions) {
    this.#o = options;
    const { fallback } = options;
    this.#certain = fallback === undefined ? {} : { [new Labels(1, [fallback]).names[0] as string]: 1 };
  }

  look(row: Row, at: At): Looked | null {
    const { target, of, probabilities, fallback } = this.#o;
    const truth = labelOf(target, row, at);
    const prediction = row[of] ?? null;
    if (prediction !== null && !['string', 'number', 'boolean'].includes(typeof prediction)) {
      throw new WeirError('WEIR_PREDICTION', `the prediction is a ${typeof prediction} and no class`);
    }
    if (truth === null) return null;
    if (prediction === null) return fallback === undefined ? null : [truth, fallback, this.#certain];
    const p = row[probabilities] ?? null;
    return [truth, prediction as Label, p === null ? null : checked(p)];
  }

  create(): Judge {
    const { fallback } = this.#o;
    return new ClassJudge(this.#o, { labels: fallback === undefined ? [] : [fallback], counts: [], n: 0 });
  }

  restore(saved: unknown): Judge {
    return new ClassJudge(this.#o, saved as Known);
  }
}

function checked(p: unknown): Record<string, number> {
  const fine = (one: unknown) => typeof one === 'number' && one >= 0 && one <= 1 + 1e-9;
  if (isPlainObject(p) && Object.values(p).every(fine)) return p as Record<string, number>;
  throw new WeirError('WEIR_PREDICTION', 'the probabilities are no record of numbers from 0 to 1');
}

interface Known {
  labels: Label[];
  /** How often each class came true. */
  counts: number[];
  n: number;
}

class ClassJudge implements Judge {
  readonly #o: ClassOptions;
  readonly #labels: Labels;
  readonly #counts: number[];
  #n: number;

  constructor(options: ClassOptions, { labels, counts, n }: Known) {
    this.#o = options;
    this.#labels = new Labels(options.binary ? 2 : MOST, labels);
    this.#counts = [...counts];
    this.#n = n;
  }

  judge(looked: unknown, entry: Float64Array): boolean {
    const [truth, prediction, p] = looked as Looked;
    const y = this.#labels.numberOf(truth);
    const predicted = this.#labels.numberOf(prediction);
    const { list } = this.#labels;
    const told = (number: number): number => {
      if (p === null) return Number.NaN;
      const name = this.#labels.nameIn(p, number);
      return Object.hasOwn(p, name) ? (p[name] as number) : 0;
    };
    entry[0] = p === null ? Number(y !== predicted) : logLoss(told(y));
    entry[1] = y;
    entry[2] = predicted;
    entry[3] = this.#n === 0 ? (this.#o.fallback === undefined ? -1 : 0) : mostFrequent(this.#counts);
    // One more of each class that is known: a class that never came is unlikely, and not impossible.
    entry[4] = logLoss(((this.#counts[y] ?? 0) + 1) / (this.#n + Math.max(2, list.length)));
    entry[5] = told(0);
    entry[6] = told(predicted);
    this.#counts[y] = (this.#counts[y] ?? 0) + 1;
    for (let i = 0; i < list.length; i++) this.#counts[i] ??= 0;
    this.#n++;
    return true;
  }

  tally(saved?: unknown): Tally {
    const { binary, ranked } = this.#o;
    return new ClassTally(this.#labels.list, binary, ranked, saved as SavedClasses | undefined);
  }

  save(): unknown {
    return { labels: this.#labels.list, counts: this.#counts, n: this.#n };
  }
}

const logLoss = (p: number): number => -Math.log(Math.min(1 - CLIP, Math.max(CLIP, p)));

/** Of those equally frequent the one that was seen first. */
function mostFrequent(counts: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < counts.length; i++) if ((counts[i] as number) > (counts[best] as number)) best = i;
  return best;
}
