import type { FeatureRow } from '../../../actors/lib/learn/feature-row.ts';
import { prng } from '../../../src/base/prng.ts';
import { THOROUGH } from '../../support/thorough.ts';
import { rowOf, sparseRow } from './rows.ts';

/** Equal rows without end: a million in `.ci/run`, fewer while one works. */
export const EQUAL_ROWS = THOROUGH ? 1_000_000 : 20_000;

/** Rows that break careless learners, by what they are; `side` is what of them is to be learned, −1 or 1. */
export const HARD: Record<string, () => Iterable<{ x: FeatureRow; side: number }>> = {
  *'equal rows without end, then a new direction'() {
    const [x, other] = [rowOf(3, 0), rowOf(0, 1)];
    for (let i = 0; i < EQUAL_ROWS; i++) yield { x, side: 1 };
    for (let i = 0; i < 200; i++) yield { x: other, side: -1 };
  },
  *'columns of 1e-6, 1 and 1e9'() {
    const random = prng(1);
    for (let i = 0; i < 5000; i++) {
      const [a, b, c] = [random() - 0.5, random() - 0.5, random() - 0.5];
      yield { x: rowOf(a * 1e-6, b, c * 1e9), side: a + b + c > 0 ? 1 : -1 };
    }
  },
  *'constant and equal columns'() {
    const random = prng(2);
    for (let i = 0; i < 5000; i++) {
      const a = random() - 0.5;
      yield { x: rowOf(7, a, a, 0, 1e-30), side: a > 0 ? 1 : -1 };
    }
  },
  *'a feature first seen late'() {
    const random = prng(3);
    for (let i = 0; i < 12_000; i++) {
      const [a, b] = [random() - 0.5, 100 * (random() - 0.5)];
      if (i < 10_000) yield { x: rowOf(a), side: a > 0 ? 1 : -1 };
      else yield { x: rowOf(a, b), side: b > 0 ? 1 : -1 };
    }
  },
  *'numbers at the limit among small ones'() {
    const random = prng(4);
    for (let i = 0; i < 5000; i++) {
      const a = random() - 0.5;
      yield { x: rowOf(i % 1000 === 999 ? 1e50 : a, i % 1500 === 7 ? -1e50 : 1e-40 * a), side: a > 0 ? 1 : -1 };
    }
  },
  *'rows without features'() {
    for (let i = 0; i < 1000; i++) yield { x: sparseRow(0, []), side: i % 3 === 0 ? 1 : -1 };
  },
};
