import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import classMix from '../../../actors/learners/class-mix.ts';
import { ClassMixModel } from '../../../actors/lib/learn/class-mix-model.ts';
import { SMALLEST } from '../../../actors/lib/learn/measurable.ts';
import { prng } from '../../../src/base/prng.ts';
import { OperatorDriver } from '../../../src/testkit/operator-driver.ts';
import { thorough, tries } from '../../support/thorough.ts';
import { type Labelled, probabilities, teach, threeClasses } from './classes.ts';
import { rowOf, sparseRow } from './rows.ts';

/** Inside or outside of a ring: nothing that a line could tell. */
function ring(n: number, seed: number, scale = 1): Labelled[] {
  const random = prng(seed);
  return Array.from({ length: n }, () => {
    const x = [scale * (random() * 4 - 2), scale * (random() * 4 - 2)];
    return { x, y: Math.hypot(...x) < 1.5 ? 1 : 0 };
  });
}

function learned(rows: readonly Labelled[], classes: number): ClassMixModel {
  return teach(new ClassMixModel(), rows, classes);
}

/** The share of rows whose class is told. */
function told(model: ClassMixModel, rows: readonly Labelled[], classes: number): number {
  const right = rows.filter(({ x, y }) => {
    const p = probabilities(model, rowOf(...x), classes);
    return p.indexOf(Math.max(...p)) === y;
  });
  return right.length / rows.length;
}

const ASKED = [rowOf(0.3, -0.2, 0.1), rowOf(-0.9, 0.5, 0.7), rowOf(0, 0, -1)];

describe('merging mixtures of classifiers', () => {
  test('of which one has few rows is learning those as well; which is merged into which is the same', () => {
    // Of rows that are learned again a zero is as if it were not there, and what is tiny is a zero.
    const value = fc.double({ min: -5, max: 5, noNaN: true }).map((x) => (Math.abs(x) < SMALLEST ? 1 : x));
    const row = fc.record({ x: fc.array(value, { minLength: 3, maxLength: 3 }), y: fc.nat(2) });
    const part = (maxLength: number) => fc.array(row, { maxLength });
    const property = fc.property(part(40), part(127), (few, more) => {
      fc.pre(few.length < more.length);
      const expected = learned([...more, ...few], 3);
      const one = learned(more, 3);
      one.merge(learned(few, 3));
      const other = learned(few, 3);
      other.merge(learned(more, 3));
      expect(one.rows).toBe(few.length + more.length);
      for (const x of ASKED) {
        expect(probabilities(one, x, 3)).toEqual(probabilities(expected, x, 3));
        expect(probabilities(other, x, 3)).toEqual(probabilities(expected, x, 3));
      }
    });
    fc.assert(property, { numRuns: tries(30), seed: 3 });
  });

  // Naive Bayes has its prior once beside twice as many rows: the answers move by that alone.
  test('of equal ones keeps their answers', () => {
    const property = fc.property(fc.integer({ min: 128, max: 400 }), fc.integer({ min: 1, max: 1e6 }), (n, seed) => {
      const rows = threeClasses(n, seed);
      const model = learned(rows, 3);
      const before = ASKED.map((x) => probabilities(model, x, 3));
      model.merge(learned(rows, 3));
      expect(model.rows).toBe(2 * n);
      for (const [i, x] of ASKED.entries()) {
        for (const [k, p] of probabilities(model, x, 3).entries()) expect(p).toBeCloseTo(before[i]?.[k] as number, 2);
      }
    });
    fc.assert(property, { numRuns: tries(10), seed: 4 });
  });

  test.each([
    ['lines', threeClasses, 3],
    ['a ring', ring, 2],
  ] as const)('of four parts is nearly what one place learns, and no worse than a part: %s', (_, make, classes) => {
    const rows = make(2400, 11);
    const asked = make(2000, 12);
    const whole = learned(rows, classes);
    const parts = [0, 1, 2, 3].map((part) =>
      learned(
        rows.filter((_row, i) => i % 4 === part),
        classes,
      ),
    );
    const alone = parts.map((part) => told(part, asked, classes));
    const [first, ...others] = parts as [ClassMixModel, ...ClassMixModel[]];
    for (const other of others) first.merge(other);
    const together = told(first, asked, classes);
    expect(first.rows).toBe(2400);
    expect(together).toBeGreaterThan(told(whole, asked, classes) - 0.025);
    expect(together).toBeGreaterThan(alone.reduce((sum, one) => sum + one, 0) / 4 - 0.005);
    // And it learns on.
    expect(told(teach(first, make(600, 13), classes), asked, classes)).toBeGreaterThan(together - 0.02);
  });

  test('whose columns are of another size and place stays right, and finite', () => {
    const [small, large] = [learned(ring(900, 21), 2), learned(ring(600, 22, 30), 2)];
    const before = told(small, ring(1000, 23), 2);
    small.merge(large);
    expect(told(small, ring(1000, 23), 2)).toBeGreaterThan(before - 0.1);
    expect(probabilities(small, rowOf(1e50, -1e50), 2).every((p) => p >= 0 && p <= 1)).toBe(true);
  });

  test('with one that has more columns, or very many, knows what both know', () => {
    const random = prng(5);
    const rows = (n: number, d: number): { slots: number[]; d: number; y: number }[] =>
      Array.from({ length: n }, () => {
        const slots = [...new Set(Array.from({ length: 5 }, () => Math.floor(random() * d)))];
        return { slots, d, y: slots.filter((slot) => slot % 2 === 0).length > 2 ? 1 : 0 };
      });
    const taught = (list: ReturnType<typeof rows>) => {
      const model = new ClassMixModel();
      for (const { slots, d, y } of list) {
        model.learn(
          sparseRow(
            d,
            slots.map((slot) => [slot, 1]),
          ),
          y,
          2,
        );
      }
      return model;
    };
    for (const [a, b] of [
      [20, 40],
      [40, 400],
      [400, 40],
      [400, 300],
    ] as const) {
      const model = taught(rows(700, a));
      model.merge(taught(rows(900, b)));
      expect(model.rows).toBe(1600);
      const asked = rows(500, Math.min(a, b));
      const right = asked.filter(({ slots, y }) => {
        const x = sparseRow(
          Math.max(a, b),
          slots.map((slot) => [slot, 1]),
        );
        return (probabilities(model, x, 2)[y] as number) > 0.5;
      });
      expect(right.length / 500).toBeGreaterThan(0.8);
    }
  });

  test('goes on bit for bit when it is restored afterwards', () => {
    const model = learned(threeClasses(300, 31), 3);
    model.merge(learned(threeClasses(200, 32), 3));
    const again = ClassMixModel.restore(structuredClone(model.save()));
    for (const { x, y } of threeClasses(100, 33)) {
      const row = rowOf(...x);
      expect(probabilities(again, row, 3)).toEqual(probabilities(model, row, 3));
      for (const one of [model, again]) one.learn(row, y, 3);
    }
    expect(again.save()).toEqual(model.save());
  });
});

test.runIf(thorough('merged models of class-mix'))('the stage merges the models of several keys', () => {
  const options = { target: 'side', features: ['a', 'b', 'c'], probabilities: '' };
  const parts = new OperatorDriver(classMix, options, { clocked: true, keyNames: ['part'] });
  const rows = threeClasses(600, 41).map(({ x: [a, b, c], y }) => ({ a, b, c, side: `side ${y}` }));
  // Both parts see the classes in the same order at first.
  for (const side of ['side 0', 'side 1', 'side 2']) {
    for (const part of [0, 1]) parts.push({ a: 0, b: 0, c: 0, side }, { key: part });
  }
  for (const [i, row] of rows.entries()) parts.push(row, { key: i % 2 });
  parts.end();
  const asked = new OperatorDriver(classMix, { ...options, from: 'models', merge: true }, { clocked: true });
  for (const { name, row } of parts.sides) if (name === 'model') asked.push(row, { input: 'from' });
  asked.push({ a: 0.9, b: -0.9, c: 0 });
  asked.push({ a: -0.9, b: -0.9, c: 0 });
  expect(asked.dead).toEqual([]);
  expect(asked.out.map(({ row }) => row.prediction)).toEqual(['side 0', 'side 2']);
});
