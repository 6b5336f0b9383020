import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LOSS_NAMES, type LossName, lossOf } from '../../../actors/lib/learn/losses.ts';
import { SgdModel } from '../../../actors/lib/learn/sgd-model.ts';
import { prng } from '../../../src/base/prng.ts';
import { HARD } from './hard-rows.ts';
import { lehmer } from './lehmer.ts';
import { rowOf } from './rows.ts';

const OPTIONS = { rate: 0.5, adaptive: true, l1: 0, l2: 0 };
const LOSS_OPTIONS = { margin: 1, quantile: 0.8 };

function made(loss: LossName, options = OPTIONS, targets = 1): SgdModel {
  return new SgdModel(lossOf(loss, LOSS_OPTIONS), options, targets);
}

/** 4,000 rows of y = 1 + 2a − 3b + 4e² and of a count of expectation e^(0.5 + a − b / 2), about. */
function rows() {
  const random = lehmer(9);
  return Array.from({ length: 4000 }, () => {
    const [a, b, e] = [random() * 2 - 1, random() * 2 - 1, random()];
    return { x: [a, b], y: 1 + 2 * a - 3 * b + e * e * 4, count: Math.floor(Math.exp(0.5 + a - 0.5 * b) + random()) };
  });
}

describe.each(LOSS_NAMES)('the loss %s', (name) => {
  const loss = lossOf(name, LOSS_OPTIONS);
  const number = fc.double({ min: -20, max: 20, noNaN: true });

  test('has the slope that finite differences give', () => {
    const property = fc.property(number, fc.double({ min: 0, max: 20, noNaN: true }), (f, y) => {
      const edges = [0, 1, -1].some((edge) => Math.abs(f - y - edge) < 1e-3);
      fc.pre(!edges);
      const found = (loss.value(f + 1e-5, y) - loss.value(f - 1e-5, y)) / 2e-5;
      expect(Math.abs(found - loss.slope(f, y, 0))).toBeLessThan(1e-5 * Math.max(1, Math.abs(found)));
    });
    fc.assert(property);
  });

  test('has implicit steps that end where they say, and never raise it', () => {
    const reach = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    const property = fc.property(number, fc.double({ min: 0, max: 20, noNaN: true }), reach, (f, y, r) => {
      const slope = loss.slope(f, y, r);
      const end = f - r * slope;
      expect(loss.value(end, y)).toBeLessThanOrEqual(loss.value(f, y) + 1e-9 * (1 + Math.abs(loss.value(f, y))));
      const toEnd = (at: number) => loss.value(at, y) + (at - f) ** 2 / (2 * r);
      // It is where the loss and the way there together are least.
      for (const off of [-1e-3, 1e-3])
        expect(toEnd(end)).toBeLessThanOrEqual(toEnd(end + off) + 1e-9 * (1 + Math.abs(toEnd(end))));
    });
    fc.assert(property);
  });
});

describe('linear regression by steps', () => {
  // scikit-learn 1.9.1 on all of these rows: LinearRegression(), QuantileRegressor(quantile=0.8, alpha=0, solver='highs'),
  // PoissonRegressor(alpha=0, tol=1e-10): intercept_ and coef_.
  test.each([
    ['squared', 'y', [2.319930678509658, 1.96075118, -2.97497286]],
    ['quantile', 'y', [3.5512067796182656, 1.95592602, -2.92143281]],
    ['poisson', 'count', [0.49588811458813925, 0.99365488, -0.50820362]],
  ] as const)('with the loss %s comes to the weights that scikit-learn finds', (loss, target, expected) => {
    const model = made(loss, { ...OPTIONS, rate: 0.3 });
    for (let pass = 0; pass < 20; pass++) {
      for (const row of rows()) model.learn(rowOf(...row.x), Float64Array.of(row[target]));
    }
    for (const [j, weight] of model.weights().entries())
      expect(Math.abs(weight - (expected[j] as number))).toBeLessThan(0.12);
  });

  test('with the loss huber is not moved by wild targets', () => {
    const random = prng(3);
    const model = made('huber');
    for (let i = 0; i < 5000; i++) {
      const x = random() * 2 - 1;
      model.learn(rowOf(x), Float64Array.of(2 * x + 1 + (random() < 0.01 ? 1000 : 0)));
    }
    expect(Math.abs((model.weights()[0] as number) - 1)).toBeLessThan(0.3);
  });

  test('of one step of rate 1 is what is reckoned by hand', () => {
    const model = made('squared', { rate: 1, adaptive: false, l1: 0, l2: 0 });
    model.learn(rowOf(0), Float64Array.of(2));
    // f = 2, y = 5; the step reaches 1 for the constant and 1 for x: slope −3 / (1 + 2).
    model.learn(rowOf(1), Float64Array.of(5));
    expect([...model.weights()]).toEqual([3, 1]);
  });

  test('of several targets is each of them alone', () => {
    const both = made('squared', OPTIONS, 2);
    const alone = [made('squared'), made('squared')];
    for (const { x, y, count } of rows().slice(0, 500)) {
      both.learn(rowOf(...x), Float64Array.of(y, count));
      alone[0]?.learn(rowOf(...x), Float64Array.of(y));
      alone[1]?.learn(rowOf(...x), Float64Array.of(count));
    }
    for (const k of [0, 1]) {
      const expected = (alone[k] as SgdModel).weights();
      for (const [j, weight] of both.weights(k).entries()) expect(weight).toBeCloseTo(expected[j] as number, 12);
    }
  });

  test.each(
    LOSS_NAMES.flatMap((loss) =>
      Object.keys(HARD)
        .filter((name) => loss === 'squared' || !name.startsWith('equal rows'))
        .map((name) => [loss, name] as const),
    ),
  )('with the loss %s stays finite: %s', (loss, name) => {
    const model = made(loss, { ...OPTIONS, adaptive: loss !== 'squared' });
    const out = new Float64Array(1);
    let seen = 0;
    for (const { x, side } of HARD[name]?.() ?? []) {
      if (++seen % 5 === 0) {
        model.predict(x, out);
        expect(Number.isFinite(out[0])).toBe(true);
      }
      model.learn(x, Float64Array.of(loss === 'poisson' ? 2 + side : side));
    }
    expect(model.weights().every(Number.isFinite)).toBe(true);
  });

  test('a restored model goes on bit for bit', () => {
    const all = rows();
    const model = made('huber', { ...OPTIONS, l1: 1e-3, l2: 1e-3 });
    for (const { x, y } of all.slice(0, 300)) model.learn(rowOf(...x), Float64Array.of(y));
    const loss = lossOf('huber', LOSS_OPTIONS);
    const again = SgdModel.restore(loss, { ...OPTIONS, l1: 1e-3, l2: 1e-3 }, 1, structuredClone(model.save()));
    for (const { x, y } of all.slice(300, 600)) {
      model.learn(rowOf(...x), Float64Array.of(y));
      again.learn(rowOf(...x), Float64Array.of(y));
    }
    expect(again.save()).toEqual(model.save());
  });

  test('merging is a mean by rows: equal models keep their weights, halves come near the whole', () => {
    const all = rows();
    const learned = (part: typeof all) => {
      const model = made('squared');
      for (const { x, y } of part) model.learn(rowOf(...x), Float64Array.of(y));
      return model;
    };
    const equal = learned(all.slice(0, 400));
    const before = [...equal.weights()];
    equal.merge(learned(all.slice(0, 400)));
    for (const [j, weight] of equal.weights().entries()) expect(weight).toBeCloseTo(before[j] as number, 12);
    const halves = learned(all.slice(0, 2000));
    halves.merge(learned(all.slice(2000)));
    const whole = learned(all).weights();
    for (const [j, weight] of halves.weights().entries())
      expect(Math.abs(weight - (whole[j] as number))).toBeLessThan(0.3);
  });
});
