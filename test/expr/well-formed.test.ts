import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../src/expr/expression.ts';
import type { ParameterType } from '../../src/expr/functions/signature.ts';
import { functions } from '../../src/expr/functions/table.ts';
import { parseTemplate } from '../../src/expr/template.ts';
import { parameterAt } from '../../src/expr/types.ts';
import { tries } from '../support/thorough.ts';
import { AT, errorOf, evaluate } from './evaluate.ts';

// Half a character is another one behind the next thread, so no expression may make one of whole ones.

/** Of few characters, so that parts are found and places lie within a pair of surrogates. */
const whole = fc.string({ unit: fc.constantFrom('😀', '😁', '𝒳', 'a', 'é', 'ß', ' ', ','), maxLength: 6 });
const place = fc.integer({ min: -7, max: 13 });
const scalar = fc.oneof(whole, place, fc.boolean());
const list = fc.array(scalar, { maxLength: 3 });
const object = fc.dictionary(whole, scalar, { maxKeys: 3 });
const written = (arbitrary: fc.Arbitrary<unknown>) => arbitrary.map((value) => JSON.stringify(value));
const VALUES: Readonly<Record<ParameterType, fc.Arbitrary<unknown>>> = {
  text: whole,
  number: place,
  time: place,
  bool: fc.boolean(),
  list,
  object,
  any: fc.oneof(scalar, list, object),
  regex: fc.constantFrom('/./', '/(.)$/', '/a(.)?/', '/[^a]/', '/(.)./u', '/\\ud83d/', '/[\\udc00-\\udfff]/', '/$/'),
  literal: fc.oneof(written(whole), fc.constantFrom('"day"', '"1s"', '"HH😀mm"', '"HH\'😀\'"')),
};

/** Whether all texts in it, names too, are of whole characters. */
function isWhole(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (value === null || typeof value !== 'object') return true;
  return Object.entries(value).every(([name, inner]) => name.isWellFormed() && isWhole(inner));
}

const call = fc.constantFrom(...functions.values()).chain((fn) => {
  const least = fn.parameters.filter(({ optional }) => !optional).length;
  const most = fn.parameters.length + (fn.parameters.at(-1)?.rest ? 2 : 0);
  return fc.integer({ min: least, max: most }).chain((count) => {
    const types = Array.from({ length: count }, (_, i) => fc.constantFrom(...parameterAt(fn.parameters, i).types));
    return fc
      .tuple(...types)
      .chain((chosen) => fc.tuple(...chosen.map((type) => fc.tuple(fc.constant(type), VALUES[type]))))
      .map((args) => ({ name: fn.name, args }));
  });
});

test('a function gives whole characters for whole characters', () => {
  const called = new Set<string>();
  fc.assert(
    fc.property(call, ({ name, args }) => {
      const row: Record<string, unknown> = {};
      const texts = args.map(([type, value], i) => {
        if (type === 'regex' || type === 'literal') return value;
        row[`x${i}`] = value;
        return `x${i}`;
      });
      let expression: ReturnType<typeof parseExpression>;
      try {
        expression = parseExpression(`${name}(${texts.join(', ')})`);
      } catch {
        return; // A literal that is none for this function.
      }
      called.add(name);
      expect(isWhole(expression.evaluate(row, AT))).toBe(true);
    }),
    { numRuns: tries(8_000) },
  );
  expect([...functions.keys()].filter((name) => !called.has(name))).toEqual([]);
});

test('an index, a join and a template give whole characters for whole characters', () => {
  const forms = ['a[n]', 'a + b', '`${a[n]}${b[m]}`', 'concat(a[n], b[m])', 'a[n] + a[m]', '[a[n], { k: b[m] }]'];
  fc.assert(
    fc.property(fc.constantFrom(...forms), whole, whole, place, place, (form, a, b, n, m) => {
      expect(isWhole(evaluate(form, { a, b, n, m }))).toBe(true);
      expect(isWhole(parseTemplate('x${a[n]}${b[m]}').evaluate({ a, b, n, m }, AT))).toBe(true);
    }),
  );
});

test.each([
  ['s[0]', '\ufffd'],
  ['s[1]', '\ufffd'],
  ['s[2]', 'x'],
  ['s[n]', '\ufffd'],
  ['s[0] + s[1]', '\ufffd\ufffd'],
  ['"😀"[0]', '\ufffd'],
])('of 😀x, %s is %j', (text, value) => {
  expect(evaluate(text, { s: '😀x', n: 0 })).toBe(value);
});

describe('half a character that is written out is refused', () => {
  test.each([
    ['as a text', String.raw`x == "\ud83d"`, 6],
    ['within a text', String.raw`concat("a\udc00", x)`, 8],
    ['as it is', 'x == "\ud83d"', 7],
    ['in a template', '`a\\ud83d${x}`', 2],
    ['as a name', String.raw`{ "\ud83d": x }`, 3],
    ['as the name of a field', String.raw`field("\ud83d")`, 7],
    ['as an index', String.raw`x["\ud83d"]`, 3],
  ])('%s', (_, text, column) => {
    const error = errorOf(() => parseExpression(text));
    expect([error.code, error.data]).toMatchObject(['WEIR_EXPRESSION', { column }]);
    expect(error.message).toMatch('half a character');
    expect(error.message.isWellFormed()).toBe(true);
  });

  test('in the text of a template, with a hole and without', () => {
    for (const text of ['a\ud83d', 'a\ud83d${x}']) {
      expect(errorOf(() => parseTemplate(text)).message).toMatch('half a character');
    }
    expect(parseTemplate('a😀${x}').evaluate({ x: 1 }, AT)).toBe('a😀1');
  });

  test('but not two halves that are a whole one', () => {
    expect(evaluate(String.raw`"\ud83d\ude00"`)).toBe('😀');
  });
});
