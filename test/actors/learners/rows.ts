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
