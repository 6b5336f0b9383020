import { expect, test } from 'vitest';
import extend from '../../../actors/operators/extend.ts';
import key from '../../../actors/operators/key.ts';
import select from '../../../actors/operators/select.ts';
import where from '../../../actors/operators/where.ts';
import type { OperatorDefinition } from '../../../src/stage/definition.ts';
import { materializeSync } from '../../../src/topology/options.ts';
import { OperatorRig } from '../support/operator-rig.ts';

const given = (definition: OperatorDefinition<any>, raw: Record<string, unknown>) =>
  materializeSync(definition.options, raw) as any;

test('the planner sees a filter, a projection and a key', () => {
  expect(where.relational?.(given(where, { if: 'a.b > 1' }))).toMatchObject({ kind: 'filter' });
  expect(select.relational?.(given(select, { fields: ['a'] }))).toMatchObject({
    kind: 'project',
    select: { names: ['a'] },
  });
  expect(key.relational?.(given(key, { by: 'a' }))).toMatchObject({ kind: 'key', key: { names: ['a'] } });
});

test('they say which fields they read, and closures say all', () => {
  expect(where.reads?.(given(where, { if: 'a.b > c' }))).toEqual([['a', 'b'], ['c']]);
  expect(where.reads?.(given(where, { if: () => true }))).toBe('all');
  expect(extend.reads?.(given(extend, { fields: { x: 'a + b' } }))).toEqual([['a'], ['b']]);
});

test('a key alone gives the records their key', () => {
  const rig = new OperatorRig(key, { by: ['a', 'b'] });
  rig.push({ a: 'x', b: 1 }, 5, null, 3).push({ a: [1] });
  expect(rig.out).toEqual([{ row: { a: 'x', b: 1 }, time: 5, order: 3, key: '["x",1]' }]);
  expect(rig.dead.map(({ code }) => code)).toEqual(['WEIR_KEY_TYPE']);
});

test('extend leaves its record as it was', () => {
  const row = Object.freeze({ a: 1 });
  const rig = new OperatorRig(extend, { fields: { a: 'a + 1', b: 'a' } });
  expect(rig.push(row).take()).toEqual([{ a: 2, b: 1 }]);
});
