import { describe, expect, test } from 'vitest';
import { compilePredicate } from '../../src/expr/compile.ts';
import { parseExpression } from '../../src/expr/expression.ts';
import { functions } from '../../src/expr/functions/table.ts';
import { nullRules } from '../../src/expr/null-rules.ts';
import { AT, errorOf, evaluate } from './evaluate.ts';

const NOTHING = [{}, { x: null }, { x: undefined }];

describe('the rules of the page', () => {
  test.each(nullRules.flatMap(({ examples }) => examples.map(([text, value]) => ({ text, value }))))(
    '$text is $value',
    ({ text, value }) => {
      for (const row of NOTHING) expect(evaluate(text, { ...row, n: 2 })).toEqual(value);
    },
  );

  test('hold for every function: a null for an argument that takes none makes the whole null', () => {
    for (const { name, parameters, reads } of functions.values()) {
      if (parameters.length === 0 || reads !== undefined) continue;
      // What must be written out cannot be null.
      if (parameters.some(({ types }) => types.includes('literal') || types.includes('regex'))) continue;
      const args: string[] = parameters.map(({ types }) =>
        types.includes('number') ? '2' : types.includes('list') ? '[1]' : '"a"',
      );
      parameters.forEach(({ types }, i) => {
        if (types.includes('any')) return;
        const text = `${name}(${args.with(i, 'x').join(', ')})`;
        for (const row of NOTHING) expect(evaluate(text, row), text).toBeNull();
      });
    }
  });
});

describe('a missing field is null', () => {
  test.each(['x', 'x.y', 'x.y.z', 'x[0]', 'x.y[0].z', 'x["odd name"].y', 'x.length', 'x?.y?.[0]'])('%s', (text) => {
    for (const row of NOTHING) expect(evaluate(text, row)).toBeNull();
  });

  test('also where the way to it goes through a value that is no object', () => {
    for (const x of [1, 'text', true]) expect(evaluate('x.y', { x })).toBeNull();
  });

  test('also in lists, objects and arguments', () => {
    expect(evaluate('{ a: x, b: [x], c: isNull(x), d: [coalesce(x, x)] }')).toEqual({
      a: null,
      b: [null],
      c: true,
      d: [null],
    });
  });
});

describe('arithmetic with a null is null', () => {
  test.each([
    'x + 1',
    '1 + x',
    'x + "a"',
    '"a" + x',
    'x - 1',
    '2 * x',
    'x / x',
    'x % 2',
    'x ** 2',
    '-x',
    '+x',
    '(x + 1) * 2',
  ])('%s', (text) => {
    for (const row of NOTHING) expect(evaluate(text, row)).toBeNull();
  });
});

describe('a comparison with a null is false', () => {
  test.each(['x < 1', 'x <= 0', 'x > -1', '0 >= x', 'x < "a"', 'x >= x', 'x in y', 'x in [1, 2]', '1 in x'])(
    '%s',
    (text) => {
      for (const row of NOTHING) expect(evaluate(text, row)).toBe(false);
    },
  );

  test.each([
    ['x == null', true],
    ['null === x', true],
    ['x != null', false],
    ['x == y', true],
    ['x != y', false],
    ['x == 0', false],
    ['x == false', false],
    ['x == ""', false],
    ['x != 1', true],
    ['x in [null]', true],
    ['x in [y, 1]', true],
  ])('%s is %s', (text, value) => {
    for (const row of NOTHING) expect(evaluate(text, row)).toBe(value);
  });
});

describe('truth is as in JavaScript', () => {
  const truths = [null, undefined, false, 0, Number.NaN, '', true, 1, -1, 'a', '0', [], {}];

  test.each(truths)('%j', (x) => {
    expect(evaluate('!x', { x })).toBe(!x);
    expect(evaluate('x ? 1 : 2', { x })).toBe(x ? 1 : 2);
    expect(evaluate('x && 5', { x })).toEqual(x ? 5 : (x ?? null));
    expect(evaluate('x || 5', { x })).toEqual(x || 5);
    expect(evaluate('x ?? 5', { x })).toEqual(x ?? 5);
    expect(compilePredicate(parseExpression('x'))({ x }, AT)).toBe(Boolean(x));
  });
});

describe('a wrong type is WEIR_TYPE, with operator, types and column', () => {
  test.each([
    ['x * 2', { x: 'a' }, '*', ['text', 'number'], 3],
    ['2 - x', { x: true }, '-', ['number', 'bool'], 3],
    ['a / b', { a: [], b: {} }, '/', ['list', 'object'], 3],
    ['a + b', { a: 1, b: true }, '+', ['number', 'bool'], 3],
    ['a + b', { a: 'a', b: {} }, '+', ['text', 'object'], 3],
    ['(a) + /* + */ b', { a: 'a', b: [] }, '+', ['text', 'list'], 5],
    ['- x', { x: '1' }, '-', ['text'], 1],
    ['1 + +x', { x: '1' }, '+', ['text'], 5],
    ['x < 2', { x: '1' }, '<', ['text', 'number'], 3],
    ['x >= "a"', { x: 1 }, '>=', ['number', 'text'], 3],
    ['a <= b', { a: true, b: false }, '<=', ['bool', 'bool'], 3],
    ['1 in x', { x: '1' }, 'in', ['text'], 3],
    ['x[0]', { x: { 0: 1 } }, '[ ]', ['object', 'number'], 1],
    ['x[i]', { x: [1], i: '0' }, '[ ]', ['list', 'text'], 1],
    ['x < 2', { x: new Date(0) }, '<', ['Date', 'number'], 3],
  ])('%s', (text, row, operator, types, column) => {
    const error = errorOf(() => evaluate(text, row));
    expect(error.code).toBe('WEIR_TYPE');
    expect(error.data).toEqual({ operator, types, column, text });
    expect(error.message).toContain(`column ${column} of`);
  });

  test('the message holds no value of the record', () => {
    expect(errorOf(() => evaluate('x * 2', { x: 'secret' })).message).not.toContain('secret');
  });

  test('equality takes any two values, and membership too', () => {
    for (const x of [1, 'a', true, [], {}]) {
      expect(evaluate('x == y', { x, y: x })).toBe(true);
      expect(evaluate('[x == 5, x == "5", x in [5, "5"]]', { x })).toEqual([false, false, false]);
    }
    expect(evaluate('[1] == [1]')).toBe(false);
  });
});
