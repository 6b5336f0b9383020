import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WeirError } from '../../../src/base/errors.ts';
import { faultOfAggregate, type UserAggregate } from '../../../src/expr/aggregate/user.ts';
import { parseAggregation } from '../../../src/expr/aggregation.ts';
import { modulesIn } from '../../../src/expr/module-name.ts';
import type { Row } from '../../../src/stage/row.ts';
import { AT, errorOf, evaluate } from '../evaluate.ts';

/** The difference between the greatest and the least, of all values kept. */
const spread: UserAggregate<{ values: number[] }, number> = {
  create: () => ({ values: [] }),
  add: (accumulator, value) => accumulator.values.push(value),
  merge: (into, other) => into.values.push(...other.values),
  result: ({ values }) => (values.length === 0 ? undefined : Math.max(...values) - Math.min(...values)),
  remove: ({ values }, value) => {
    const at = values.indexOf(value);
    if (at < 0) throw new WeirError('SPREAD_NONE', `${value} is not there`);
    values.splice(at, 1);
  },
};

/** The latest time, as a Map that is stored as a list. */
const seen = {
  create: () => new Map<string, number>(),
  add: (accumulator: Map<string, number>, value: string, at: { time: number }) => void accumulator.set(value, at.time),
  merge: (into: Map<string, number>, other: Map<string, number>) => {
    for (const [key, time] of other) into.set(key, time);
  },
  result: (accumulator: Map<string, number>) => Object.fromEntries(accumulator),
  encode: (accumulator: Map<string, number>) => [...accumulator],
  decode: (stored: [string, number][]) => new Map(stored),
};

const modules = new Map<string, UserAggregate>([
  ['./lib/spread.mjs#spread', spread],
  ['../seen.js', seen],
]);
const parse = (spec: Record<string, string>) => parseAggregation(spec, { modules });

function resultOf(spec: Record<string, string>, rows: readonly Row[]): Row {
  const aggregation = parse(spec);
  const accumulator = aggregation.create();
  for (const [i, row] of rows.entries()) aggregation.add(accumulator, row, { ...AT, time: i });
  return aggregation.result(accumulator, {});
}

const rows = [
  { x: 4, s: 'a' },
  { x: 1, s: 'b' },
  { x: null, s: 'a' },
  { x: 9, s: null },
];

describe('an aggregate of a module', () => {
  test('is called by its name, with conditions, among others', () => {
    const spec = {
      width: './lib/spread.mjs#spread(x)',
      share: 'round(./lib/spread.mjs#spread(x * 2, { where: x < 9 }) / max(x), 2)',
      none: './lib/spread.mjs#spread(x, { where: false })',
      seen: '../seen.js(s)',
      text: '`${ ./lib/spread.mjs#spread(x) } wide`',
    };
    const values = { width: 8, share: 0.67, none: null, seen: { a: 2, b: 1 }, text: '8 wide' };
    expect(resultOf(spec, rows)).toEqual(values);
    expect(parse(spec).fields).toEqual([['x'], ['s']]);
  });

  test('takes a list or an object as a value', () => {
    const pairs: UserAggregate = { ...spread, add: (all, { a, b }) => all.values.push(a - b) };
    const aggregation = parseAggregation(
      { it: './pairs.js({ a: x, b: y })' },
      { modules: new Map([['./pairs.js', pairs]]) },
    );
    const accumulator = aggregation.create();
    for (const [x, y] of [
      [5, 1],
      [2, 3],
    ])
      aggregation.add(accumulator, { x, y }, AT);
    expect(aggregation.result(accumulator, {})).toEqual({ it: 5 });
  });

  test('is computed once where it stands twice', () => {
    expect(parse({ a: '../seen.js(s)', b: '../seen.js( s )' }).create()).toHaveLength(1);
    expect(parse({ a: '../seen.js(s)', b: '../seen.js(x)' }).create()).toHaveLength(2);
  });

  test('is merged and stored as the module says', () => {
    const aggregation = parse({ width: './lib/spread.mjs#spread(x)', seen: '../seen.js(s)' });
    const [a, b] = [aggregation.create(), aggregation.create()];
    rows.forEach((row, i) => {
      aggregation.add(i % 2 ? a : b, row, { ...AT, time: i });
    });
    const stored = structuredClone(aggregation.encode(b));
    expect(stored).toEqual([{ values: [4] }, [['a', 2]]]);
    aggregation.merge(a, aggregation.decode(stored));
    expect(aggregation.result(a, {})).toEqual({ width: 8, seen: { a: 2, b: 1 } });
  });

  test('can take values back if it has remove', () => {
    const aggregation = parse({ width: './lib/spread.mjs#spread(x)', n: 'count()' }).retractable();
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.nat(), (values, at) => {
        const accumulator = aggregation.create();
        for (const x of values) aggregation.add(accumulator, { x }, AT);
        const [gone] = values.splice(at % values.length, 1);
        aggregation.remove(accumulator, { x: gone }, AT);
        const width = values.length === 0 ? null : Math.max(...values) - Math.min(...values);
        expect(aggregation.result(accumulator, {})).toEqual({ width, n: values.length });
      }),
    );
    const without = parse({ seen: 'size(../seen.js(s))' });
    expect(without.removable).toBe('seen: ../seen.js() cannot take records back: its module has no remove');
    expect(errorOf(() => without.retractable()).code).toBe('WEIR_NOT_RETRACTABLE');
  });
});

describe('what an aggregate of a module throws', () => {
  const failing = (part: Partial<UserAggregate>) => {
    const aggregation = parseAggregation(
      { n: 'count()', bad: './bad.js#bad(x)' },
      { modules: new Map([['./bad.js#bad', { ...spread, ...part }]]) },
    );
    return { aggregation, accumulator: aggregation.create() };
  };
  const fail = () => {
    throw new TypeError('no good');
  };

  test('names it, is coded, and leaves the other aggregates as they were', () => {
    const { aggregation, accumulator } = failing({ add: fail });
    const error = errorOf(() => aggregation.add(accumulator, { x: 1 }, AT));
    expect(error).toMatchObject({ code: 'WEIR_AGGREGATE', message: './bad.js#bad: add failed: no good' });
    expect(error.data).toEqual({ aggregate: './bad.js#bad' });
    aggregation.add(accumulator, { x: null }, AT);
    expect(aggregation.result(accumulator, {}).n).toBe(1);
  });

  test.each<[string, Partial<UserAggregate>]>([
    ['merge', { merge: fail }],
    ['result', { result: fail }],
    ['encode', { encode: fail, decode: fail }],
    ['decode', { encode: (accumulator) => accumulator, decode: fail }],
  ])('says that it was in %s', (what, part) => {
    const { aggregation, accumulator } = failing(part);
    const error = errorOf(() => {
      aggregation.merge(accumulator, aggregation.create());
      aggregation.decode(aggregation.encode(accumulator));
      aggregation.result(accumulator, {});
    });
    expect(error).toMatchObject({ code: 'WEIR_AGGREGATE', message: `./bad.js#bad: ${what} failed: no good` });
  });

  test('keeps a code of its own', () => {
    const aggregation = parse({ width: './lib/spread.mjs#spread(x)' }).retractable();
    const accumulator = aggregation.create();
    aggregation.add(accumulator, { x: 1 }, AT);
    const error = errorOf(() => aggregation.remove(accumulator, { x: 2 }, AT));
    expect(error).toMatchObject({
      code: 'SPREAD_NONE',
      message: './lib/spread.mjs#spread: remove failed: 2 is not there',
    });
    expect(aggregation.isEmpty(accumulator)).toBe(false);
  });

  test.each([
    ['a promise', () => Promise.resolve(1)],
    ['a function', () => () => 1],
  ])('is said of a result that is %s', (what, result) => {
    const { aggregation, accumulator } = failing({ result });
    expect(errorOf(() => aggregation.result(accumulator, {})).message).toContain(`it returned ${what}`);
  });

  test('a result is made plain, and refused when it cannot be', () => {
    const of = (result: () => unknown) => {
      const { aggregation, accumulator } = failing({ result });
      return aggregation.result(accumulator, {});
    };
    expect(Object.values(of(() => new Map([['a\ud800', new Set([1])]])))).toContainEqual({ 'a\ufffd': [1] });
    expect(errorOf(() => of(() => ({ e: new RangeError('x') }))).code).toBe('WEIR_NOT_PLAIN');
  });
});

test('a module that is not loaded may be named, and its aggregate not used', () => {
  const aggregation = parseAggregation({ a: './later.js#x(y)', b: 'count()' });
  expect(aggregation.names).toEqual(['a', 'b']);
  expect(aggregation.fields).toEqual([['y']]);
  expect(aggregation.removable).toBe(true);
  expect(errorOf(() => aggregation.create()).code).toBe('WEIR_ASSERTION');
});

test.each<[string, unknown]>([
  ['it is not an object with create, add, merge and result', undefined],
  ['it is not an object with create, add, merge and result', () => 1],
  ['it has no merge and no result', { create: () => [], add() {} }],
  ['its remove is not a function', { ...spread, remove: true }],
  ['it has only one of encode and decode', { ...spread, encode: () => 1 }],
  ['its create does not return an object', { ...spread, create: () => 0 }],
  ['its add is async', { ...spread, add: async () => {} }],
  [
    'its create throws: oh',
    {
      ...spread,
      create: () => {
        throw new Error('oh');
      },
    },
  ],
  ['its accumulator is a Map, which needs encode and decode', { ...spread, create: () => new Map() }],
  ['its create returns the same object twice', { ...spread, create: () => spread }],
])('%s', (fault, value) => {
  expect(faultOfAggregate(value)).toBe(fault);
});

test('what is right has no fault', () => {
  expect(faultOfAggregate(spread)).toBeUndefined();
  expect(faultOfAggregate(seen)).toBeUndefined();
});

describe('a text', () => {
  test('names modules where it calls them, not within texts', () => {
    const names = (text: string) => modulesIn(text).map(({ name, column }) => `${column} ${name}`);
    expect(names('./a.mjs#f(x) / ../b/c.js(y)')).toEqual(['1 ./a.mjs#f', '16 ../b/c.js']);
    expect(names('"./a.js#f(x)" + `./b.js ${ ./c.js#d(x) }`')).toEqual(['28 ./c.js#d']);
    expect(names('contains(x, /.\\/"/) ? ./a.js(x) : 1 ./2')).toEqual(['23 ./a.js', '37 ./2']);
    expect(names('x ./* no */ y')).toEqual([]);
    expect(names('price / 2')).toEqual([]);
    expect(names('./a.js#f(x) + "open')).toEqual(['1 ./a.js#f']);
  });

  test.each([
    ['./a.js#f(x)', 1, './a.js#f() cannot be called here; put such code into a `map` step, or into an aggregate'],
    ['1 + ./a.js', 5, './a.js is a module, not a value; write ./a.js(value)'],
    ['x ./a.js', 3, "unexpected '.'"],
    ['x.y./a.js#f(x)', 4, 'unexpected'],
  ])('%s is refused outside of aggregates', (text, column, says) => {
    const error = errorOf(() => evaluate(text));
    expect(error.code).toBe('WEIR_EXPRESSION');
    expect(error.message).toContain(says);
    expect(error.data).toMatchObject({ column });
  });

  test.each([
    ['./a.js#f()', 1, 'does not take 0 arguments'],
    ['./a.js#f(x, 2)', 1, 'does not take 2 arguments'],
    ['sum(./a.js#f(x))', 5, 'inside of sum()'],
    ['./a.js#f(sum(x))', 10, 'inside of ./a.js#f()'],
    ['./a.js#f', 1, 'write ./a.js#f(value)'],
  ])('%s is refused in an aggregate', (text, column, says) => {
    const error = errorOf(() => parse({ it: text }));
    expect(error.code).toBe('WEIR_EXPRESSION');
    expect(error.message).toContain(says);
    expect(error.data).toMatchObject({ column, name: 'it' });
  });
});
