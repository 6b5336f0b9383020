// Classes that are told apart by more than their text, in probabilities and in what judges them.
import { expect, test } from 'vitest';
import naiveBayes from '../../../actors/learners/naive-bayes.ts';
import { Labels } from '../../../actors/lib/learn/labels.ts';
import evaluate from '../../../actors/operators/evaluate.ts';
import type { Row } from '../../../src/stage/row.ts';
import { OperatorDriver } from '../../../src/testkit/operator-driver.ts';

const OPTIONS = { target: 'y', features: ['x'] };

/** What a naive Bayes says of x = 0 once it has learned a record of each class. */
function told(classes: readonly unknown[]): Row {
  const driver = new OperatorDriver(naiveBayes, OPTIONS, { clocked: true });
  for (const y of classes) driver.push({ x: 0, y });
  driver.push({ x: 0, y: null });
  expect(driver.dead).toEqual([]);
  return driver.out.at(-1)?.row.probabilities as Row;
}

test('classes of one text have names of their own, in the order of first sight', () => {
  const third = 1 / 3;
  for (const [classes, names] of [
    [
      [1, '1', 'a'],
      ['1', '1 (string)', 'a'],
    ],
    [
      ['1', 1, 'a'],
      ['1', '1 (number)', 'a'],
    ],
    [
      ['true', true, 'a'],
      ['true', 'true (boolean)', 'a'],
    ],
    [
      [1, '1 (string)', '1'],
      ['1', '1 (string) (string)', '1 (string)'],
    ],
    [
      ['__proto__', 'constructor', 'a'],
      ['__proto__ (string)', 'constructor', 'a'],
    ],
  ] as const) {
    const made = told(classes);
    expect(Object.keys(made)).toEqual(names);
    for (const p of Object.values(made)) expect(p).toBeCloseTo(third, 12);
  }
});

test('names are the same behind a restart, and of what comes then', () => {
  const classes = ['__proto__', 1, 'a', '1'];
  const whole = new Labels(10);
  for (const one of [...classes, true, 'true']) whole.numberOf(one);
  const restored = new Labels(10, classes);
  for (const one of [true, 'true', '1', 1]) restored.numberOf(one);
  expect(restored.names).toEqual(whole.names);
  expect(restored.list).toEqual(whole.list);
});

/** The log loss of records with these probabilities. */
function loss(rows: readonly Row[], options: object = {}): unknown {
  const driver = new OperatorDriver(evaluate, { task: 'multiclass', target: 'y', every: 1e6, ...options });
  rows.forEach((row, time) => {
    driver.push(row, { time });
  });
  driver.end();
  expect(driver.dead).toEqual([]);
  return driver.out.at(-1)?.row.logLoss;
}

const half = -Math.log(0.5);

test('what judges finds each by its name, in whatever order the learner saw them', () => {
  for (const [first, second] of [
    [1, '1'],
    ['1', 1],
  ] as const) {
    const probabilities = { 1: 0.5, [`1 (${typeof second})`]: 0.25, z: 0.25 };
    const told = (y: unknown) => ({ y, prediction: first, probabilities });
    // The judge sees the second one first, and later the first.
    expect(loss([told(second), told(first)])).toBeCloseTo((-Math.log(0.25) + half) / 2, 12);
    expect(loss([told(first), told(second)])).toBeCloseTo((-Math.log(0.25) + half) / 2, 12);
  }
});

test('three classes of which one is called as another is named are told apart, in whatever order each side saw them', () => {
  const classes = ['1', 1, '1 (string)'];
  const orders = classes.flatMap((a) =>
    classes.flatMap((b) => classes.flatMap((c) => (new Set([a, b, c]).size === 3 ? [[a, b, c]] : []))),
  );
  expect(orders.length).toBe(6);
  const shares = new Map<unknown, number>(classes.map((one, i) => [one, (i + 1) / 6]));
  for (const learner of orders) {
    const labels = new Labels(10, learner);
    expect(new Set(labels.names).size).toBe(3);
    const made = Object.fromEntries(learner.map((one, i) => [labels.names[i] as string, shares.get(one) as number]));
    for (const judge of orders) {
      const judging = new Labels(10, judge);
      for (const [i, one] of judge.entries()) expect(made[judging.nameIn(made, i)]).toBe(shares.get(one));
    }
  }
  // A judge that has not seen the other yet.
  const made = { 1: 0.75, '1 (string)': 0.25 };
  expect(new Labels(10, ['1']).nameIn(made, 0)).toBe('1 (string)');
  expect(new Labels(10, [1]).nameIn(made, 0)).toBe('1');
});

test('what is not told has no probability, whatever it is called', () => {
  const rows = ['constructor', '__proto__'].map((y) => ({ y, prediction: 'a', probabilities: { a: 1 } }));
  expect(loss(rows)).toBeCloseTo(-Math.log(1e-15), 9);
  const made = { '__proto__ (string)': 0.5, a: 0.5 };
  expect(loss([{ y: '__proto__', prediction: 'a', probabilities: made }])).toBeCloseTo(half, 12);
  // A fallback is certain of itself.
  expect(loss([{ y: '__proto__', prediction: null }], { fallback: '__proto__' })).toBeCloseTo(0, 12);
});
