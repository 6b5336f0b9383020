import * as acorn from 'acorn';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WeirError } from '../../src/base/errors.ts';
import { type Expression, parseExpression } from '../../src/expr/expression.ts';
import { objectNames } from '../../src/expr/names.ts';
import { tries } from '../support/thorough.ts';
import { AT, evaluate } from './evaluate.ts';

/** A record such as an attacker would send: JSON may name its fields as it likes. */
const hostile = () =>
  JSON.parse(
    `{"x":1,"s":"text","a":[1,["b"]],"o":{"p":{"q":1},"constructor":{"prototype":5}},
      "__proto__":{"polluted":true},"f":null,"name":"n","length":3}`,
  );

const NAMES = [...objectNames, 'prototype', 'caller', 'callee', 'arguments', 'name', 'length', 'call', 'apply', 'bind'];

describe('a name of a prototype leads nowhere', () => {
  const values = {
    a: [1],
    s: 'text',
    n: 1,
    b: true,
    o: {},
    d: new Date(0),
    bytes: new Uint8Array(2),
    e: new Error('e'),
  };

  test.each(NAMES)('%s', (name) => {
    for (const from of Object.keys(values)) {
      for (const text of [`${from}.${name}`, `${from}["${name}"]`, `get({ v: ${from} }.v, "${name}")`]) {
        let value: unknown;
        try {
          value = evaluate(text, values);
        } catch (error) {
          expect((error as WeirError).code).toBe('WEIR_TYPE');
          continue;
        }
        // Lengths and names are data; everything else there is a function or a prototype.
        if (!(name === 'length' || name === 'name')) expect(value).toBeNull();
        expect(typeof value === 'object' ? value : null).toBeNull();
      }
    }
    expect(evaluate(`field("${name}")`, {})).toBeNull();
    expect(evaluate(`[x].${name}`, {}) ?? 0).toBeTypeOf('number');
  });

  test('but is a field like any other where the record has it', () => {
    const row = hostile();
    expect(evaluate('o.constructor.prototype', row)).toBe(5);
    expect(evaluate('__proto__.polluted', row)).toBe(true);
    expect(evaluate('polluted', row)).toBeNull();
    expect(evaluate('toString', { toString: 1 })).toBe(1);
    expect(evaluate('valueOf + 1', Object.assign(Object.create(null), { valueOf: 1 }))).toBe(2);
  });

  test('a function that somebody put into a record counts as missing', () => {
    const row = { f: () => 1, o: { f: () => 1 }, list: [() => 1] };
    expect(evaluate('[f, o.f, list[0], f ?? 1 ? 2 : 3, get(o, "f")]', row)).toEqual([null, null, null, 2, null]);
    expect(evaluate('text(f)', row)).toBeNull();
    expect(evaluate('`${f}`', row)).toBe('');
  });
});

/** The names that the code of an expression uses, other than those of properties. */
function namesIn(source: string): Set<string> {
  const found = new Set<string>();
  const visit = (node: unknown, parent?: acorn.AnyNode, role?: string): void => {
    if (Array.isArray(node)) for (const each of node) visit(each, parent, role);
    if (node === null || typeof node !== 'object' || !('type' in node)) return;
    const tree = node as acorn.AnyNode;
    const isProperty =
      (parent?.type === 'MemberExpression' && role === 'property' && !parent.computed) ||
      (parent?.type === 'Property' && role === 'key' && !parent.computed);
    if (tree.type === 'Identifier' && !isProperty) found.add(tree.name);
    if (tree.type === 'MemberExpression' && tree.computed && tree.property.type !== 'Literal') found.add('[computed]');
    for (const [name, child] of Object.entries(tree)) visit(child, tree, name);
  };
  visit(acorn.parse(`(${source})`, { ecmaVersion: 2022 }));
  return found;
}

function expectHarmless(expression: Expression): void {
  for (const name of namesIn(String(expression.evaluate))) {
    expect(name).toMatch(/^(row|at|\$|k\d+|t\d+|undefined|Array|Infinity|NaN)$/);
  }
}

const INTRINSICS = new Set<unknown>(
  [Object, Array, String, Number, Boolean, Function, Date, RegExp, Map, Set, Promise, Error, Symbol, BigInt]
    .flatMap((each) => [each, each.prototype])
    .concat([globalThis, process, Math, JSON, Reflect] as never[]),
);

function expectData(value: unknown): void {
  expect(typeof value).not.toBe('function');
  expect(INTRINSICS.has(value)).toBe(false);
  if (Array.isArray(value)) for (const each of value) expectData(each);
  else if (value !== null && typeof value === 'object') Object.values(value).forEach(expectData);
}

function tryOut(text: string): void {
  let expression: Expression;
  try {
    expression = parseExpression(text);
  } catch (error) {
    expect(error).toBeInstanceOf(WeirError);
    expect((error as WeirError).code).toBe('WEIR_EXPRESSION');
    const { column } = (error as WeirError).data as { column: number };
    expect(column >= 1 && column <= text.length + 1).toBe(true);
    return;
  }
  expectHarmless(expression);
  for (const row of [hostile(), {}, { x: [], s: 1, a: null, o: 'o', f: () => 1 }]) {
    try {
      expectData(expression.evaluate(row, AT));
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      expect(error.code).toBe('WEIR_TYPE');
    }
  }
}

describe('whatever is written', () => {
  const words = [
    ...['x', 's', 'a', 'o', 'f', 'row', 'at', '$', 'k1', 't0', 'canary', 'globalThis', 'process', 'require', 'eval'],
    ...['constructor', '__proto__', 'prototype', 'toString', 'valueOf', 'length', 'this', 'new ', 'import', 'function'],
    ...[
      'typeof ',
      'void ',
      'delete ',
      'in ',
      'instanceof ',
      'null',
      'true',
      'undefined',
      'arguments',
      'async ',
      'await ',
    ],
    ...['lower', 'split', 'get', 'text', 'fromJson', 'coalesce', 'matches', 'field', 'eventTime', 'startsWith', 'max'],
    ...['(', ')', '(', ')', '[', ']', '{', '}', '.', '.', '?.', ',', ',', ':', '?', '=>', '=', '==', '===', '!=', '!'],
    ...['+', '-', '*', '/', '%', '**', '<', '>=', '&&', '||', '??', '++', '...', ';', '`', '${', '}', '//', '/*', '*/'],
    ...[
      '"a"',
      "'constructor'",
      '"__proto__"',
      '1',
      '0',
      '-1',
      '1.5',
      '/a+/',
      '/(a|b)*c/i',
      '\\u0061',
      '\n',
      ' ',
      '#',
      '<!--',
    ],
  ];
  const soup = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 14 }).map((parts) => parts.join(''));

  test('a text either compiles to harmless code or is WEIR_EXPRESSION, and gives data', () => {
    let touched = false;
    Object.defineProperty(globalThis, 'canary', { configurable: true, get: () => (touched = true) });
    fc.assert(fc.property(soup, tryOut), { numRuns: tries(20_000) });
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), tryOut), { numRuns: tries(3000) });
    Reflect.deleteProperty(globalThis, 'canary');
    expect(touched).toBe(false);
  });

  test('well-formed nonsense gives data, null or WEIR_TYPE', () => {
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(
          'x',
          's',
          'a',
          'o',
          'f',
          'nothing',
          '1',
          '-1',
          '"a"',
          'null',
          'true',
          'constructor',
          '[]',
          '{}',
        ),
        fc.tuple(tie('expression'), fc.constantFrom(...NAMES, 'p', 'q')).map(([e, name]) => `(${e}).${name}`),
        fc.tuple(tie('expression'), tie('expression')).map(([e, i]) => `(${e})[${i}]`),
        fc
          .tuple(
            tie('expression'),
            fc.constantFrom('+', '-', '*', '<', '==', '!=', '&&', '||', 'in'),
            tie('expression'),
          )
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
        fc
          .tuple(fc.constantFrom('text', 'size', 'length', 'toJson', 'number', 'hash', 'lower'), tie('expression'))
          .map(([f, e]) => `${f}(${e})`),
        fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `get(${a}, ${b})`),
        fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `[${a}, { v: ${b} }]`),
        fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `\`\${${a}}\${${b}}\``),
      ),
    }));
    fc.assert(fc.property(expression, tryOut), { numRuns: tries(5000) });
  });
});
