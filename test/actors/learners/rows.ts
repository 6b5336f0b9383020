import { FeatureRow } from '../../../actors/lib/learn/feature-row.ts';

/** A row of features that has a value in each of its slots. */
export function rowOf(...values: readonly number[]): FeatureRow {
  return sparseRow(values.length, Object.entries(values));
}

/** A row of d slots with values in some of them. */
export function sparseRow(d: number, values: Iterable<readonly [slot: number | string, value: number]>): FeatureRow {
  const row = new FeatureRow();
  for (const [slot, value] of values) row.add(Number(slot), value);
  row.d = d;
  return row;
}

/** Numbers from 0 to 1 that any language makes the same: a linear congruential generator, state ← 1103515245 · state + 12345 mod 2³¹. */
export function congruential(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 2 ** 31;
  };
}

/** 500 rows of a linear congruential generator: wide, depending on the first, and large. */
export const ROWS: readonly number[][] = (() => {
  const next = congruential();
  return Array.from({ length: 500 }, () => {
    const [a, b, c] = [next(), next(), next()];
    return [a * 10 - 3, b + a, 1e6 * (c - 0.5)];
  });
})();

/** A model that has learned rows. */
export function learned<M extends { learn(x: FeatureRow): void }>(model: M, rows: readonly number[][]): M {
  for (const row of rows) model.learn(rowOf(...row));
  return model;
}
