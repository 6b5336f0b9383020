import fc from 'fast-check';
import { Matrix, SVD } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { PcaModel, type PcaOptions } from '../../../actors/lib/learn/pca-model.ts';
import { congruential, rowOf, sparseRow } from './rows.ts';

// scikit-learn 1.9.1: IncrementalPCA(2, batch_size=50), partial_fit by blocks of 50 of the rows below, transform of the last.
const SINGULAR = [32.8934574048825, 20.604527546706553];
const COMPONENTS = [
  [0.9424032751656085, 0.33421400857766403, -0.013119394371478662, -0.0022237173626571773],
  [-0.300650312911754, 0.8294783392221353, -0.47004116543908003, 0.02522651184812415],
];
const EXPLAINED = [0.6428425123538292, 0.2522382024779036];
const LAST = [-1.3375180489303888, 0.09138980415017084];

const OPTIONS: PcaOptions = { components: 2, block: 50, forgetting: 1 };

const ROWS = (() => {
  const next = congruential();
  return Array.from({ length: 500 }, () => {
    const [a, b, c, e] = [next(), next(), next(), next()];
    return [5 * a, 3 * b + a, 2 * c - b, e];
  });
})();

function learned(rows: readonly number[][], options = OPTIONS): PcaModel {
  const model = new PcaModel(options);
  for (const row of rows) model.learn(rowOf(...row));
  return model;
}

/** Singular values of the centred rows, and their weights. */
function byBatch(rows: readonly number[][], weights = rows.map(() => 1)): number[] {
  const total = weights.reduce((sum, w) => sum + w, 0);
  const mean = (rows[0] as number[]).map(
    (_, j) => rows.reduce((sum, row, i) => sum + (row[j] as number) * (weights[i] as number), 0) / total,
  );
  const centred = rows.map((row, i) => row.map((x, j) => (x - (mean[j] as number)) * Math.sqrt(weights[i] as number)));
  return new SVD(new Matrix(centred), { autoTranspose: true }).diagonal.toSorted((a, b) => b - a);
}

function close(actual: Iterable<number>, expected: readonly number[], digits: number): void {
  for (const [i, one] of [...actual].entries()) expect(one).toBeCloseTo(expected[i] ?? 0, digits);
}

describe('incremental principal components', () => {
  test('are those that scikit-learn gives by the same blocks', () => {
    const model = learned(ROWS);
    close(model.singularValues, SINGULAR, 9);
    for (const [i, expected] of COMPONENTS.entries()) close(model.component(i), expected, 9);
    for (const [i, expected] of EXPLAINED.entries()) expect(model.explained(i)).toBeCloseTo(expected, 9);
    const scores: number[] = [];
    model.predict(rowOf(...(ROWS[499] as number[])), scores);
    close(scores, LAST, 9);
  });

  test.each([1, 7, 50])('with all of them kept are those of all rows at once, by blocks of %d', (block) => {
    const model = learned(ROWS.slice(0, 350), { ...OPTIONS, components: 4, block });
    close(model.singularValues, byBatch(ROWS.slice(0, 350)), 8);
    const x = rowOf(...(ROWS[400] as number[]));
    expect(model.predict(x, [])).toBeCloseTo(0, 12);
    expect([0, 1, 2, 3].reduce((sum, i) => sum + model.explained(i), 0)).toBeCloseTo(1, 12);
  });

  test('forgetting weighs blocks as their weights say', () => {
    const model = learned(ROWS, { components: 4, block: 50, forgetting: 0.99 });
    const weights = ROWS.map((_, i) => 0.99 ** (ROWS.length - 50 * (Math.floor(i / 50) + 1)));
    close(model.singularValues, byBatch(ROWS, weights), 8);
  });

  test('the error is the squared distance from the space of the components', () => {
    const model = learned(ROWS);
    const [one, two] = [0, 1].map((i) => [...model.component(i)]) as [number[], number[]];
    const scores: number[] = [];
    const at = rowOf(...(ROWS[7] as number[]));
    const error = model.predict(at, scores);
    const far = (ROWS[7] as number[]).map((x, j) => x + 3 * (one[j] as number) - 2 * (two[j] as number));
    const moved: number[] = [];
    expect(model.predict(rowOf(...far), moved)).toBeCloseTo(error, 9);
    close(moved, [(scores[0] as number) + 3, (scores[1] as number) - 2], 9);
  });

  test('what two learned apart and put together is what one learns of all', () => {
    const row = fc.array(
      fc.integer({ min: -1e6, max: 1e6 }).map((x) => x / 1e5),
      { minLength: 3, maxLength: 3 },
    );
    const rows = fc.array(row, { minLength: 1, maxLength: 40 });
    const property = fc.property(rows, rows, (one, two) => {
      const options = { components: 3, block: 8, forgetting: 1 };
      const model = learned(one, options);
      model.merge(learned(two, options));
      close(model.singularValues, byBatch([...one, ...two]), 6);
      expect(model.rows).toBe(one.length + two.length);
    });
    fc.assert(property);
  });

  test('a feature that is first seen late begins where it was', () => {
    const model = learned(ROWS.slice(0, 75), { ...OPTIONS, components: 3 });
    for (let i = 75; i < 200; i++)
      model.learn(sparseRow(20, [...Object.entries(ROWS[i] as number[]), [19, 5 + Math.sin(i)]]));
    expect(model.component(0).length).toBe(20);
    expect(Math.abs(model.component(0)[19] as number)).toBeLessThan(0.2);
  });

  test('a restored model goes on bit for bit', () => {
    for (const cut of [3, 50, 333]) {
      const model = learned(ROWS.slice(0, cut));
      const again = PcaModel.restore(OPTIONS, structuredClone(model.save()));
      for (const row of ROWS.slice(cut)) {
        model.learn(rowOf(...row));
        again.learn(rowOf(...row));
      }
      expect(again.save()).toEqual(model.save());
    }
  });

  test('stay finite over equal rows, duplicate columns and columns of any size', () => {
    for (const block of [1, 20]) {
      const model = learned(Array(200).fill([3, 3, 0]), { components: 3, block, forgetting: 0.9 });
      expect(model.count).toBe(0);
      for (let i = 0; i < 400; i++)
        model.learn(rowOf(i % 7, i % 7, 1e9 * (i % 3), 1e-6 * (i % 5), i === 200 ? 1e50 : 0));
      expect(model.save().basis.every(Number.isFinite)).toBe(true);
      expect(Number.isFinite(model.predict(rowOf(1, 2, 3, 4, 5), []))).toBe(true);
    }
  });
});
