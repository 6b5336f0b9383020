import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { BanditModel, type BanditOptions } from '../../../actors/lib/learn/bandit-model.ts';
import { drawnValues, upperBounds } from '../../../actors/lib/learn/bandit-values.ts';
import { prng } from '../../../src/base/prng.ts';
import { rowOf } from './rows.ts';

const ARMS = ['a', 'b', 'c'];
const UPPER: BanditOptions = {
  forgetting: 1,
  ridge: 1,
  waiting: 10,
  arms: ARMS,
  values: upperBounds(0.7),
};
const DRAWN: BanditOptions = { ...UPPER, values: drawnValues(0.5, 3) };
const KINDS: [name: string, options: BanditOptions][] = [
  ['upper bounds', UPPER],
  ['drawn values', DRAWN],
];

interface Turn {
  x: number[];
  /** What each arm would pay. */
  pays: number[];
}

/** Three arms, each with weights of its own, which change at half time; rewards of 0 and 1. */
function* turns(n: number, seed: number): Generator<Turn> {
  const random = prng(seed);
  const drawn = () => ARMS.map(() => Array.from({ length: 4 }, () => random() - 0.5));
  let weights = drawn();
  for (let i = 0; i < n; i++) {
    if (i === n / 2) weights = drawn();
    const x = Array.from({ length: 4 }, () => 2 * random() - 1);
    const chance = (w: readonly number[]) => w.reduce((sum, one, j) => sum + one * (x[j] as number), 0.5);
    yield { x, pays: weights.map((w) => (random() < chance(w) ? 1 : 0)) };
  }
}

/** The rewards of n turns, a model choosing and learning at once. */
function played(model: BanditModel, n: number, seed: number): number {
  let sum = 0;
  for (const { x, pays } of turns(n, seed)) {
    const arm = model.choose(rowOf(...x), null) as string;
    const paid = pays[ARMS.indexOf(arm)] as number;
    sum += paid;
    model.learn(arm, rowOf(...x), paid);
  }
  return sum;
}

describe('bandits', () => {
  test('upper bounds are those of the normal equations', () => {
    const model = new BanditModel(UPPER);
    const left = ARMS.map(() => Matrix.eye(5));
    const right = ARMS.map(() => Matrix.zeros(5, 1));
    const rewards: number[] = [];
    for (const { x, pays } of turns(400, 1)) {
      const z = Matrix.columnVector([1, ...x]);
      const mean = rewards.reduce((sum, one) => sum + one, 0) / rewards.length;
      const sigma = Math.sqrt(rewards.reduce((sum, one) => sum + (one - mean) ** 2, 0) / rewards.length) || 1;
      const values = ARMS.map((_, k) => {
        const p = inverse(left[k] as Matrix);
        return z.dot(p.mmul(right[k] as Matrix)) + 0.7 * sigma * Math.sqrt(z.dot(p.mmul(z)));
      });
      const best = values.indexOf(Math.max(...values));
      expect(model.choose(rowOf(...x), null)).toBe(ARMS[best]);
      const paid = pays[best] as number;
      model.learn(ARMS[best] as string, rowOf(...x), paid);
      (left[best] as Matrix).add(z.mmul(z.transpose()));
      (right[best] as Matrix).add(Matrix.mul(z, paid));
      rewards.push(paid);
    }
  });

  test.each(KINDS)('by %s they gain much more than chance, and with forgetting after all has changed', (_, options) => {
    const best = [...turns(6000, 2)].reduce((sum, { pays }) => sum + Math.max(...pays), 0);
    const chance = [...turns(6000, 2)].reduce((sum, { pays }) => sum + pays.reduce((a, b) => a + b) / 3, 0);
    const gain = played(new BanditModel({ ...options, forgetting: 0.997 }), 6000, 2);
    expect(gain - chance).toBeGreaterThan(0.3 * (best - chance));
    expect(gain).toBeGreaterThan(played(new BanditModel(options), 6000, 2));
  });

  test('a reward that comes later under the id of the choice teaches what it would have at once', () => {
    const [now, later] = [new BanditModel(UPPER), new BanditModel(UPPER)];
    const owed: [id: number, paid: number][] = [];
    for (const [i, { x, pays }] of [...turns(300, 3)].entries()) {
      const arm = later.choose(rowOf(...x), i) as string;
      owed.push([i, pays[ARMS.indexOf(arm)] as number]);
      now.choose(rowOf(...x), null);
      now.learn(arm, rowOf(...x), pays[ARMS.indexOf(arm)] as number);
      // Five at once: what is chosen meanwhile may differ, so both are told what the second did.
      if (owed.length === 5) for (const [id, paid] of owed.splice(0)) expect(later.settle(id, null, paid)).toBe(true);
    }
    expect(later.save()).toEqual(now.save());
    expect(later.settle(0, null, 1)).toBe(false);
  });

  test('choices whose reward never comes are forgotten, the oldest first', () => {
    const model = new BanditModel(UPPER);
    for (let i = 0; i < 15; i++) model.choose(rowOf(1), i);
    expect(model.settle(4, null, 1)).toBe(false);
    expect(model.settle(5, null, 1)).toBe(true);
    expect(model.save().waiting).toHaveLength(9);
  });

  test('a reward of a context of fewer features than are known now is learned', () => {
    const model = new BanditModel(UPPER);
    model.choose(rowOf(1), 'early');
    model.learn('a', rowOf(...Array.from({ length: 20 }, (_, j) => j)), 1);
    expect(model.settle('early', 'a', 1)).toBe(true);
    expect(model.choose(rowOf(...Array.from({ length: 20 }, () => 0)), null)).toBe('a');
  });

  test('stay finite over equal contexts without end, and find out what is new', () => {
    const model = new BanditModel({ ...UPPER, forgetting: 0.97 });
    for (let i = 0; i < 100_000; i++) model.learn('a', rowOf(3, 0), 1);
    for (let i = 0; i < 50; i++) model.learn('b', rowOf(0, 5), 4);
    expect(model.choose(rowOf(0, 5), null)).toBe('b');
    expect(model.save().arms.every(({ information }) => information.every(Number.isFinite))).toBe(true);
  });

  test('two that are put together choose as one that had learned all', () => {
    const [one, two, both] = [new BanditModel(UPPER), new BanditModel(UPPER), new BanditModel({ ...UPPER, ridge: 2 })];
    for (const [i, { x, pays }] of [...turns(200, 6)].entries()) {
      const k = i % 3;
      for (const model of [i % 2 === 0 ? one : two, both])
        model.learn(ARMS[k] as string, rowOf(...x), pays[k] as number);
    }
    two.choose(rowOf(1, 1, 1, 1), 'later');
    one.merge(two);
    expect(one.rows).toBe(200);
    for (const { x } of turns(200, 7)) expect(one.choose(rowOf(...x), null)).toBe(both.choose(rowOf(...x), null));
    expect(one.settle('later', null, 1)).toBe(true);
  });

  test.each(KINDS)('by %s a restored model goes on bit for bit', (_, options) => {
    const model = new BanditModel(options);
    let again = new BanditModel(options);
    for (const [i, { x, pays }] of [...turns(200, 5)].entries()) {
      const arm = model.choose(rowOf(...x), i) as string;
      expect(again.choose(rowOf(...x), i)).toBe(arm);
      for (const one of [model, again]) one.settle(i - 3, null, pays[0] as number);
      if (i % 20 === 11) again = BanditModel.restore(options, structuredClone(again.save()));
    }
    expect(again.save()).toEqual(model.save());
  });
});
