import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WeirError } from '../../src/base/errors.ts';
import { type Expression, parseExpression } from '../../src/expr/expression.ts';
import { functions } from '../../src/expr/functions/table.ts';
import type { Type } from '../../src/expr/node.ts';
import { checkTypes, typeOf } from '../../src/expr/types.ts';
import type { Row } from '../../src/stage/row.ts';
import { tries } from '../support/thorough.ts';
import { AT } from './evaluate.ts';

// A type that the checker gives is a promise: no record of the schema may break it.

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const TYPES = ['number', 'text', 'bool', 'time', 'list', 'object', 'unknown'] as const;

const scalar = fc.oneof(
  fc.constantFrom(0, -1, 1.5, 2, 1e12, Number.NaN, '', 'x', '5', '2026-01-31', 'a,b', true, false, null),
  fc.integer({ min: -1000, max: 1000 }),
);
const list = fc.array(scalar, { maxLength: 3 });
const object = fc.dictionary(fc.constantFrom(...NAMES), scalar, { noNullPrototype: true });
const values: Record<(typeof TYPES)[number], fc.Arbitrary<unknown>> = {
  number: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double()),
  text: fc.oneof(fc.constantFrom('', 'a', 'a,b', '12', '2026-01-31'), fc.string({ maxLength: 5 })),
  bool: fc.boolean(),
  time: fc.integer({ min: 0, max: 2e12 }),
  list,
  object,
  unknown: fc.oneof(scalar, list, object),
};

const literal = fc.constantFrom('0', '1', '2.5', '"a"', '"12"', '""', 'true', 'false', 'null');
const unit = fc.constantFrom('"day"', '"yyyy-MM-dd"', '"1m"', '"a"', '/a(b?)/');
const names = [...functions.keys()];

const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(...NAMES, ...NAMES.map((name) => `${name}.a`)),
    literal,
    binary(tie('expression'), [
      '+',
      '-',
      '*',
      '/',
      '%',
      '**',
      '<',
      '<=',
      '>',
      '>=',
      '==',
      '!=',
      '&&',
      '||',
      '??',
      'in',
    ]),
    fc.tuple(fc.constantFrom('-', '+', '!'), tie('expression')).map(([op, of]) => `${op}(${of})`),
    fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([a, b, c]) => `((${a}) ? (${b}) : (${c}))`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `[${a}, ${b}]`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `{ a: ${a}, b: ${b} }`),
    tie('expression').map((of) => `\`x \${${of}}\``),
    fc.tuple(tie('expression'), tie('expression')).map(([of, at]) => `(${of})[${at}]`),
    tie('expression').map((of) => `(${of}).length`),
    fc
      .tuple(fc.constantFrom(...names), fc.array(fc.oneof(tie('expression'), unit), { maxLength: 3 }))
      .map(([name, args]) => `${name}(${args.join(', ')})`),
  ),
}));

function binary(of: fc.Arbitrary<string>, operators: readonly string[]): fc.Arbitrary<string> {
  return fc.tuple(of, fc.constantFrom(...operators), of).map(([a, op, b]) => `((${a}) ${op} (${b}))`);
}

const schemas = fc.tuple(...NAMES.map(() => fc.constantFrom(...TYPES)));
const given = schemas.chain((types) => {
  const fields = types.map((type) => fc.option(values[type], { nil: null }));
  const row = fc.tuple(...fields).map((all) => Object.fromEntries(NAMES.map((name, i) => [name, all[i]])) as Row);
  const missing = fc.subarray(NAMES);
  const rows = fc.array(
    fc.tuple(row, missing).map(([whole, gone]) => {
      return Object.fromEntries(Object.entries(whole).filter(([name]) => !gone.includes(name)));
    }),
    { minLength: 1, maxLength: 5 },
  );
  return fc.record({ types: fc.constant(types), rows });
});

function parsed(text: string): Expression | undefined {
  try {
    return parseExpression(text);
  } catch (error) {
    if (error instanceof WeirError && error.code === 'WEIR_EXPRESSION') return undefined;
    throw error;
  }
}

function isOf(value: unknown, type: Type): boolean {
  if (value === null || value === undefined || type === 'unknown') return true;
  if (type === 'list') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && !Array.isArray(value);
  const wanted = { number: 'number', time: 'number', text: 'string', bool: 'boolean', null: 'null' }[type];
  return typeof value === wanted;
}

test('whatever the records hold, an expression gives a value of its type, or null, or WEIR_TYPE', () => {
  let typed = 0;
  fc.assert(
    fc.property(expression, given, (text, { types, rows }) => {
      const made = parsed(text);
      if (made === undefined) return;
      const schema = ([name, ...rest]: readonly string[]): Type => {
        return rest.length > 0 ? 'unknown' : (types[NAMES.indexOf(name as string)] as Type);
      };
      const type = typeOf(made.node, schema);
      if (type !== 'unknown') typed++;
      for (const row of rows) {
        let value: unknown;
        try {
          value = made.evaluate(row, AT);
        } catch (error) {
          if (error instanceof WeirError && error.code === 'WEIR_TYPE') continue;
          throw error;
        }
        if (!isOf(value, type)) expect.fail(`${text} is said to be ${type} and gives ${typeof value}`);
      }
    }),
    { numRuns: tries(4000) },
  );
  expect(typed).toBeGreaterThan(tries(1000));
});

test('what is said to be wrong never gives anything but null, false or WEIR_TYPE', () => {
  const operators = ['+', '-', '*', '/', '%', '**', '<', '<=', '>', '>=', '==', 'in'];
  fc.assert(
    fc.property(fc.constantFrom(...operators), given, (op, { types, rows }) => {
      const text = `a ${op} b`;
      const made = parseExpression(text);
      const schema = ([name]: readonly string[]): Type => types[NAMES.indexOf(name as string)] as Type;
      try {
        checkTypes(text, made.node, schema);
        return;
      } catch (error) {
        expect(error).toMatchObject({ code: 'WEIR_EXPRESSION' });
      }
      for (const row of rows) {
        const both = (row.a ?? null) !== null && (row.b ?? null) !== null;
        let value: unknown = null;
        try {
          value = made.evaluate(row, AT);
        } catch (error) {
          expect(error).toMatchObject({ code: 'WEIR_TYPE' });
        }
        // Two nulls are equal, and nothing else of what can never be equal.
        if (both) expect([null, false]).toContain(value);
      }
    }),
    { numRuns: tries(3000) },
  );
});
