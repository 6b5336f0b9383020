import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NaiveBayesModel } from '../../../actors/lib/learn/naive-bayes-model.ts';
import { tries } from '../../support/thorough.ts';
import { probabilities } from './classes.ts';
import { HARD } from './hard-rows.ts';
import { lehmer } from './lehmer.ts';
import { rowOf, sparseRow } from './rows.ts';

const OPTIONS = { smoothing: 0.1, shrink: 1 };

/** 600 rows in three classes: two numbers, and six words of which a row has some. */
function rows() {
  const random = lehmer(5);
  return Array.from({ length: 600 }, (_, i) => {
    const y = i % 3;
    const x = [random() * (1 + y) + y, random() * 3 - y];
    return { x, y, words: Array.from({ length: 6 }, (_, j) => (random() < 0.2 + 0.5 * Number(j % 3 === y) ? 1 : 0)) };
  });
}

const wordsOf = (words: readonly number[]) =>
  sparseRow(
    words.length,
    [...words.entries()].filter(([, one]) => one === 1),
  );

describe('naive Bayes', () => {
  // scikit-learn 1.9.1: GaussianNB(var_smoothing=0), MultinomialNB(alpha=0.5), BernoulliNB(alpha=0.5) on the same rows.
  test('of numbers is scikit-learn’s GaussianNB', () => {
    const model = new NaiveBayesModel({ smoothing: 1e-9, shrink: 0 });
    for (const { x, y } of rows()) model.learn(rowOf(...x), y, 3);
    for (const [x, expected] of [
      [
        [1.2, 0.5],
        [9.99694006e-2, 8.68975663e-1, 3.10549366e-2],
      ],
      [
        [2.5, 0.1],
        [2.5661474e-11, 6.77153643e-1, 3.22846357e-1],
      ],
    ] as const) {
      for (const [k, p] of probabilities(model, rowOf(...x), 3).entries())
        expect(p).toBeCloseTo(expected[k] as number, 8);
    }
  });

  test('of words is its MultinomialNB', () => {
    const model = new NaiveBayesModel({ smoothing: 0.5, shrink: 1 });
    for (const { words, y } of rows()) model.learn(wordsOf(words), y, 3);
    for (const [words, expected] of [
      [
        [1, 0, 0, 1, 0, 0],
        [0.87127726, 0.05690364, 0.0718191],
      ],
      [
        [1, 1, 1, 1, 1, 1],
        [0.29588041, 0.34837342, 0.35574617],
      ],
    ] as const) {
      const found = probabilities(model, wordsOf(words), 3);
      for (const [k, p] of found.entries()) expect(p).toBeCloseTo(expected[k] as number, 7);
    }
  });

  test('of truth values is its BernoulliNB', () => {
    const model = new NaiveBayesModel({ smoothing: 0.5, shrink: 1 });
    for (const { words, y } of rows()) model.learn(rowOf(...words), y, 3);
    for (const [words, expected] of [
      [
        [1, 0, 0, 1, 0, 0],
        [0.97802386, 0.01054209, 0.01143404],
      ],
      [
        [0, 1, 1, 0, 0, 0],
        [0.03481493, 0.53715315, 0.42803192],
      ],
    ] as const) {
      for (const [k, p] of probabilities(model, rowOf(...words), 3).entries()) {
        expect(p).toBeCloseTo(expected[k] as number, 7);
      }
    }
  });

  test('a number that never varied in a class does not decide alone', () => {
    const model = new NaiveBayesModel(OPTIONS);
    const random = lehmer(3);
    for (let i = 0; i < 300; i++) model.learn(rowOf(i % 2 === 0 ? 0 : 5 * random(), random()), i % 2, 2);
    expect(probabilities(model, rowOf(1e-9, 0.5), 2)[0]).toBeGreaterThan(0.5);
    expect(probabilities(model, rowOf(2, 0.5), 2)[1]).toBeGreaterThan(0.9);
  });

  test('two models merged answer as one that has seen all', () => {
    const value = fc.constantFrom(-2, -1, 0, 0.5, 1, 3);
    const row = fc.record({ x: fc.array(value, { minLength: 1, maxLength: 4 }), y: fc.nat(2) });
    const property = fc.property(fc.array(row, { minLength: 2, maxLength: 40 }), fc.nat(40), (all, cut) => {
      const learned = (part: typeof all) => {
        const model = new NaiveBayesModel(OPTIONS);
        // All slots are there from the first row on, and their kinds.
        model.learn(rowOf(-1, -1, -1, -1), 0, 3);
        for (const { x, y } of part) model.learn(rowOf(...x), y, 3);
        return model;
      };
      const merged = learned(all.slice(0, cut));
      merged.merge(learned(all.slice(cut)));
      const whole = new NaiveBayesModel(OPTIONS);
      for (const x of [...all, { x: [-1, -1, -1, -1], y: 0 }, { x: [-1, -1, -1, -1], y: 0 }])
        whole.learn(rowOf(...x.x), x.y, 3);
      const x = rowOf(0.4, 1, -1, 2);
      const expected = probabilities(whole, x, 3);
      for (const [k, p] of probabilities(merged, x, 3).entries()) expect(p).toBeCloseTo(expected[k] as number, 9);
    });
    fc.assert(property, { numRuns: tries(60) });
  });

  test.each(Object.keys(HARD))('stays finite: %s', (name) => {
    const model = new NaiveBayesModel(OPTIONS);
    let seen = 0;
    for (const { x, side } of HARD[name]?.() ?? []) {
      if (++seen % 7 === 0) expect(probabilities(model, x, 2).every((one) => one >= 0 && one <= 1)).toBe(true);
      model.learn(x, side > 0 ? 1 : 0, 2);
    }
  });

  test('a restored model goes on bit for bit', () => {
    const all = rows();
    const model = new NaiveBayesModel(OPTIONS);
    for (const { x, words, y } of all.slice(0, 300)) model.learn(rowOf(...x, ...words), y, y + 1);
    const again = NaiveBayesModel.restore(OPTIONS, structuredClone(model.save()));
    for (const { x, words, y } of all.slice(300)) {
      const row = rowOf(...x, ...words);
      expect(probabilities(again, row, 3)).toEqual(probabilities(model, row, 3));
      model.learn(row, y, 3);
      again.learn(row, y, 3);
    }
    expect(again.save()).toEqual(model.save());
  });
});
