import { expect, test } from 'vitest';
import { closureExpression } from '../../src/topology/closure.ts';

const at = { time: 0, order: 0, key: null };
const given = (value: unknown) => closureExpression(() => value).evaluate({}, at);

test('what a function gives is made a value of a record', () => {
  expect(given(undefined)).toBeNull();
  expect(given('a\ud83d')).toBe('a\ufffd');
  expect(given(new Map([['a', new Set([1])]]))).toEqual({ a: [1] });
  const list = [1, { a: 'x' }];
  expect(given(list)).toBe(list);
});

test.each([Promise.resolve(true), () => true, new RangeError('x'), new Map([[1, 2]])])('%o is refused', (value) => {
  expect(() => given(value)).toThrow(expect.objectContaining({ code: 'WEIR_NOT_PLAIN' }));
});
