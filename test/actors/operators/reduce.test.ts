import { expect, test } from 'vitest';
import reduce from '../../../actors/operators/reduce.ts';
import { OperatorRig } from '../support/operator-rig.ts';

const options = { aggregate: { total: 'sum(x)', n: 'count()' } };
const keyed = { keyNames: ['id'] };

test('the changes of a key within a batch come out as one row, with the latest time and order', () => {
  const rig = new OperatorRig(reduce, options, keyed);
  rig.push({ x: 1 }, 20, 'a', 1).push({ x: 2 }, 10, 'a', 2).batchEnd();
  expect(rig.out).toEqual([{ row: { id: 'a', total: 3, n: 2 }, time: 20, order: 2, key: 'a' }]);
});

test('only keys that changed come out, and none at the end of an empty batch', () => {
  const rig = new OperatorRig(reduce, options, keyed);
  rig.push({ x: 1 }, 0, 'a').push({ x: 1 }, 0, 'b').batchEnd();
  rig.take();
  rig.push({ x: 4 }, 0, 'b').batchEnd().batchEnd();
  expect(rig.take()).toEqual([{ id: 'b', total: 5, n: 2 }]);
});

test('a barrier passes on what is held back, and the state goes on from there', () => {
  const rig = new OperatorRig(reduce, options, keyed);
  rig.push({ x: 1 }, 0, 'a');
  rig.operator.onBarrier?.({
    emit() {},
    side() {},
    emitAt: (row) => rig.out.push({ row, time: 0, order: 0, key: null }),
  });
  expect(rig.take()).toEqual([{ id: 'a', total: 1, n: 1 }]);
  const after = new OperatorRig(reduce, options, { ...keyed, from: rig.save() });
  after.push({ x: 5 }, 0, 'a').batchEnd();
  expect(after.take()).toEqual([{ id: 'a', total: 6, n: 2 }]);
});

test('a stream without a key has one row', () => {
  const rig = new OperatorRig(reduce, { aggregate: { half: 'sum(x) / 2' } });
  rig.push({ x: 1 }).push({ x: 3 }).batchEnd();
  expect(rig.take()).toEqual([{ half: 2 }]);
});

test('a refused record changes nothing', () => {
  const rig = new OperatorRig(reduce, options, keyed);
  rig.push({ x: 'text' }, 0, 'a').batchEnd();
  expect(rig.take()).toEqual([]);
});
