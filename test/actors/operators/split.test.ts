import { expect, test } from 'vitest';
import split from '../../../actors/operators/split.ts';
import { OperatorRig } from '../support/operator-rig.ts';

const into = { big: 'price > 100', odd: 'price % 2 == 1' };

test('a record goes to the first side that it fits, others go on', () => {
  const rig = new OperatorRig(split, { into });
  for (const price of [500, 501, 7, 8]) rig.push({ price });
  expect(rig.sides).toEqual([
    { name: 'big', row: { price: 500 } },
    { name: 'big', row: { price: 501 } },
    { name: 'odd', row: { price: 7 } },
  ]);
  expect(rig.take()).toEqual([{ price: 8 }]);
});

test('with all: true it goes to every side that it fits', () => {
  const rig = new OperatorRig(split, { into, all: true });
  for (const price of [501, 8]) rig.push({ price });
  expect(rig.sides.map(({ name }) => name)).toEqual(['big', 'odd']);
  expect(rig.take()).toEqual([{ price: 8 }]);
});

test('a condition that throws leaves no side with the record', () => {
  const rig = new OperatorRig(split, { into: { any: '1 == 1', bad: 'price > 1' }, all: true });
  rig.push({ price: 'text' });
  expect(rig.sides).toEqual([]);
  expect(rig.dead.map(({ code }) => code)).toEqual(['WEIR_TYPE']);
});

test('its sides are the names that are written', () => {
  expect(split.sides?.({ into: { a: {}, b: {} }, all: false } as any)).toEqual(['a', 'b']);
});
