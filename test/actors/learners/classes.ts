import type { FeatureRow } from '../../../actors/lib/learn/feature-row.ts';
import type { Classification } from '../../../actors/lib/learn/model.ts';
import { lehmer } from './lehmer.ts';
import { rowOf } from './rows.ts';

export interface Labelled {
  x: number[];
  y: number;
}

/** Rows of three numbers in (−1, 1) in two classes, with noise. */
export function twoClasses(n: number, seed = 7): Labelled[] {
  const random = lehmer(seed);
  return Array.from({ length: n }, () => {
    const x = [random() * 2 - 1, random() * 2 - 1, random() * 2 - 1];
    const y = 2 * (x[0] as number) - (x[1] as number) + 0.5 + (random() - 0.5) * 6 > 0 ? 1 : 0;
    return { x, y };
  });
}

/** The same in three classes. */
export function threeClasses(n: number, seed = 7): Labelled[] {
  const random = lehmer(seed);
  return Array.from({ length: n }, () => {
    const [a, b, c] = [random() * 2 - 1, random() * 2 - 1, random() * 2 - 1];
    random();
    const noise = () => (random() - 0.5) * 4;
    const scores = [2 * a + noise(), 2 * b + noise(), -2 * a - b + noise()];
    return { x: [a, b, c], y: scores.indexOf(Math.max(...scores)) };
  });
}

export function teach<M extends Classification>(model: M, rows: readonly Labelled[], classes: number): M {
  for (const { x, y } of rows) model.learn(rowOf(...x), y, classes);
  return model;
}

export function probabilities(model: Classification, x: FeatureRow, classes: number): number[] {
  const out = new Float64Array(classes);
  model.predict(x, classes, out);
  return [...out];
}

/** The share of rows whose class is told before it is learned. */
export function progressive(model: Classification, rows: readonly Labelled[], classes: number): number {
  let right = 0;
  for (const { x, y } of rows) {
    const p = probabilities(model, rowOf(...x), classes);
    if (p.indexOf(Math.max(...p)) === y) right++;
    model.learn(rowOf(...x), y, classes);
  }
  return right / rows.length;
}
