import { describe, expect, test } from 'vitest';
import flatMap from '../../../actors/operators/flat-map.ts';
import map from '../../../actors/operators/map.ts';
import { OperatorRig } from '../support/operator-rig.ts';

describe('map', () => {
  test.each([
    ['null', () => null],
    ['nothing', () => undefined],
    ['a list', () => [{}]],
    ['a number', () => 7],
    ['a promise', async () => ({})],
  ])('a record for which the function returns %s is a dead letter', (_, fn) => {
    const rig = new OperatorRig(map, { with: fn });
    rig.push({ id: 1 });
    expect(rig.dead).toEqual([{ row: { id: 1 }, code: 'WEIR_MAP_RESULT' }]);
    expect(rig.out).toEqual([]);
  });

  test('the function sees event time, order and key, which the result keeps', () => {
    const rig = new OperatorRig(map, { with: (_: object, at: object) => ({ ...at }) });
    rig.push({}, 5, 'k', 3);
    expect(rig.out).toEqual([{ row: { time: 5, order: 3, key: 'k', retract: false }, time: 5, order: 3, key: 'k' }]);
  });
});

describe('flat-map', () => {
  test('takes anything that can be iterated', () => {
    function* pairs() {
      yield { n: 1 };
      yield { n: 2 };
    }
    const rig = new OperatorRig(flatMap, { with: pairs });
    expect(rig.push({}).take()).toEqual([{ n: 1 }, { n: 2 }]);
    const set = new OperatorRig(flatMap, { with: () => new Set([{ n: 3 }]) });
    expect(set.push({}).take()).toEqual([{ n: 3 }]);
  });

  test.each([
    ['null', () => null],
    ['a text', () => 'ab'],
    ['a record', () => ({})],
    ['a promise', async () => []],
    ['a list with something else in it', () => [{ ok: 1 }, 7]],
  ])('a record for which the function returns %s is a dead letter as a whole', (_, fn) => {
    const rig = new OperatorRig(flatMap, { with: fn });
    rig.push({ id: 1 });
    expect(rig.dead).toEqual([{ row: { id: 1 }, code: 'WEIR_MAP_RESULT' }]);
    expect(rig.out).toEqual([]);
  });
});
