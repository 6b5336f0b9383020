// Slopes and curvatures that learners step by, against finite differences of the losses that they say they lessen.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FtrlModel } from '../../../actors/lib/learn/ftrl-model.ts';
import { NewtonSteps } from '../../../actors/lib/learn/newton-steps.ts';
import { PassiveAggressiveClasses } from '../../../actors/lib/learn/passive-aggressive-classes.ts';
import { PassiveAggressiveModel } from '../../../actors/lib/learn/passive-aggressive-model.ts';
import { teach, threeClasses } from './classes.ts';
import { rowOf } from './rows.ts';

const H = 1e-5;
const number = fc.double({ min: -2, max: 2, noNaN: true }).filter((one) => Math.abs(one) > 1e-3);
const row = fc.array(number, { minLength: 3, maxLength: 3 });

/** The slope of a loss at weights, by central differences. */
function slopeOf(loss: (weights: number[]) => number, at: readonly number[]): number[] {
  return at.map((_, i) => {
    const moved = (by: number) => loss(at.map((one, j) => (j === i ? one + by : one)));
    return (moved(H) - moved(-H)) / (2 * H);
  });
}

const dot = (w: readonly number[], z: readonly number[]) => w.reduce((sum, one, i) => sum + one * (z[i] as number), 0);

describe('ftrl', () => {
  const FTRL = { rate: 0.3, beta: 1, l1: 0, l2: 0.1 };

  test('z and n go by the slope of the log loss of each class against the rest', () => {
    const rows = threeClasses(60);
    fc.assert(
      fc.property(row, fc.nat(2), (x, y) => {
        const model = teach(new FtrlModel(FTRL), rows, 3);
        const before = [0, 1, 2].map((c) => [...model.weights(c)]);
        const was = model.save().state.slice();
        model.learn(rowOf(...x), y, 3);
        const { state } = model.save();
        for (const [c, w] of before.entries()) {
          const slopes = slopeOf((weights) => {
            const p = 1 / (1 + Math.exp(-dot(weights, [1, ...x])));
            return -Math.log(c === y ? p : 1 - p);
          }, w);
          for (const [slot, slope] of slopes.entries()) {
            // By slots, by classes: z and n.
            const at = (slot * 3 + c) * 2;
            const n = was[at + 1] as number;
            expect((state[at + 1] as number) - n).toBeCloseTo(slope ** 2, 6);
            const sigma = (Math.sqrt(n + slope ** 2) - Math.sqrt(n)) / FTRL.rate;
            expect((state[at] as number) - (was[at] as number)).toBeCloseTo(slope - sigma * (w[slot] as number), 5);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('second-order steps', () => {
  const OPTIONS = { forgetting: 1, l2: 0.5 };
  const softmaxLoss = (w: readonly number[][], z: readonly number[], y: number) => {
    const f = w.map((one) => dot(one, z));
    return Math.log(f.reduce((sum, one) => sum + Math.exp(one), 0)) - (f[y] as number);
  };

  test.each([2, 3])(
    'of %d classes lessen the loss of the row and the distance by the information, to the slope',
    (classes) => {
      fc.assert(
        fc.property(row, fc.nat(classes - 1), (x, y) => {
          const z = [1, ...x];
          const steps = new NewtonSteps(OPTIONS);
          steps.learn(Float64Array.from(z), 4, y, classes);
          // From zero weights, with the information l2 · I alone.
          const made = Array.from({ length: classes }, (_, k) => [...steps.weights(k)]);
          const zero = made.map(() => [0, 0, 0, 0]);
          const slopes = zero.map((one, k) =>
            slopeOf(
              (weights) =>
                softmaxLoss(
                  zero.map((w, j) => (j === k ? weights : w)),
                  z,
                  y,
                ),
              one,
            ),
          );
          // Each step goes against the slope at the start, the same length t in all classes.
          const t = (-(made[y] as number[])[0]! * OPTIONS.l2) / (slopes[y] as number[])[0]!;
          expect(t).toBeGreaterThan(0);
          expect(t).toBeLessThanOrEqual(1);
          for (const [k, w] of made.entries()) {
            for (const [i, one] of w.entries())
              expect(one).toBeCloseTo((-t * (slopes[k]?.[i] as number)) / OPTIONS.l2, 6);
          }
          // It ends where the slope has come down to t of what it was: along W that is l2 |W|².
          const along = (s: number) =>
            softmaxLoss(
              made.map((w) => w.map((one) => s * one)),
              z,
              y,
            );
          const fall = (along(1 + H) - along(1 - H)) / (2 * H);
          const square = made.flat().reduce((sum, one) => sum + one ** 2, 0);
          expect(fall).toBeCloseTo(-OPTIONS.l2 * square, 4);
        }),
        { numRuns: 50 },
      );
    },
  );

  test('the curvature of two classes that is kept is that of the log loss on the way, by second differences', () => {
    fc.assert(
      fc.property(row, fc.nat(1), (x, y) => {
        const z = [1, ...x];
        const steps = new NewtonSteps(OPTIONS);
        const data = Float64Array.from(z);
        const score = () => dot([...steps.weights(0)], z);
        steps.learn(data, 4, y, 2);
        const first = score();
        const loss = (shift: number) => softmaxLoss([[shift], [-shift]], [1], y);
        const slope = (shift: number) => (loss(shift + H) - loss(shift - H)) / (2 * H);
        // Both scores shift by the same, in opposite directions: a shift of 1 is two in the square.
        const curvature = (slope(first) - slope(0)) / (2 * first);
        steps.learn(data, 4, y, 2);
        // An implicit step moves the score by z'Pz times the error that is left, of which P is the inverse of l2 + h zz'.
        const left = -slope(score()) / 2;
        fc.pre(Math.abs(left) > 1e-2);
        const kept = left / (score() - first) - OPTIONS.l2 / dot(z, z);
        expect(kept).toBeCloseTo(Math.max(curvature, 1e-3), 3);
      }),
      { numRuns: 50 },
    );
  });
});

describe('passive-aggressive', () => {
  test('of numbers steps against the slope of what is beyond the margin', () => {
    fc.assert(
      fc.property(row, number, (x, y) => {
        const options = { variant: 'I', aggressiveness: 0.05, margin: 0.0005 } as const;
        const model = new PassiveAggressiveModel(options, 1);
        model.learn(rowOf(...x), Float64Array.of(y));
        const slopes = slopeOf((w) => Math.max(0, Math.abs(dot(w, [1, ...x]) - y) - options.margin), [0, 0, 0, 0]);
        const square = 1 + dot(x, x);
        const step = Math.min(options.aggressiveness, (Math.abs(y) - options.margin) / square);
        const weights = [...model.weights()];
        for (const [i, slope] of slopes.entries()) expect(weights[i]).toBeCloseTo(-step * slope, 7);
      }),
    );
  });

  test('of classes steps against the slope of the hinge loss', () => {
    fc.assert(
      fc.property(row, fc.nat(2), (x, y) => {
        const model = teach(new PassiveAggressiveClasses({ variant: 'I', aggressiveness: 0.1 }), threeClasses(30), 3);
        const before = [0, 1, 2].flatMap((k) => [...model.weights(k)]);
        const z = [1, ...x];
        const loss = (w: readonly number[]) => {
          const f = [0, 1, 2].map((k) => dot(w.slice(4 * k, 4 * k + 4), z));
          return Math.max(0, 1 - (f[y] as number) + Math.max(...f.filter((_, k) => k !== y)));
        };
        fc.pre(Math.abs(loss(before)) > 1e-3 || loss(before) === 0);
        const scores = [0, 1, 2].map((k) => dot(before.slice(4 * k, 4 * k + 4), z)).filter((_, k) => k !== y);
        fc.pre(Math.abs((scores[0] as number) - (scores[1] as number)) > 1e-3);
        const slopes = slopeOf(loss, before);
        model.learn(rowOf(...x), y, 3);
        const after = [0, 1, 2].flatMap((k) => [...model.weights(k)]);
        const step = Math.min(0.1, loss(before) / (2 * dot(z, z)));
        for (const [i, slope] of slopes.entries())
          expect((after[i] as number) - (before[i] as number)).toBeCloseTo(-step * slope, 7);
      }),
    );
  });
});
