import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonOf, textOf } from '../../src/base/json.ts';
import { tries } from '../support/thorough.ts';

/** A value of a record, and what JSON.stringify is to make of it in its place. */
type Pair = [value: unknown, stands: unknown];

const BIG = 'a bigint of ';
const same = <T>(of: fc.Arbitrary<T>) => of.map((value): Pair => [value, value]);
const name = fc
  .oneof(fc.constantFrom('0', 'type', 'data', ''), fc.string({ maxLength: 3 }))
  .filter((n) => n !== '__proto__');
const { pair } = fc.letrec<{ pair: Pair }>((tie) => ({
  pair: fc.oneof(
    { maxDepth: 4 },
    same(fc.oneof(fc.double(), fc.boolean(), fc.constantFrom(null, undefined, {}, new Date(0)), fc.string())),
    same(fc.constantFrom('{}', '{"0":1}', '\u0001bigint 7', 'Buffer')),
    fc.bigInt().map((n): Pair => [n, `${BIG}${n}`]),
    fc.uint8Array({ maxLength: 5 }).map((bytes): Pair => [bytes, btoa(String.fromCharCode(...bytes))]),
    fc.uint8Array({ maxLength: 5 }).map((bytes): Pair => [Buffer.from(bytes), btoa(String.fromCharCode(...bytes))]),
    fc.array(tie('pair'), { maxLength: 3 }).map((list): Pair => [list.map(([v]) => v), list.map(([, s]) => s)]),
    fc
      .uniqueArray(tie('pair'), { maxLength: 3, selector: ([v]) => v })
      .map((list): Pair => [new Set(list.map(([v]) => v)), list.map(([, s]) => s)]),
    fc
      .array(fc.tuple(name, tie('pair')), { maxLength: 3 })
      .map(
        (list): Pair => [
          Object.fromEntries(list.map(([n, [v]]) => [n, v])),
          Object.fromEntries(list.map(([n, [, s]]) => [n, s])),
        ],
      ),
    fc
      .array(fc.tuple(fc.string({ minLength: 1, unit: fc.constantFrom('a', 'b') }), tie('pair')), { maxLength: 3 })
      .map(
        (list): Pair => [new Map(list.map(([n, [v]]) => [n, v])), Object.fromEntries(list.map(([n, [, s]]) => [n, s]))],
      ),
  ),
}));

test('the JSON of a value has all that the value holds', () => {
  fc.assert(
    fc.property(pair, ([value, stands]) => {
      const expected = JSON.stringify(stands)?.replace(new RegExp(`"${BIG}(-?\\d+)"`, 'g'), '$1');
      expect(jsonOf(value)).toBe(expected);
    }),
    { numRuns: tries(3000) },
  );
});

test('a text is a text, whatever integer stands beside it', () => {
  const value = { s: '\u0001bigint 7', n: 7n };
  expect(jsonOf(value)).toBe('{"s":"\\u0001bigint 7","n":7}');
});

test('what no record can hold is as in JSON.stringify', () => {
  const cycle: Record<string, unknown> = { a: {} };
  cycle.self = cycle;
  expect(() => jsonOf(cycle)).toThrow('circular');
  expect(jsonOf({ a: /x/, b: {}, c: { toJSON: () => 5, d: {} }, f: () => 1 })).toBe('{"a":{},"b":{},"c":5}');
  for (const value of [undefined, () => 1, Symbol('s')]) expect(jsonOf(value)).toBeUndefined();
});

test.each([
  ['a', 'a'],
  [null, null],
  [undefined, null],
  [12n, '12'],
  [new Date(0), '1970-01-01T00:00:00.000Z'],
  [new Date(Number.NaN), null],
  [new Uint8Array([255, 254]), '//4='],
  [[1n, new Uint8Array([1])], '[1,"AQ=="]'],
])('the text of %o is %j', (value, text) => {
  expect(textOf(value)).toBe(text);
});
