import { expect, test } from 'vitest';
import { parseJson } from '../../src/base/json.ts';
import { isTooDeep, plainOf } from '../../src/base/plain.ts';

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

test('what is plain stays the same object', () => {
  const at = new Date(0);
  for (const value of [1, 'ü😀', null, undefined, 12n, { a: [1, { b: 'x' }], at, m: new Map([[1, new Set(['y'])]]) }]) {
    expect(plainOf(value)).toBe(value);
  }
});

test('halves of characters become U+FFFD, in names and values, wherever they stand', () => {
  const ragged = { 'a\ud800': ['\udc00x', { b: '\ud83d\ude00\ud83d' }], m: new Map([['\ud800', new Set(['\udfff'])]]) };
  expect(plainOf(ragged)).toEqual({
    'a\ufffd': ['\ufffdx', { b: '😀\ufffd' }],
    m: new Map([['\ufffd', new Set(['\ufffd'])]]),
  });
});

test.each([
  ['a function', { a: { f() {} } }, 'a.f is a function'],
  ['a symbol', { s: Symbol('s') }, 's is a symbol'],
  ['__proto__', { a: JSON.parse('{"__proto__":1}') }, '__proto__'],
  ['depth', JSON.parse(nested(1001)), 'nested more than 1000 deep'],
])('%s is refused', (_, value, what) => {
  expect(() => plainOf(value)).toThrow(what);
});

test('a cycle is refused, shared parts are not', () => {
  const shared = { x: 1 };
  expect(plainOf({ a: shared, b: [shared, shared] })).toEqual({ a: { x: 1 }, b: [{ x: 1 }, { x: 1 }] });
  const cycle: Record<string, unknown> = {};
  cycle.self = { cycle };
  expect(() => plainOf(cycle)).toThrow('self.cycle holds itself');
});

test('parseJson gives what JSON.parse gives, within its bounds', () => {
  for (const text of ['1', '"\\u00e9"', '{"a":[true,null,{"b":"\\ud83d\\ude00"}]}', nested(1000), ` ${nested(900)} `]) {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  }
  expect(parseJson('{"k\\udc00":"a\\ud800"}')).toEqual({ 'k\ufffd': 'a\ufffd' });
  expect(() => parseJson(nested(1001))).toThrow('nested more than 1000 deep');
  expect(() => parseJson(nested(50_000))).toThrow('nested more than 1000 deep');
  expect(() => parseJson('{"a":{"__proto__":{}}}')).toThrow('__proto__');
  expect(() => parseJson('{"\\u005f_proto__":1}')).toThrow('__proto__');
  expect(isTooDeep(JSON.parse(nested(1000)))).toBe(false);
  expect(isTooDeep(JSON.parse(nested(1001)))).toBe(true);
});
