import { describe, expect, test } from 'vitest';
import { toCondition, toJavaScript } from '../../src/expr/code.ts';
import { compilePredicate, compileProjection } from '../../src/expr/compile.ts';
import { type Expression, parseExpression } from '../../src/expr/expression.ts';
import { CodeScope } from '../../src/expr/scope.ts';
import type { Row } from '../../src/stage/row.ts';
import { AT, errorOf } from './evaluate.ts';

describe('an expression', () => {
  test('says which paths it reads, once each, in order', () => {
    const { fields } = parseExpression('bid.price > 1 && tags[i].x == bid.price ? name.length : field("odd name")');
    expect(fields).toEqual([['bid', 'price'], ['tags'], ['i'], ['name'], ['odd name']]);
  });
});

describe('code in a larger function', () => {
  test('reads fields from where that function has them', () => {
    const scope = new CodeScope();
    const field = (path: readonly string[]) => (path.join('.') === 'bid' ? 'bid' : undefined);
    const code = toJavaScript(parseExpression('bid.price * rate + bid.fees[0]'), scope, { row: 'r', field });
    const fn = scope.build<(r: Row, bid: unknown) => unknown>(['r', 'bid'], `return ${code};`);
    expect(fn({ rate: 2 }, { price: 5, fees: [1] })).toBe(11);
    expect(fn({ rate: 2 }, null)).toBeNull();
  });

  test('has its own name for the record and for what is known of it', () => {
    const scope = new CodeScope();
    const code = toCondition(parseExpression('eventTime() > start'), scope, { row: 'record', at: 'known' });
    const fn = scope.build<(record: Row, known: typeof AT) => boolean>(['record', 'known'], `return ${code};`);
    expect(fn({ start: 5 }, { ...AT, time: 6 })).toBe(true);
  });

  test('shares constants, and declares each local variable once', () => {
    const scope = new CodeScope();
    expect(scope.constant('a text')).toBe(scope.constant('a text'));
    const t = scope.temp();
    expect(scope.temp()).not.toBe(t);
    expect(scope.locals()).toBe('let t0, t1;');
    expect(scope.locals()).toBe('');
    expect(scope.build<() => string>([], `return ${scope.constant('a text')};`)()).toBe('a text');
  });

  test('evaluates each operand once, in order, whatever its type', () => {
    const seen: string[] = [];
    const row = {};
    for (const name of ['a', 'b', 'c']) {
      const get = () => {
        seen.push(name);
        return name === 'b' ? null : 1;
      };
      Object.defineProperty(row, name, { get });
    }
    parseExpression('a * b + c == a').evaluate(row, AT);
    expect(seen).toEqual(['a', 'b', 'c', 'a']);
  });

  test('takes a closure of a TypeScript topology, which has no node', () => {
    const closure = { text: 'a function', node: undefined, fields: [], evaluate: (row: Row) => row.x };
    const expression = closure as unknown as Expression;
    expect(compilePredicate(expression)({ x: 1 }, AT)).toBe(true);
    const project = compileProjection({ names: ['a', 'b'], expressions: [expression, parseExpression('x + 1')] });
    expect(project({ x: 1 }, AT)).toEqual({ a: 1, b: 2 });
  });
});

describe('a projection', () => {
  test('has null for what is missing, and all its fields in order', () => {
    const expressions = ['y', 'x', '{ y, z: [x] }'].map((text) => parseExpression(text));
    const project = compileProjection({ names: ['odd name', 'class', 'nested'], expressions });
    expect(JSON.stringify(project({ x: 1 }, AT))).toBe('{"odd name":null,"class":1,"nested":{"y":null,"z":[1]}}');
  });

  test('has no field __proto__', () => {
    const columns = { names: ['__proto__'], expressions: [parseExpression('x')] };
    expect(errorOf(() => compileProjection(columns)).code).toBe('WEIR_EXPRESSION');
  });
});
