import { describe, expect, test } from 'vitest';
import { HalfSpaceTreesModel, type HalfSpaceTreesOptions } from '../../../actors/lib/learn/half-space-trees-model.ts';
import { prng } from '../../../src/base/prng.ts';
import { rowOf, sparseRow } from './rows.ts';

const OPTIONS: HalfSpaceTreesOptions = { trees: 25, depth: 8, window: 250, seed: 1 };

function scores(model: HalfSpaceTreesModel, rows: readonly number[][]): (number | null)[] {
  return rows.map((values) => {
    const x = rowOf(...values);
    const score = model.score(x);
    model.learn(x);
    return score;
  });
}

function usual(n: number, seed: number, at = 0): number[][] {
  const random = prng(seed);
  return Array.from({ length: n }, () => [at + random() + random(), 10 * (random() + random()), random()]);
}

describe('half-space trees', () => {
  test('score rows far from the last window above all that are usual', () => {
    const model = new HalfSpaceTreesModel(OPTIONS);
    const first = scores(model, usual(250, 1));
    expect(first.every((one) => one === null)).toBe(true);
    const seen = scores(model, usual(500, 2)) as number[];
    const highest = seen.toSorted((a, b) => a - b).at(-10) as number;
    for (const odd of [
      [8, 10, 0.5],
      [1, -60, 0.5],
      [1, 10, 9],
      [1e50, 10, 0.5],
    ])
      expect(model.score(rowOf(...odd))).toBeGreaterThan(highest);
    expect(model.score(rowOf(1, 10, 0.5))).toBeLessThan(highest);
  });

  test('what has become usual is, two windows later', () => {
    const model = new HalfSpaceTreesModel(OPTIONS);
    scores(model, usual(500, 3));
    const [before] = scores(model, [[101, 10, 0.5]]) as [number];
    scores(model, usual(500, 4, 100));
    expect(model.score(rowOf(101, 10, 0.5))).toBeLessThan(before / 2);
  });

  test('a constant that moves is odd, and a feature seen late is learned of by the next window', () => {
    const random = prng(5);
    const model = new HalfSpaceTreesModel({ ...OPTIONS, trees: 100 });
    scores(
      model,
      Array.from({ length: 250 }, () => [random(), 7]),
    );
    const at = model.score(rowOf(0.5, 7)) as number;
    expect(model.score(rowOf(0.5, 7.001))).toBeGreaterThan(at);
    for (let i = 0; i < 500; i++)
      model.learn(
        sparseRow(20, [
          [0, random()],
          [1, 7],
          [19, 5 + random()],
        ]),
      );
    const late = (x: number) =>
      model.score(
        sparseRow(20, [
          [0, 0.5],
          [1, 7],
          [19, x],
        ]),
      ) as number;
    expect(late(50)).toBeGreaterThan(late(5.5));
  });

  test('stay finite over columns of any size, and wild values', () => {
    const model = new HalfSpaceTreesModel(OPTIONS);
    const random = prng(6);
    for (let i = 0; i < 2000; i++) {
      const x = rowOf(1e-6 * random(), 1e9 * random(), i % 100 === 99 ? -1e50 : 3, 4);
      const score = model.score(x);
      if (i >= 250) expect(score).toBeGreaterThan(0);
      if (i >= 250) expect(score).toBeLessThanOrEqual(1);
      model.learn(x);
    }
  });

  test('restored models go on bit for bit', () => {
    for (const cut of [3, 250, 333]) {
      const model = new HalfSpaceTreesModel(OPTIONS);
      scores(model, usual(cut, 7));
      const again = HalfSpaceTreesModel.restore(OPTIONS, structuredClone(model.save()));
      expect(scores(again, usual(600, 8))).toEqual(scores(model, usual(600, 8)));
      expect(again.save()).toEqual(model.save());
    }
  });
});
