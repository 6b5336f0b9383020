import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LinearSteps } from '../../../actors/lib/learn/linear-steps.ts';
import { softmax } from '../../../actors/lib/learn/softmax.ts';
import { SoftmaxModel } from '../../../actors/lib/learn/softmax-model.ts';
import { prng } from '../../../src/base/prng.ts';
import { probabilities, progressive, teach, threeClasses } from './classes.ts';
import { HARD } from './hard-rows.ts';
import { rowOf, sparseRow } from './rows.ts';

const ADAPTIVE = { rate: 0.5, adaptive: true, l1: 0, l2: 0 };
const PLAIN = { rate: 0.1, adaptive: false, l1: 0, l2: 0 };

describe('softmax', () => {
  test('scores of any size become probabilities', () => {
    const scores = Float64Array.of(1e300, -1e300, 1e300, 0);
    softmax(scores, 3);
    expect([...scores]).toEqual([0.5, 0, 0.5, 0]);
  });

  test('the slope of −log p is p − onehot, by finite differences', () => {
    const score = fc.double({ min: -10, max: 10, noNaN: true });
    const property = fc.property(fc.array(score, { minLength: 3, maxLength: 3 }), fc.nat(2), fc.nat(2), (f, y, k) => {
      const loss = (moved: number) => {
        const p = Float64Array.from(f, (one, i) => (i === k ? one + moved : one));
        softmax(p, 3);
        return -Math.log(p[y] as number);
      };
      const p = Float64Array.from(f);
      softmax(p, 3);
      const slope = (p[k] as number) - (k === y ? 1 : 0);
      expect((loss(1e-5) - loss(-1e-5)) / 2e-5).toBeCloseTo(slope, 5);
    });
    fc.assert(property);
  });
});

describe.each([
  ['adaptive', ADAPTIVE],
  ['of a constant rate', PLAIN],
  ['with penalties', { ...ADAPTIVE, l1: 1e-4, l2: 1e-4 }],
])('softmax regression %s', (_, options) => {
  // scikit-learn 1.9.1, LogisticRegression(C=1e6, tol=1e-10).fit on all rows, is right on 0.6335 of rows like these.
  test('is near what scikit-learn finds by many passes', () => {
    expect(progressive(new SoftmaxModel(options), threeClasses(8000), 3)).toBeGreaterThan(0.6335 - 0.02);
  });

  test.each(Object.keys(HARD))('stays finite: %s', (name) => {
    const model = new SoftmaxModel(options);
    let [right, seen] = [0, 0];
    for (const { x, side } of HARD[name]?.() ?? []) {
      const y = side > 0 ? 1 : 0;
      if (++seen % 7 === 0) {
        const p = probabilities(model, x, 2);
        expect(p.every((one) => one >= 0 && one <= 1)).toBe(true);
      }
      model.learn(x, y, 2);
      if ((probabilities(model, x, 2)[y] as number) > 0.5) right++;
    }
    if (name.startsWith('columns') || name.startsWith('a ')) expect(right / seen).toBeGreaterThan(0.85);
  });

  test('a restored model goes on bit for bit', () => {
    const random = prng(4);
    const row = () => rowOf(random(), random() * 5, random() > 0.5 ? 1 : 0);
    const model = new SoftmaxModel(options);
    for (let i = 0; i < 100; i++) model.learn(row(), i % 5, 5);
    const again = SoftmaxModel.restore(options, structuredClone(model.save()));
    for (let i = 0; i < 100; i++) {
      const x = row();
      expect(probabilities(again, x, 5)).toEqual(probabilities(model, x, 5));
      model.learn(x, i % 5, 5);
      again.learn(x, i % 5, 5);
    }
    expect(again.save()).toEqual(model.save());
  });

  test('merging equals keeps their answers; merging with nothing too', () => {
    const model = teach(new SoftmaxModel(options), threeClasses(500), 3);
    const before = probabilities(model, rowOf(0.3, -0.2, 0.1), 3);
    model.merge(new SoftmaxModel(options));
    model.merge(teach(new SoftmaxModel(options), threeClasses(500), 3));
    for (const [k, p] of probabilities(model, rowOf(0.3, -0.2, 0.1), 3).entries()) {
      expect(p).toBeCloseTo(before[k] as number, 9);
    }
    expect(model.rows).toBe(1000);
  });
});

describe('steps', () => {
  test('classes that come later leave the others as they are', () => {
    const model = teach(new SoftmaxModel(ADAPTIVE), threeClasses(500), 3);
    const before = probabilities(model, rowOf(0.3, -0.2, 0.1), 3);
    probabilities(model, rowOf(0.3, -0.2, 0.1), 40);
    expect(probabilities(model, rowOf(0.3, -0.2, 0.1), 3)).toEqual(before);
  });

  test('means and deviations that move change no answer', () => {
    const steps = new LinearSteps(ADAPTIVE, 1);
    const random = prng(5);
    for (let i = 0; i < 200; i++) {
      const x = rowOf(random() * 3 + 100, random());
      steps.reach(x, Float64Array.of(random() - 0.5));
      steps.step(x, Float64Array.of(0.1));
    }
    const [before, after] = [new Float64Array(1), new Float64Array(1)];
    const x = rowOf(101, 0.5);
    steps.scores(x, before);
    for (let i = 0; i < 200; i++) steps.reach(rowOf(104 + random(), random()), new Float64Array(1));
    steps.scores(x, after);
    expect(after[0]).toBeCloseTo(before[0] as number, 12);
  });

  test('l1 leaves the weights of noise at zero', () => {
    const random = prng(6);
    const steps = new LinearSteps({ rate: 0.1, adaptive: true, l1: 0.2, l2: 0 }, 1);
    for (let i = 0; i < 3000; i++) {
      const slots = [0, 1 + Math.floor(random() * 50)] as const;
      const x = sparseRow(51, [
        [slots[0], random() - 0.5],
        [slots[1], 1],
      ]);
      const score = new Float64Array(1);
      steps.scores(x, score);
      const slope = Float64Array.of((score[0] as number) - 3 * (x.dense[0] as number));
      steps.reach(x, slope);
      steps.step(x, Float64Array.of((slope[0] as number) / (1 + (steps.reaches[0] as number))));
    }
    const [, first, ...others] = steps.weights();
    expect(first).toBeGreaterThan(1);
    expect(others.filter((w) => w === 0).length).toBeGreaterThan(25);
  });
});
