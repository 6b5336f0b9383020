import { expect, test } from 'vitest';
import reduce from '../../../actors/operators/reduce.ts';
import { OperatorDriver } from '../../../src/testkit/index.ts';

const options = { aggregate: { total: 'sum(x)', n: 'count()' } };
const keyed = { keyNames: ['id'] };

test('the changes of a key within a tenth of a second come out as one row, with the latest time and order', () => {
  const driver = new OperatorDriver(reduce, options, keyed);
  driver.push({ x: 1 }, { time: 20, key: 'a', order: 1 }).batchEnd();
  driver.push({ x: 2 }, { time: 10, key: 'a', order: 2 }).batchEnd();
  expect(driver.out).toEqual([]);
  driver.pause();
  expect(driver.out).toEqual([{ row: { id: 'a', total: 3, n: 2 }, time: 20, order: 2, key: 'a' }]);
});

test('only keys that changed come out, and none at the end of an empty batch', () => {
  const driver = new OperatorDriver(reduce, options, keyed);
  driver.push({ x: 1 }, { key: 'a' }).push({ x: 1 }, { key: 'b' }).pause();
  driver.take();
  driver.push({ x: 4 }, { key: 'b' }).pause().pause();
  expect(driver.take()).toEqual([{ id: 'b', total: 5, n: 2 }]);
});

test('a barrier passes on what is held back, and the state goes on from there', () => {
  const driver = new OperatorDriver(reduce, options, keyed);
  driver.push({ x: 1 }, { key: 'a' });
  const from = driver.snapshot();
  expect(driver.take()).toEqual([{ id: 'a', total: 1, n: 1 }]);
  const after = new OperatorDriver(reduce, options, { ...keyed, from });
  after.push({ x: 5 }, { key: 'a' }).pause();
  expect(after.take()).toEqual([{ id: 'a', total: 6, n: 2 }]);
});

test('what follows and computes something is told what an update takes the place of, before the watermark', () => {
  const driver = new OperatorDriver(reduce, options, { ...keyed, retractions: true });
  driver.push({ x: 1 }, { key: 'a', time: 1 }).watermark(1);
  driver.push({ x: 2 }, { key: 'a', time: 2 }).push({ x: 3 }, { key: 'a', time: 2 }).watermark(2);
  expect(driver.take()).toEqual([
    { id: 'a', total: 1, n: 1 },
    { id: 'a', total: 1, n: 1, $retract: true },
    { id: 'a', total: 6, n: 3 },
  ]);
});

test('a stream without a key has one row', () => {
  const driver = new OperatorDriver(reduce, { aggregate: { half: 'sum(x) / 2' } });
  driver.push({ x: 1 }).push({ x: 3 }).pause();
  expect(driver.take()).toEqual([{ half: 2 }]);
});

test('a refused record changes nothing', () => {
  const driver = new OperatorDriver(reduce, options, keyed);
  driver.push({ x: 'text' }, { key: 'a' }).pause();
  expect(driver.take()).toEqual([]);
});

test('a result that cannot be computed is a dead letter of its key, and the others go on', () => {
  const driver = new OperatorDriver(reduce, { aggregate: { twice: 'last(x) * 2' } }, keyed);
  driver.push({ x: 'text' }, { key: 'a' }).push({ x: 2 }, { key: 'b' }).pause();
  expect(driver.take()).toEqual([{ id: 'b', twice: 4 }]);
  expect(driver.dead.map(({ code, input }) => [code, input])).toEqual([['WEIR_TYPE', { id: 'a' }]]);
});

test('of an updating stream, what is taken back is taken out, and a key of which nothing is left is retracted', () => {
  const driver = new OperatorDriver(
    reduce,
    { aggregate: { most: 'max(x)', n: 'count()' } },
    { ...keyed, updating: true },
  );
  driver.push({ x: 1 }, { key: 'a', time: 1, order: 1 }).push({ x: 5 }, { key: 'a', time: 2, order: 2 }).pause();
  driver.push({ x: 5 }, { key: 'a', time: 2, order: 2, retract: true }).pause();
  driver.push({ x: 1 }, { key: 'a', time: 1, order: 1, retract: true }).pause();
  expect(driver.take()).toEqual([
    { id: 'a', most: 5, n: 2 },
    { id: 'a', most: 1, n: 1 },
    { id: 'a', most: 1, n: 1, $retract: true },
  ]);
  expect(driver.keyedSize).toBe(0);
});
