import { describe, expect, test } from 'vitest';
import { ClassMixModel } from '../../../actors/lib/learn/class-mix-model.ts';
import { Mixing } from '../../../actors/lib/learn/mixing.ts';
import { prng } from '../../../src/base/prng.ts';
import { probabilities, progressive, threeClasses, twoClasses } from './classes.ts';
import { EQUAL_ROWS, HARD } from './hard-rows.ts';
import { rowOf, sparseRow } from './rows.ts';

describe('the mixing of experts', () => {
  test('comes to follow the one that is right, and another when that one is', () => {
    const mixing = new Mixing(3);
    const out = new Float64Array(2);
    const right = (best: number) => {
      mixing.reserve(2);
      for (let k = 0; k < 3; k++) (mixing.answers[k] as Float64Array).set(k === best ? [0.1, 0.9] : [0.6, 0.4]);
      mixing.mix(2, out);
      mixing.learn(1, 2);
      return out[1] as number;
    };
    for (let i = 0; i < 200; i++) right(0);
    expect(right(0)).toBeGreaterThan(0.85);
    for (let i = 0; i < 200; i++) right(2);
    expect(right(2)).toBeGreaterThan(0.85);
  });

  test('makes of many fair answers a better one', () => {
    const random = prng(1);
    const mixing = new Mixing(9);
    const out = new Float64Array(2);
    let [right, alone] = [0, 0];
    for (let i = 0; i < 4000; i++) {
      const y = random() < 0.5 ? 1 : 0;
      mixing.reserve(2);
      for (let k = 0; k < 9; k++) {
        const told = random() < 0.65 ? y : 1 - y;
        (mixing.answers[k] as Float64Array).set(told === 1 ? [0.35, 0.65] : [0.65, 0.35]);
        if (k === 0 && told === y) alone++;
      }
      mixing.mix(2, out);
      if (((out[1] as number) > 0.5 ? 1 : 0) === y) right++;
      mixing.learn(y, 2);
    }
    // A majority of nine that are right by 0.65 is right by 0.828.
    expect(alone / 4000).toBeLessThan(0.68);
    expect(right / 4000).toBeGreaterThan(0.8);
  });
});

describe('the mixture of classifiers', () => {
  test('is right as often as the noise lets it, on what is linear and what is not', () => {
    expect(progressive(new ClassMixModel(), threeClasses(3000), 3)).toBeGreaterThan(0.6335 - 0.03);
    const random = prng(2);
    const ring = Array.from({ length: 1500 }, () => {
      const x = [random() * 4 - 2, random() * 4 - 2];
      return { x, y: Math.hypot(...x) < 1.5 ? 1 : 0 };
    });
    expect(progressive(new ClassMixModel(), ring, 2)).toBeGreaterThan(0.93);
  });

  test('a concept turned round at once is learned anew', () => {
    const model = new ClassMixModel();
    const steady = progressive(model, twoClasses(1500), 2);
    const turned = twoClasses(900, 11).map(({ x, y }) => ({ x, y: 1 - y }));
    progressive(model, turned.slice(0, 300), 2);
    expect(progressive(model, turned.slice(300), 2)).toBeGreaterThan(steady - 0.05);
  });

  test.each(Object.keys(HARD))('stays finite: %s', (name) => {
    const model = new ClassMixModel();
    let seen = 0;
    for (const { x, side } of HARD[name]?.() ?? []) {
      // Of equal rows a part is enough for it.
      if (++seen > 3000 && seen < EQUAL_ROWS && name.startsWith('equal')) continue;
      if (seen > 2000 && seen < 9900 && name.endsWith('late')) continue;
      if (seen % 7 === 0) expect(probabilities(model, x, 2).every((one) => one >= 0 && one <= 1)).toBe(true);
      model.learn(x, side > 0 ? 1 : 0, 2);
    }
  });

  test('lets dense experts go when features get many, and knows what it knew', () => {
    const random = prng(3);
    const model = new ClassMixModel();
    let right = 0;
    for (let i = 0; i < 1500; i++) {
      const words = Array.from({ length: 5 }, () => Math.floor(random() * (i < 300 ? 50 : 400)));
      const y = words.filter((word) => word % 2 === 0).length > 2 ? 1 : 0;
      const x = sparseRow(
        i < 300 ? 50 : 400,
        [...new Set(words)].map((word) => [word, 1]),
      );
      if (i >= 1000 && (probabilities(model, x, 2)[y] as number) > 0.5) right++;
      model.learn(x, y, 2);
    }
    expect(right / 500).toBeGreaterThan(0.8);
  });

  test.each([5, 40, 150])('restored after %d rows it goes on bit for bit', (first) => {
    const rows = threeClasses(first + 60);
    const model = new ClassMixModel();
    for (const { x, y } of rows.slice(0, first)) {
      probabilities(model, rowOf(...x), 3);
      model.learn(rowOf(...x), y, 3);
    }
    // In between of a prediction and its learning.
    const next = rowOf(...(rows[first]?.x ?? []));
    probabilities(model, next, 3);
    const again = ClassMixModel.restore(structuredClone(model.save()));
    for (const { x, y } of rows.slice(first)) {
      const row = rowOf(...x);
      model.learn(row, y, 3);
      again.learn(row, y, 3);
      expect(probabilities(again, row, 3)).toEqual(probabilities(model, row, 3));
    }
    expect(again.save()).toEqual(model.save());
  });

  test('restored with many features it goes on bit for bit', () => {
    const random = prng(5);
    const row = () =>
      sparseRow(
        500,
        Array.from({ length: 8 }, (_, i) => [i * 60 + Math.floor(random() * 60), 1] as const),
      );
    const model = new ClassMixModel();
    for (let i = 0; i < 60; i++) model.learn(row(), i % 3, 3);
    const again = ClassMixModel.restore(structuredClone(model.save()));
    for (let i = 0; i < 60; i++) {
      const x = row();
      expect(probabilities(again, x, 3)).toEqual(probabilities(model, x, 3));
      model.learn(x, i % 3, 3);
      again.learn(x, i % 3, 3);
    }
    expect(again.save()).toEqual(model.save());
  });
});
