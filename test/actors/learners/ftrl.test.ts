import { describe, expect, test } from 'vitest';
import { FtrlModel } from '../../../actors/lib/learn/ftrl-model.ts';
import { prng } from '../../../src/base/prng.ts';
import { probabilities, progressive, teach, threeClasses, twoClasses } from './classes.ts';
import { HARD } from './hard-rows.ts';
import { rowOf, sparseRow } from './rows.ts';

const OPTIONS = { rate: 0.1, beta: 1, l1: 0.001, l2: 1 };

describe('FTRL-proximal', () => {
  // The paper's algorithm 1 written with NumPy 2.4.6 arrays, α = .1, β = 1, λ1 = .5, λ2 = 1. (River 0.26.1 predicts by the weights of
  // one row before, and is 0.002 off.)
  test('is what the paper’s equations give', () => {
    const model = teach(new FtrlModel({ ...OPTIONS, l1: 0.5 }), twoClasses(500), 2);
    for (const [x, expected] of [
      [[0.1, 0.2, 0.3], 0.5426134602758034],
      [[-0.5, 0.2, 0], 0.4414667764203395],
      [[0.4, 0.5, 0.1], 0.5639143253661659],
    ] as const) {
      expect(probabilities(model, rowOf(...x), 2)[1]).toBeCloseTo(expected, 12);
    }
  });

  test('tells three classes apart', () => {
    expect(progressive(new FtrlModel({ ...OPTIONS, rate: 1 }), threeClasses(6000), 3)).toBeGreaterThan(0.6335 - 0.03);
  });

  test('leaves the weights of words without meaning at zero', () => {
    const random = prng(1);
    const model = new FtrlModel({ ...OPTIONS, l1: 5 });
    for (let i = 0; i < 3000; i++) {
      const y = random() < 0.5 ? 1 : 0;
      const noise = 2 + Math.floor(random() * 100);
      model.learn(
        sparseRow(102, [
          [y, 1],
          [noise, 1],
        ]),
        y,
        2,
      );
    }
    const [, no, yes, ...others] = model.weights(1);
    expect(no).toBeLessThan(-0.5);
    expect(yes).toBeGreaterThan(0.5);
    expect(others.filter((w) => w === 0).length).toBeGreaterThan(90);
  });

  test.each(Object.keys(HARD))('stays finite: %s', (name) => {
    const model = new FtrlModel(OPTIONS);
    let seen = 0;
    for (const { x, side } of HARD[name]?.() ?? []) {
      if (++seen % 7 === 0) expect(probabilities(model, x, 2).every((one) => one >= 0 && one <= 1)).toBe(true);
      model.learn(x, side > 0 ? 1 : 0, 2);
    }
  });

  test('a restored model goes on bit for bit', () => {
    const rows = threeClasses(300);
    const model = teach(new FtrlModel(OPTIONS), rows.slice(0, 150), 3);
    const again = FtrlModel.restore(OPTIONS, structuredClone(model.save()));
    teach(model, rows.slice(150), 3);
    teach(again, rows.slice(150), 3);
    expect(again.save()).toEqual(model.save());
  });

  test('merging with one that knows nothing changes nothing; halves come near the whole', () => {
    const rows = twoClasses(4000);
    const options = { ...OPTIONS, l1: 0 };
    const half = teach(new FtrlModel(options), rows.slice(0, 2000), 2);
    const before = [...half.weights(1)];
    half.merge(new FtrlModel(options));
    expect([...half.weights(1)]).toEqual(before);
    half.merge(teach(new FtrlModel(options), rows.slice(2000), 2));
    const whole = teach(new FtrlModel(options), rows, 2).weights(1);
    for (const [j, weight] of half.weights(1).entries())
      expect(Math.abs(weight - (whole[j] as number))).toBeLessThan(0.3);
  });
});
