import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../src/expr/expression.ts';
import type { Type } from '../../src/expr/node.ts';
import { checkTypes, typeOf } from '../../src/expr/types.ts';
import { errorOf } from './evaluate.ts';

const TYPES: Readonly<Record<string, Type>> = {
  n: 'number',
  s: 'text',
  b: 'bool',
  t: 'time',
  l: 'list',
  'o.n': 'number',
};
const schema = (path: readonly string[]) => TYPES[path.join('.')];

describe('the type of an expression, where it is known', () => {
  test.each([
    ['n + 1', 'number'],
    ['s + n', 'text'],
    ['x + s', 'text'],
    ['x + n', 'unknown'],
    ['x * 2', 'number'],
    ['t + 5', 'time'],
    ['t - t', 'number'],
    ['t - 5', 'time'],
    ['5 - t', 'number'],
    ['-t', 'number'],
    ['!x', 'bool'],
    ['x < 1 && b', 'bool'],
    ['x ?? n', 'unknown'],
    ['null ?? n', 'number'],
    ['b ? n : null', 'number'],
    ['b ? n : t', 'number'],
    ['b ? n : s', 'unknown'],
    ['o.n', 'number'],
    ['o.x', 'unknown'],
    ['l[0]', 'unknown'],
    ['`${x}`', 'text'],
    ['[x]', 'list'],
    ['{ x }', 'object'],
    ['null', 'null'],
    ['x in l', 'bool'],
    ['lower(x)', 'text'],
    ['startOf(n, "day")', 'time'],
    ['split(s, ",")', 'unknown'],
    ['key()', 'unknown'],
  ])('%s is %s', (text, type) => {
    expect(typeOf(parseExpression(text).node, schema)).toBe(type);
  });
});

describe('with the types of the fields, more mistakes are found', () => {
  test.each([
    ['s * 2', 3, 'write number(x)'],
    ['b + 1', 3, 'takes numbers'],
    ['s < 10', 3, 'two numbers or two texts'],
    ['s == 10', 3, 'never equals'],
    ['t > "2026-01-01"', 3, 'parseTime'],
    ['n in ["1"]', 7, 'never equals'],
    ['n in s', 3, 'contains(text, part)'],
    ['startsWith(n, "1")', 12, 'write text(x)'],
    ['l + s', 3, 'toJson'],
  ])('%s', (text, column, says) => {
    const { node } = parseExpression(text);
    const error = errorOf(() => checkTypes(text, node, schema));
    expect(error.code).toBe('WEIR_EXPRESSION');
    expect(error.data).toMatchObject({ column });
    expect(error.message).toContain(says);
  });

  test.each(['n + t', 's + b', 'b + s', 't == n', 's == null', 'x * s.y', 'hour(n)', 'n == (b ? s : n)'])(
    '%s is none',
    (text) => {
      expect(() => checkTypes(text, parseExpression(text).node, schema)).not.toThrow();
    },
  );
});
