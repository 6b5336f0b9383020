import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../src/expr/expression.ts';
import type { ExpressionFunction, ParameterType } from '../../src/expr/functions/signature.ts';
import { functions } from '../../src/expr/functions/table.ts';
import { parameterAt } from '../../src/expr/types.ts';
import { AT, errorOf, evaluate } from './evaluate.ts';

const VALUES: Readonly<Record<ParameterType, string>> = {
  number: '2',
  time: '86400000',
  text: '"ab"',
  bool: 'true',
  list: '[1, 2]',
  object: '{ a: 1 }',
  any: '3',
  regex: '/a/',
  literal: '"1s"',
};

/** A call with a right value in each place; the argument at `except` is the field x instead. */
function callOf(fn: ExpressionFunction, except: number): string {
  const literals: Readonly<Record<string, string>> = { startOf: '"day"', formatTime: '"HH"' };
  const args = fn.parameters.map(({ types }, i) =>
    i === except ? 'x' : types[0] === 'literal' ? (literals[fn.name] ?? VALUES.literal) : VALUES[types[0]!],
  );
  return `${fn.name}(${args.join(', ')})`;
}

const isWrittenOut = (types: readonly string[]) => types.includes('regex') || types.includes('literal');

describe.each([...functions.values()])('$signature', (fn) => {
  const [text, value] = fn.example;

  test('gives what its example says', () => {
    expect(evaluate(text)).toEqual(value);
  });

  test('gives the same for arguments that are fields', () => {
    const { node } = parseExpression(text);
    if (node.kind !== 'call' || node.name !== fn.name) return;
    const row: Record<string, unknown> = {};
    const args = node.args.map((arg, i) => {
      const source = arg.kind === 'regex' ? `/${arg.pattern}/${arg.flags}` : sourceOf(arg.column, text);
      if (isWrittenOut(parameterAt(fn.parameters, i).types)) return source;
      row[`x${i}`] = evaluate(source);
      return `x${i}`;
    });
    expect(evaluate(`${fn.name}(${args.join(', ')})`, row)).toEqual(value);
  });

  fn.parameters.forEach(({ name, types, optional }, i) => {
    if (isWrittenOut(types) || types.includes('any')) return;

    test(`is null if ${name} is null or missing`, () => {
      for (const row of [{}, { x: null }, { x: undefined }]) expect(evaluate(callOf(fn, i), row)).toBeNull();
    });

    test(`refuses a ${name} of a wrong type, with the column`, () => {
      const wrong = [{}, [], 'text', 1, true, new Date(0)].filter((each) => !types.some((type) => isOf(each, type)));
      for (const x of wrong) {
        const error = errorOf(() => evaluate(`[${callOf(fn, i)}]`, { x }));
        expect(error.code).toBe('WEIR_TYPE');
        expect(error.data).toMatchObject({ operator: `${fn.name}()`, column: 2 });
      }
    });

    if (!optional) return;
    test(`can do without ${name}`, () => {
      const args = callOf(fn, -1).slice(0, -1).split(', ').slice(0, i);
      expect(() => evaluate(`${args.length === 0 ? `${fn.name}(` : args.join(', ')})`)).not.toThrow();
    });
  });
});

function sourceOf(column: number, text: string): string {
  // The argument ends where the parser says that an expression beginning there ends.
  for (let end = text.length; end > column; end--) {
    try {
      parseExpression(text.slice(column - 1, end));
      return text.slice(column - 1, end);
    } catch {}
  }
  return text.slice(column - 1, column);
}

function isOf(value: unknown, type: ParameterType): boolean {
  if (type === 'list') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object';
  const names: Partial<Record<ParameterType, string>> = { text: 'string', bool: 'boolean', time: 'number' };
  return typeof value === (names[type] ?? type);
}

describe('text', () => {
  test.each([
    ['replace("aXbX", "X", "$&$1")', 'a$&$1b$&$1'],
    ['replace("abc", "", "-")', 'abc'],
    ['split("a,b,c", ",")', ['a', 'b', 'c']],
    ['split("a,b,c", ",", 2)', 'c'],
    ['split("a,b,c", ",")[3]', null],
    ['split("a,b,c", ",", -1)', null],
    ['split("abc", "", 1)', 'b'],
    ['substring("abc", 2, 0)', 'ab'],
    ['slice([1, 2, 3], 1)', [2, 3]],
    ['contains([1, "a"], "a")', true],
    ['contains("a1", 1)', true],
    ['length(padStart("x", 1e9))', 10_000],
    ['extract("abc", /x/)', null],
    ['extract("abc", /(a)|(z)/, 2)', null],
    ['extract("abc", /b./)', 'bc'],
    ['matches("ABC", /b/i) && matches("ABC", /b/i)', true],
    ['"abc"[1]', 'b'],
    ['"abc".length', 3],
  ])('%s is %j', (text, value) => {
    expect(evaluate(text)).toEqual(value);
  });
});

describe('numbers', () => {
  test.each([
    ['round(2.5)', 3],
    ['round(-2.5)', -2],
    ['round(1234.5678, -2)', 1200],
    ['round(1e300, 2)', 1e300],
    ['round(0.1 + 0.2, 10)', 0.3],
    ['round(5, -400)', 0],
    ['round(5, 400)', 5],
    ['number("")', null],
    ['number("0x10")', null],
    ['number("1e3")', 1000],
    ['number("-.5")', -0.5],
    ['number("5 apples")', null],
    ['number(false)', 0],
    ['bool("yes")', null],
    ['bool(0)', false],
    ['text([1, { a: null }])', '[1,{"a":null}]'],
    ['text(null)', null],
    ['fromJson("{")', null],
    ['coalesce(null, 0)', 0],
    ['hash("a") == hash("a") && hash(1) == hash(1.0) && hash(0.5) != hash(0.25)', true],
  ])('%s is %j', (text, value) => {
    expect(evaluate(text)).toEqual(value);
  });

  test('a 64-bit integer of a binary codec is no number until number() makes it one', () => {
    expect(evaluate('number(x) + 1', { x: 41n })).toBe(42);
    expect(evaluate('toJson([x])', { x: 41n })).toBe('[41]');
    expect(errorOf(() => evaluate('x + 1', { x: 41n })).code).toBe('WEIR_TYPE');
    expect(evaluate('number(x)', { x: new Date(5) })).toBe(5);
  });
});

describe('values that JSON has not', () => {
  const row = { b: new Uint8Array([255, 0]), n: 7n, d: new Date(0) };

  test.each([
    ['text(b)', '/wA='],
    ['text(n)', '7'],
    ['text(d)', '1970-01-01T00:00:00.000Z'],
    ['`${b} ${n} ${d}`', '/wA= 7 1970-01-01T00:00:00.000Z'],
    ['toJson([b, n, d])', '["/wA=",7,"1970-01-01T00:00:00.000Z"]'],
    ['text({ b: b })', '{"b":"/wA="}'],
    ['b[0] + b.length', 257],
  ])('%s is %j', (text, value) => {
    expect(evaluate(text, row)).toBe(value);
  });
});

describe('time', () => {
  const times = [-62135596800000, -1, 0, 951782400000, 1769860800123, 4102444799999];

  test.each(times)('the parts of %d are those of Date', (ms) => {
    const date = new Date(ms);
    const parts = '[year(t), month(t), day(t), hour(t), minute(t), second(t), dayOfWeek(t)]';
    expect(evaluate(parts, { t: ms })).toEqual([
      date.getUTCFullYear(),
      date.getUTCMonth() + 1,
      date.getUTCDate(),
      date.getUTCHours(),
      date.getUTCMinutes(),
      date.getUTCSeconds(),
      date.getUTCDay() || 7,
    ]);
    const iso = `formatTime(t, "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")`;
    expect(evaluate(iso, { t: ms })).toBe(date.toISOString());
    expect(evaluate(`parseTime(${iso})`, { t: ms })).toBe(ms);
  });

  test.each([
    ['second', '2026-01-31T18:30:15.250Z', '2026-01-31T18:30:15.000Z'],
    ['minute', '2026-01-31T18:30:15.250Z', '2026-01-31T18:30:00.000Z'],
    ['hour', '1969-12-31T18:30:15.250Z', '1969-12-31T18:00:00.000Z'],
    ['day', '1969-12-31T18:30:15.250Z', '1969-12-31T00:00:00.000Z'],
    ['week', '2026-02-01T18:30:15.250Z', '2026-01-26T00:00:00.000Z'],
    ['week', '2026-01-26T00:00:00.000Z', '2026-01-26T00:00:00.000Z'],
    ['week', '1969-12-30T12:00:00.000Z', '1969-12-29T00:00:00.000Z'],
    ['month', '2024-02-29T23:59:59.999Z', '2024-02-01T00:00:00.000Z'],
    ['year', '0004-02-29T23:59:59.999Z', '0004-01-01T00:00:00.000Z'],
  ])('the start of the %s of %s is %s', (unit, time, start) => {
    const t = Date.parse(time);
    expect(new Date(evaluate(`startOf(t, "${unit}")`, { t }) as number).toISOString()).toBe(start);
  });

  test.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T12:30', '2026-01-31T12:30:00.000Z'],
    ['2026-01-31 12:30:15', '2026-01-31T12:30:15.000Z'],
    ['2026-01-31T12:30:15.1234567Z', '2026-01-31T12:30:15.123Z'],
    ['2026-01-31T12:30:15,5+02:00', '2026-01-31T10:30:15.500Z'],
    ['2026-01-31T12:30:15-0530', '2026-01-31T18:00:15.000Z'],
    ['2026-01-31T12:30:15+01', '2026-01-31T11:30:15.000Z'],
    ['0099-03-01', '0099-03-01T00:00:00.000Z'],
  ])('%s is %s, whatever the time zone of the machine', (text, iso) => {
    expect(new Date(evaluate('parseTime(t)', { t: text }) as number).toISOString()).toBe(iso);
  });

  test.each(['', 'soon', '2026-02-29', '2026-13-01', '2026-01-31T24:00', '2026-01-31T12:60', '31.1.2026', '20260131'])(
    '%j is no time',
    (t) => {
      expect(evaluate('parseTime(t)', { t })).toBeNull();
    },
  );

  test('what is not a moment has parts that are not numbers, and no text', () => {
    for (const t of [Number.NaN, Number.POSITIVE_INFINITY, 1e20]) {
      expect(evaluate('[year(t), dayOfWeek(t)]', { t })).toEqual([Number.NaN, Number.NaN]);
      expect(evaluate('formatTime(t, "yyyy")', { t })).toBeNull();
    }
  });

  test('what is known of the record', () => {
    expect(evaluate('[eventTime(), order(), key()]')).toEqual([AT.time, AT.order, AT.key]);
    expect(evaluate('[key, order]', { key: 1, order: 2 })).toEqual([1, 2]);
  });
});
