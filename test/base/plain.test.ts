import { expect, test } from 'vitest';
import { parseJson } from '../../src/base/json.ts';
import { isTooDeep, plainOf, plainRecord } from '../../src/base/plain.ts';

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

test('what is plain stays the same object', () => {
  const at = new Date(0);
  const bare = Object.assign(Object.create(null), { a: 1 });
  const bytes = [new Uint8Array([1]), Buffer.from('b')];
  for (const value of [1, 'ü😀', null, undefined, 12n, { a: [1, { b: 'x' }], at, bytes, none: undefined }, bare]) {
    expect(plainOf(value)).toBe(value);
  }
  for (const record of [{}, { a: [at] }, bare]) expect(plainRecord(record)).toBe(record);
});

test('a map becomes an object, a set and an array of numbers become lists', () => {
  const m = new Map<string, unknown>([
    ['a', 1],
    ['b', new Map([['c', new Set([new Set(), 2])]])],
  ]);
  const given = { m, s: [new Set(['y'])], f: new Float64Array([1.5]), i: [new BigInt64Array([7n])], x: 1 };
  expect(plainOf(given)).toStrictEqual({ m: { a: 1, b: { c: [[], 2] } }, s: [['y']], f: [1.5], i: [[7n]], x: 1 });
  expect(given.m).toBe(m);
});

test('halves of characters become U+FFFD, in names and values, wherever they stand', () => {
  const ragged = { 'a\ud800': ['\udc00x', { b: '\ud83d\ude00\ud83d' }], m: new Map([['\ud800', new Set(['\udfff'])]]) };
  expect(plainOf(ragged)).toEqual({
    'a\ufffd': ['\ufffdx', { b: '😀\ufffd' }],
    m: { '\ufffd': ['\ufffd'] },
  });
});

class Point {
  x = 1;
}

test.each([
  ['an instance of a class', { p: new Point() }, 'p is an instance of Point (give a plain object'],
  ['an error', { e: [new RangeError('x')] }, 'e.0 is an instance of RangeError'],
  ['a regular expression', { r: /x/ }, 'r is an instance of RegExp'],
  ['a promise', { p: Promise.resolve(1) }, 'p is an instance of Promise'],
  ['an address', { u: new URL('http://a/') }, 'u is an instance of URL'],
  ['a boxed text', { s: new String('abc') }, 's is an instance of String'],
  ['a view of bytes', { v: new DataView(new ArrayBuffer(1)) }, 'v is an instance of DataView'],
  ['a buffer', { v: new ArrayBuffer(1) }, 'v is an instance of ArrayBuffer'],
  ['an instance that hides its class', { o: Object.create({}) }, 'o is an instance of '],
  ['a map with other keys', { m: new Map([[1, 2]]) }, 'm is a Map with a key that is a number'],
  ['a map with __proto__', { m: new Map([['__proto__', 2]]) }, '__proto__'],
  ['a function in a map', { m: new Map([['f', () => 1]]) }, 'm is a function'],
  ['a function', { a: { f() {} } }, 'a.f is a function'],
  ['a symbol', { s: Symbol('s') }, 's is a symbol'],
  ['__proto__', { a: JSON.parse('{"__proto__":1}') }, '__proto__'],
  ['depth', JSON.parse(nested(1001)), 'nested more than 1000 deep'],
])('%s is refused', (_, value, what) => {
  expect(() => plainOf(value)).toThrow(what);
});

test.each([
  [undefined, 'it is nothing (undefined) and no record'],
  [null, 'it is null and no record'],
  [5, 'it is a number and no record'],
  [5n, 'it is a bigint and no record'],
  ['x', 'it is a text and no record'],
  [() => 1, 'it is a function and no record'],
  [[{ a: 1 }], 'it is a list and no record'],
  [new Map([['a', 1]]), 'it is an instance of Map and no record'],
  [new Uint8Array(1), 'it is an instance of Uint8Array and no record'],
  [new Date(0), 'it is an instance of Date and no record'],
  [new Point(), 'it is an instance of Point and no record'],
  [{ f: Math.abs }, 'f is a function'],
])('%o is no record', (value, what) => {
  expect(() => plainRecord(value)).toThrow(expect.objectContaining({ code: 'WEIR_NOT_PLAIN' }));
  expect(() => plainRecord(value)).toThrow(what);
});

test('the promises in what is refused fail without being heard', async () => {
  const failing = () => Promise.reject(new Error('late'));
  expect(() => plainOf({ a: failing(), list: [failing(), { b: failing() }] })).toThrow('an instance of Promise');
  expect(() => plainRecord(failing())).toThrow('an instance of Promise');
  // A failure that nobody hears fails the test run.
  await new Promise((resolve) => setImmediate(resolve));
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
