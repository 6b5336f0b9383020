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
