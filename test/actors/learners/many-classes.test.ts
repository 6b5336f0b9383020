import { expect, test } from 'vitest';
import { ClassMixModel } from '../../../actors/lib/learn/class-mix-model.ts';
import { FtrlModel } from '../../../actors/lib/learn/ftrl-model.ts';
import { LogisticModel } from '../../../actors/lib/learn/logistic-model.ts';
import type { Classification } from '../../../actors/lib/learn/model.ts';
import { NaiveBayesModel } from '../../../actors/lib/learn/naive-bayes-model.ts';
import { PassiveAggressiveClasses } from '../../../actors/lib/learn/passive-aggressive-classes.ts';
import { SoftmaxModel } from '../../../actors/lib/learn/softmax-model.ts';
import { probabilities } from './classes.ts';
import { congruential, sparseRow } from './rows.ts';

const STEPS = { rate: 0.5, adaptive: true, l1: 0, l2: 0 };
const EVEN = { rate: 0.1, adaptive: false, l1: 1e-4, l2: 0 };
const FTRL = { rate: 0.5, beta: 1, l1: 0.01, l2: 0 };
const BAYES = { smoothing: 0.1, shrink: 1 };
const AGGRESSIVE = { variant: 'I', aggressiveness: 1 } as const;
const LOGISTIC = { order: 'second', second: { forgetting: 0.999, l2: 1 }, first: STEPS } as const;

const MAKERS: Record<string, { create(): Classification; restore(saved: unknown): Classification }> = {
  softmax: { create: () => new SoftmaxModel(STEPS), restore: (saved) => SoftmaxModel.restore(STEPS, saved) },
  'softmax, even': { create: () => new SoftmaxModel(EVEN), restore: (saved) => SoftmaxModel.restore(EVEN, saved) },
  ftrl: { create: () => new FtrlModel(FTRL), restore: (saved) => FtrlModel.restore(FTRL, saved) },
  'naive-bayes': {
    create: () => new NaiveBayesModel(BAYES),
    restore: (saved) => NaiveBayesModel.restore(BAYES, saved),
  },
  'passive-aggressive-classifier': {
    create: () => new PassiveAggressiveClasses(AGGRESSIVE),
    restore: (saved) => PassiveAggressiveClasses.restore(AGGRESSIVE, saved),
  },
  logistic: { create: () => new LogisticModel(LOGISTIC), restore: (saved) => LogisticModel.restore(LOGISTIC, saved) },
  'class-mix': { create: () => new ClassMixModel(), restore: (saved) => ClassMixModel.restore(saved) },
};

/** Rows of a few of very many words, each row of the next class; the first word tells it. Some rows come again. */
function* stream(rows: number, classes: number, words: number) {
  const next = congruential(3);
  let d = 0;
  for (let i = 0; i < rows; i++) {
    const y = i < classes ? i : Math.floor(next() * classes);
    const told = [y, ...Array.from({ length: 4 }, () => Math.floor(next() * words))];
    d = Math.max(d, ...told.map((word) => word + 1));
    yield { x: sparseRow(d, new Map(told.map((word) => [word, 1]))), y, classes: Math.min(i + 1, classes) };
  }
}

test.each(Object.keys(MAKERS))(
  '%s with classes that come one by one: restored at any time it goes on the same',
  (name) => {
    const { create, restore } = MAKERS[name] as (typeof MAKERS)[string];
    const wide = name === 'logistic' ? 200 : 600;
    let [grown, copied] = [create(), create()];
    let i = 0;
    for (const { x, y, classes } of stream(330, 160, wide)) {
      if (i > 0) expect(probabilities(copied, x, classes)).toEqual(probabilities(grown, x, classes));
      grown.learn(x, y, classes);
      copied.learn(x, y, classes);
      if (i++ % 41 === 0) copied = restore(structuredClone(copied.save()));
    }
    grown = restore(structuredClone(grown.save()));
    const row = sparseRow(wide, [[7, 1]]);
    const p = probabilities(grown, row, 160);
    expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
  },
);

test.each(['softmax', 'softmax, even', 'ftrl', 'naive-bayes', 'passive-aggressive-classifier'])(
  '%s beyond four million weights learns nothing of the features seen last, and goes on',
  (name) => {
    const { create, restore } = MAKERS[name] as (typeof MAKERS)[string];
    const model = create();
    const classes = 2000;
    // 2 ** 22 / 2000 is 2097: slots 30,000 and more are beyond.
    const rowOf = (y: number) =>
      sparseRow(40_000, [
        [y, 1],
        [30_000 + y, 1],
      ]);
    for (let round = 0; round < 10; round++) {
      for (let y = 0; y < 12; y++) model.learn(rowOf(y), y, round < 8 ? 12 : classes);
    }
    const known = probabilities(model, sparseRow(40_000, [[5, 1]]), classes);
    expect(known.indexOf(Math.max(...known.slice(0, 12)))).toBe(5);
    const nothing = probabilities(model, sparseRow(40_000, []), classes);
    expect(probabilities(model, sparseRow(40_000, [[30_005, 1]]), classes)).toEqual(nothing);
    expect(probabilities(restore(model.save()), sparseRow(40_000, [[5, 1]]), classes)).toEqual(known);
  },
);

test('softmax models that have room for different numbers of classes merge class by class', () => {
  const row = (y: number) => sparseRow(5, [[y, 1]]);
  const teach = (classes: readonly number[]) => {
    const model = new SoftmaxModel(EVEN);
    for (let i = 0; i < 40; i++) for (const y of classes) model.learn(row(y), y, Math.max(...classes) + 1);
    return model;
  };
  const both = teach([0, 1, 2]);
  both.merge(teach([0, 1, 2, 3, 4]));
  for (let y = 0; y < 5; y++) {
    const p = probabilities(both, row(y), 5);
    expect(p.indexOf(Math.max(...p))).toBe(y);
  }
});
