import { Packr, Unpackr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { aggregates } from '../../src/expr/aggregate/functions.ts';
import { type Aggregation, parseAggregation } from '../../src/expr/aggregation.ts';
import type { Row } from '../../src/stage/row.ts';
import { AT, errorOf } from './evaluate.ts';

/** The result for records that came one after the other, a second apart. */
function resultOf(aggregation: Aggregation, rows: readonly Row[], extra: Record<string, unknown> = {}): Row {
  const accumulator = aggregation.create();
  rows.forEach((row, i) => {
    aggregation.add(accumulator, row, { ...AT, time: i * 1000, order: i });
  });
  return aggregation.result(accumulator, extra);
}

const of = (text: string, rows: readonly Row[]) => resultOf(parseAggregation({ it: text }), rows).it;

describe.each([...aggregates.values()])('$signature', ({ name, example: [text, rows, value] }) => {
  test('gives what its example says', () => {
    expect(of(text, rows)).toEqual(value);
  });

  test('of no values is null, of counts 0, of lists empty', () => {
    const nothing = /^count|^distinct/.test(name) ? 0 : /^collect|^topK|^heavy/.test(name) ? [] : null;
    const call = text.replace(/\{.*\}/, 'x');
    expect(of(call, [])).toEqual(nothing);
    expect(of(call, [{}, { x: null }, { x: undefined }])).toEqual(nothing);
    expect(of(text.replace(/\)$/, ', { where: false })').replace(/\{.*\}, /, 'x, '), rows)).toEqual(nothing);
  });

  test('takes only the records for which its condition holds', () => {
    const call = text.replace(/\{.*\}/, 'x').replace(/\)$/, ', { where: keep })');
    const noise = [{ x: 100 }, { x: -7 }, { x: 55 }];
    const kept = rows.map((row) => ({ ...row, keep: true }));
    const value = of(text.replace(/\{.*\}/, 'x'), rows);
    expect(of(call, [noise[0]!, ...kept.slice(0, 2), noise[1]!, ...kept.slice(2), noise[2]!])).toEqual(value);
  });
});

describe('a specification', () => {
  test('is expressions over aggregates of expressions', () => {
    const aggregation = parseAggregation(
      {
        share: 'round(sum(bytes * 2, { where: port == 80 }) / sum(bytes * 2) * 100, 1)',
        span: 'windowEnd - windowStart',
        label: '`${host}: ${count()}`',
        widest: 'max(max(a, b))',
        either: 'max(sum(a), sum(b))',
        none: 'sum(c) ?? -1',
      },
      { names: ['host'] },
    );
    const rows = [
      { bytes: 300, port: 80, a: 1, b: 4 },
      { bytes: 600, port: 22, a: 2, b: 3 },
    ];
    expect(aggregation.names).toEqual(['share', 'span', 'label', 'widest', 'either', 'none']);
    expect(aggregation.fields).toEqual([['bytes'], ['port'], ['a'], ['b'], ['c']]);
    expect(resultOf(aggregation, rows, { windowStart: 5, windowEnd: 15, host: 'h1' })).toEqual({
      share: 33.3,
      span: 10,
      label: 'h1: 2',
      widest: 4,
      either: 7,
      none: -1,
    });
  });

  test('computes equal parts once', () => {
    const slots = (spec: Record<string, string>) => (parseAggregation(spec).create() as unknown[]).length;
    expect(slots({ a: 'count()', b: 'count() + 1' })).toBe(1);
    expect(slots({ a: 'sum(x)', b: 'mean( x )', c: 'count(x)' })).toBe(3);
    expect(slots({ a: 'median(x)', b: 'quantile(x, 0.9)', c: 'quantile(x, 0.95)' })).toBe(1);
    expect(slots({ a: 'variance(x)', b: 'stddev(x)' })).toBe(3);
    expect(slots({ a: 'count({ where: x > 1 })', b: 'count({ where: x > 2 })' })).toBe(2);
    expect(slots({ a: 'collect(x, 2)', b: 'collect(x, 3)' })).toBe(2);
    expect(slots({ a: 'topK(x, 2)', b: 'topK(x, 3)' })).toBe(1);
    expect(slots({ a: 'heavyHitters(x, 2)', b: 'heavyHitters(x, 3)', c: 'heavyHitters(x, 3, 10)' })).toBe(2);
    expect(slots({ a: 'distinctApprox(x)', b: 'distinctApprox(x, 12)', c: 'distinctApprox(x, 14)' })).toBe(2);
  });

  test('reads the time and order of each record inside of an aggregate', () => {
    expect(of('max(eventTime()) - min(order())', [{}, {}, {}])).toBe(2000);
  });
});

describe('exactness', () => {
  test('sums of integers are exact beyond 2^53', () => {
    const big = 2 ** 53;
    expect(of('sum(x)', [{ x: big }, { x: 1 }, { x: 1 }, { x: 1 }, { x: -big }])).toBe(3);
    expect(of('sum(x)', [...Array(1000).fill({ x: 2 ** 60 }), ...Array(1000).fill({ x: 1 })])).toBe(
      1000 * 2 ** 60 + 1000,
    );
  });

  test('other sums do not lose what is small', () => {
    expect(of('sum(x)', [{ x: 1 }, { x: 1e100 }, { x: 1 }, { x: -1e100 }])).toBe(2);
    expect(of('sum(x)', Array(10).fill({ x: 0.1 }))).toBe(1);
    expect(of('mean(x)', Array(1000).fill({ x: 0.1 }))).toBe(0.1);
  });

  test('a sum that overflows is infinite, not NaN', () => {
    expect(of('sum(x)', [{ x: 1.7e308 }, { x: 1.7e308 }, { x: 1 }])).toBe(Number.POSITIVE_INFINITY);
  });

  test('the variance survives a mean that is large against it', () => {
    expect(of('variance(x)', [{ x: 1e9 + 4 }, { x: 1e9 + 7 }, { x: 1e9 + 13 }, { x: 1e9 + 16 }])).toBe(30);
    expect(of('variance(x)', [{ x: 5 }])).toBeNull();
  });
});

describe('min, max, first, last, distinct, collect', () => {
  test('take texts, and have one answer for numbers among them', () => {
    const rows = [{ x: 'b' }, { x: 'a' }, { x: 5 }, { x: 3 }];
    expect(['min(x)', 'max(x)', 'distinct(x)'].map((text) => of(text, rows))).toEqual([3, 'b', 4]);
  });

  test('no zero has a sign', () => {
    expect(of('min(x)', [{ x: -0 }])).toBe(0);
    expect(of('max(x)', [{ x: 0 }, { x: -0 }])).toBe(0);
  });

  test('go by event time, then order, whatever comes first', () => {
    const aggregation = parseAggregation({ first: 'first(x)', last: 'last(x)', list: 'collect(x, 3)' });
    const accumulator = aggregation.create();
    const add = (x: unknown, time: number, order: number) =>
      aggregation.add(accumulator, { x }, { time, order, key: null });
    add('c', 5, 2);
    add('a', 1, 9);
    add('d', 5, 3);
    add('b', 5, 1);
    expect(aggregation.result(accumulator, {})).toEqual({ first: 'a', last: 'd', list: ['a', 'b', 'c'] });
  });

  test('take objects where a value may be anything', () => {
    expect(of('collect({ x, y: x * 2 })', [{ x: 1 }, { x: 2 }])).toEqual([
      { x: 1, y: 2 },
      { x: 2, y: 4 },
    ]);
    expect(of('last([x])', [{ x: 1 }, { x: 2 }])).toEqual([2]);
  });
});

describe('a record with a wrong value', () => {
  test.each([
    ['sum(x)', 'a', 'sum() takes finite numbers, not text'],
    ['mean(x + 0)', Number.NaN, 'mean() takes finite numbers, not NaN'],
    ['stddev(x)', Number.POSITIVE_INFINITY, 'stddev() takes finite numbers, not infinity'],
    ['median(x)', Number.NEGATIVE_INFINITY, 'median() takes finite numbers'],
    ['min(x)', Number.NaN, 'min() takes numbers or texts, not NaN'],
    ['max(x)', true, 'max() takes numbers or texts, not bool'],
    ['distinct(x)', [], 'distinct() takes numbers, texts or bools, not list'],
    ['distinct(x)', Number.NaN, 'distinct() takes'],
    ['count({ where: x > 1 })', 'a', '> takes two numbers or two texts, not text and number'],
  ])('%s of %s is WEIR_TYPE', (text, x, says) => {
    const error = errorOf(() => of(`1 + ${text}`, [{ x }]));
    expect(error.code).toBe('WEIR_TYPE');
    expect(error.message).toContain(says);
    expect(error.data).toMatchObject({ text: `1 + ${text}` });
  });

  test('is told of by the aggregate that refuses it', () => {
    const aggregation = parseAggregation({ n: 'count(x)', most: 'max(x)', all: '2 * sum(x)' });
    const error = errorOf(() => aggregation.add(aggregation.create(), { x: 'a' }, AT));
    expect(error.message).toContain('sum() takes finite numbers, not text');
    expect(error.data).toMatchObject({ text: '2 * sum(x)', column: 5 });
  });

  test('leaves no trace in any aggregate', () => {
    const aggregation = parseAggregation({ n: 'count()', max: 'max(y)', n2: 'count({ where: y > 0 })', sum: 'sum(x)' });
    const accumulator = aggregation.create();
    aggregation.add(accumulator, { x: 1, y: 1 }, AT);
    const before = structuredClone(accumulator);
    expect(errorOf(() => aggregation.add(accumulator, { x: 'a', y: 2 }, AT)).code).toBe('WEIR_TYPE');
    expect(accumulator).toEqual(before);
  });

  test('may be left out by a condition', () => {
    expect(of('sum(x, { where: isNumber(x) })', [{ x: 'a' }, { x: 2 }, { x: Number.NaN }])).toBe(2);
  });
});

describe('is refused', () => {
  test.each([
    ['price', 1, 'write last(price)'],
    ['sum(x) / price.net', 10, 'price.net stands outside'],
    ['windowStrt', 1, 'did you mean windowStart'],
    ['eventTime()', 1, 'last(eventTime())'],
    ['1 + 2', 1, 'nothing is aggregated'],
    ['sum(mean(x))', 5, 'inside of sum()'],
    ['count({ where: count() > 1 })', 7, 'inside of count()'],
    ['sum()', 1, 'does not take 0 arguments'],
    ['count(x, y)', 1, 'does not take 2 arguments'],
    ['sum(x, { were: y })', 8, 'did you mean where'],
    ['count({ x: 1 })', 7, '{ where: condition }'],
    ['sum(x, { where: y, also: z })', 8, '{ where: condition }'],
    ['quantile(x)', 1, 'q: number'],
    ['quantile(x, 95)', 13, 'from 0 to 1'],
    ['quantile(x, q)', 13, 'written out'],
    ['collect(x, 0.5)', 12, 'whole number from 1'],
    ['topK(x)', 1, 'k: number'],
    ['heavyHitters(x, 20, 10)', 1, 'k, 20, is more than capacity, 10'],
    ['heavyHitters(x, 2, n)', 20, 'written out'],
    ['distinctApprox(x, 3)', 19, 'a whole number from 4 to 18 as precision'],
    ['topK([x], 3)', 6, 'numbers, texts or bools, not a list'],
    ['sum("a")', 5, 'finite numbers, not a text'],
    ['sum(x > 1)', 7, 'count({ where: condition })'],
    ['max(a, b, { where: c })', 1, 'does not take 2 arguments'],
    ['meen(x)', 1, 'did you mean mean()'],
    ['avg(x)', 1, 'write mean(x)'],
    ['sum(x).length > 1 ? __proto__ : 1', 21, 'stands outside'],
  ])('%s', (text, column, says) => {
    const error = errorOf(() => parseAggregation({ it: text }));
    expect(error.code).toBe('WEIR_EXPRESSION');
    expect(error.message).toContain(says);
    expect(error.data).toMatchObject({ column, text, name: 'it' });
  });

  test('the name __proto__', () => {
    expect(errorOf(() => parseAggregation(JSON.parse('{"__proto__":"count()"}'))).code).toBe('WEIR_EXPRESSION');
  });
});

describe('an accumulator', () => {
  const spec = {
    n: 'count()',
    sum: 'sum(x)',
    min: 'min(x)',
    first: 'first(s)',
    sd: 'stddev(x)',
    p: 'quantile(x, 0.9)',
    d: 'distinct(s)',
    about: 'distinctApprox(x, 8)',
    top: 'topK(s, 3)',
    heavy: 'heavyHitters(x, 3, 50)',
    list: 'collect(s, 5)',
  };
  const aggregation = parseAggregation(spec);
  const filled = (count: number) => {
    const accumulator = aggregation.create();
    for (let i = 0; i < count; i++) {
      aggregation.add(accumulator, { x: (i * 7919) % 1009, s: `s${i % 20}` }, { time: i, order: i, key: null });
    }
    return accumulator;
  };

  test.each([0, 1, 100, 5000])('of %d records survives msgpack and goes on as before', (count) => {
    const accumulator = filled(count);
    const restored = aggregation.decode(new Unpackr().unpack(new Packr().pack(aggregation.encode(accumulator))));
    expect(restored).toEqual(accumulator);
    for (const each of [accumulator, restored])
      aggregation.add(each, { x: 3, s: 'new' }, { time: 9e9, order: 1, key: null });
    expect(aggregation.result(restored, {})).toEqual(aggregation.result(accumulator, {}));
  });

  test.each([1, 100, 5000])(
    'of %d records is not changed by being merged into another, nor by what that does then',
    (count) => {
      const other = filled(count);
      const before = structuredClone(other);
      const windows = [aggregation.create(), filled(3)];
      for (const window of windows) {
        aggregation.merge(window, other);
        aggregation.merge(window, other);
        aggregation.add(window, { x: 3, s: 'new' }, { time: 0, order: 0, key: null });
      }
      expect(other).toEqual(before);
    },
  );

  test('is not changed by reading its result', () => {
    const accumulator = filled(450);
    const before = structuredClone(accumulator);
    aggregation.result(accumulator, {});
    expect(accumulator).toEqual(before);
  });
});
