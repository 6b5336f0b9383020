import { expect, test } from 'vitest';
import linear from '../../../../actors/learners/linear-regression.ts';
import rls from '../../../../actors/learners/rls.ts';
import { OperatorDriver } from '../../../../src/testkit/operator-driver.ts';

const OPTIONS = { target: 'y', features: ['x'] };

function drive(options: object, keyNames: string[] = []) {
  return new OperatorDriver(rls, { ...OPTIONS, ...options }, { clocked: true, keyNames });
}

test('a record that is refused takes the place of no model', () => {
  const driver = drive({ models: 1 }, ['k']);
  for (let i = 1; i <= 5; i++) {
    driver.push({ x: i, y: 2 * i }, { key: 'good' });
    driver.push({ x: Number.NaN, y: 1 }, { key: `bad ${i}` });
  }
  expect(driver.dead.length).toBe(5);
  expect(driver.out.map(({ row }) => row.prediction === null)).toEqual([true, false, false, false, false]);
});

test('a model is published when it has learned, and not again for records without a target', () => {
  const driver = drive({ publish: 100 });
  const push = (count: number, y: number | null) => {
    for (let i = 0; i < count; i++) driver.push({ x: i, y: y === null ? null : y + i });
  };
  push(50, null);
  push(100, 1);
  push(500, null);
  push(30, 1);
  expect(driver.sides.map(({ row }) => row.rows)).toEqual([100]);
  driver.end();
  expect(driver.sides.map(({ row }) => row.rows)).toEqual([100, 130]);
});

test('the latest model that comes takes the place of the one before, also of as many rows', () => {
  const modelOf = (slope: number) => {
    const driver = drive({ publish: 3, ridge: 1e-9 });
    for (let i = 0; i < 3; i++) driver.push({ x: i, y: slope * i });
    return driver.sides[0]?.row as Record<string, unknown>;
  };
  const driver = drive({ from: 'models', learn: 'true', ridge: 1e-9 });
  for (const slope of [2, 5]) {
    driver.push(modelOf(slope), { input: 'from' });
    driver.push({ x: 10, y: null });
  }
  expect(driver.out.map(({ row }) => Math.round(row.prediction as number))).toEqual([20, 50]);
});

test('a model that is none, or holds what is no number, is refused', () => {
  const learner = drive({ publish: 1 });
  learner.push({ x: 1, y: 2 });
  const text = JSON.stringify(learner.sides[0]?.row);
  const driver = drive({ from: 'models' });
  driver.push({ rows: 3 }, { input: 'from' });
  driver.push(JSON.parse(text.replace(/"f64":\[[^,\]]+/, '"f64":["abc"')), { input: 'from' });
  driver.push(JSON.parse(text.replace('"model":{', '"other":{')), { input: 'from' });
  expect(driver.dead.map(({ code }) => code)).toEqual(Array(3).fill('WEIR_MODEL_FORM'));
});

test('a model of another learner is refused by the names of both', () => {
  const learner = drive({ publish: 1 });
  learner.push({ x: 1, y: 2 });
  const driver = new OperatorDriver(linear, { ...OPTIONS, from: 'models' }, { clocked: true });
  driver.push(JSON.parse(JSON.stringify(learner.sides[0]?.row)), { input: 'from' });
  expect(driver.dead.map(({ code }) => code)).toEqual(['WEIR_MODEL_KIND']);
  expect(driver.dead[0]?.reason).toMatch(/a model of rls, and linear-regression takes/);
});

test('fields whose names are words of JavaScript are features and targets as others are', () => {
  const words = ['new', 'class', 'typeof', 'this'];
  const options = { target: ['default'], features: words };
  const plain = { target: ['y'], features: words.map((_, i) => `x${i}`) };
  const driver = new OperatorDriver(rls, options, { clocked: true });
  const other = new OperatorDriver(rls, plain, { clocked: true });
  for (let i = 0; i < 20; i++) {
    const values = words.map((_, k) => Math.sin(3 * i + k));
    driver.push({ ...Object.fromEntries(words.map((word, k) => [word, values[k]])), default: i });
    other.push({ ...Object.fromEntries(values.map((value, k) => [`x${k}`, value])), y: i });
  }
  expect(driver.out.length).toBe(20);
  expect(driver.out.map(({ row }) => row.prediction)).toEqual(other.out.map(({ row }) => row.prediction));
});
