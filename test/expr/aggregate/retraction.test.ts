import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aggregates } from '../../../src/expr/aggregate/functions.ts';
import { type Aggregation, parseAggregation, type RetractableAggregation } from '../../../src/expr/aggregation.ts';
import type { At, Row } from '../../../src/stage/row.ts';
import { tries } from '../../support/thorough.ts';
import { AT, errorOf } from '../evaluate.ts';
import { modelOf } from './model.ts';

/*
 * The law of taking back: whatever was added, merged, stored and taken back, in whatever order, the result is that of the
 * records that are left.
 */

interface Event {
  row: Row;
  at: At;
}

const approximate = ['distinctApprox', 'heavyHitters'];
const calls: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...aggregates.keys()].map((name) => [name, `${name}(x)`])),
  quantile: 'quantile(x, 0.8)',
  collect: 'collect(x, 3)',
  topK: 'topK(x, 2)',
};
const exact = Object.entries(calls).filter(([name]) => !approximate.includes(name));

const integers = fc.oneof(
  fc.integer({ min: -5, max: 5 }).map((x) => x + 0),
  fc.integer(),
  fc.constant(null),
);
const decimals = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => x + 0),
  fc.constant(null),
);
const scalars = fc.oneof(
  fc.integer({ min: -2, max: 2 }).map((x) => x + 0),
  fc.constantFrom('a', 'b', 'ab', ''),
  fc.constant(null),
);

const event = (values: fc.Arbitrary<unknown>): fc.Arbitrary<Event> =>
  fc.record({
    row: fc.record({ x: values, keep: fc.boolean() }),
    // Few times and orders, so that there are ties of both.
    at: fc.record({ time: fc.nat(3), order: fc.nat(3), key: fc.constant(null) }),
  });

/** One thing after the other: a new event is added, or the one at a place among those that are left is taken back. */
const steps = (values: fc.Arbitrary<unknown>): fc.Arbitrary<Step[]> => {
  const add = fc.record({ event: event(values) });
  const take = fc.record({ take: fc.nat() });
  return fc.array(fc.oneof({ arbitrary: add, weight: 3 }, { arbitrary: take, weight: 2 }), {
    maxLength: 80,
    size: 'max',
  });
};

type Step = { event: Event } | { take: number };

/** Does all steps to an accumulator, and says what is left. */
function run(aggregation: RetractableAggregation, accumulator: unknown, steps: readonly Step[], left: Event[]): void {
  for (const step of steps) {
    if ('event' in step) {
      left.push(step.event);
      aggregation.add(accumulator, step.event.row, step.event.at);
    } else if (left.length > 0) {
      const [{ row, at }] = left.splice(step.take % left.length, 1) as [Event];
      aggregation.remove(accumulator, { ...row }, { ...at });
    }
  }
}

function stored(aggregation: Aggregation, accumulator: unknown): unknown {
  return aggregation.decode(structuredClone(aggregation.encode(accumulator)));
}

type Same = (actual: unknown, expected: unknown) => void;
const same: Same = (actual, expected) => expect(actual).toEqual(expected);
const near: Same = (actual, expected) => {
  if (typeof expected !== 'number') expect(actual).toEqual(expected);
  else expect(Math.abs((actual as number) - expected)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(expected)));
};

function check(name: string, text: string, values: fc.Arbitrary<unknown>, isSame: Same) {
  const plain = parseAggregation({ it: text });
  const aggregation = plain.retractable();
  fc.assert(
    fc.property(steps(values), steps(values), steps(values), (a, b, c) => {
      const left: Event[] = [];
      const others: Event[] = [];
      const other = aggregation.create();
      const accumulator = aggregation.create();
      run(aggregation, accumulator, a, left);
      run(aggregation, other, b, others);
      isSame(aggregation.result(accumulator, {}).it, modelOf(name, left));
      aggregation.merge(accumulator, stored(aggregation, other));
      isSame(aggregation.result(other, {}).it, modelOf(name, others));
      left.push(...others);
      const restored = stored(aggregation, accumulator);
      run(aggregation, restored, c, left);
      isSame(aggregation.result(restored, {}).it, modelOf(name, left));
      expect(aggregation.isEmpty(restored)).toBe(left.length === 0);
      // And it is what a fresh accumulator of what is left says.
      const fresh = plain.create();
      for (const { row, at } of left) plain.add(fresh, row, at);
      isSame(aggregation.result(restored, {}).it, plain.result(fresh, {}).it);
      for (const { row, at } of left) aggregation.remove(restored, row, at);
      expect(aggregation.isEmpty(restored)).toBe(true);
      same(aggregation.result(restored, {}).it, modelOf(name, []));
    }),
    { numRuns: tries(120) },
  );
}

describe('after any adding and taking back the result is that of what is left', () => {
  test.each(exact)('%s, of integers', (name, text) => {
    check(name, text, integers, /variance|stddev/.test(name) ? near : same);
  });
  test.each(exact)('%s, of decimals', (name, text) => {
    check(name, text, decimals, near);
  });
  test.each(exact.filter(([name]) => aggregates.get(name)?.takes !== 'finite'))(
    '%s, of numbers and texts',
    (name, text) => check(name, text, scalars, same),
  );
});

describe('what is exact', () => {
  const aggregation = parseAggregation({
    sum: 'sum(x)',
    mean: 'mean(x)',
    variance: 'variance(x)',
    n: 'count(x)',
  }).retractable();
  const left = (add: readonly number[], remove: readonly number[]) => {
    const accumulator = aggregation.create();
    for (const x of add) aggregation.add(accumulator, { x }, AT);
    for (const x of remove) aggregation.remove(accumulator, { x }, AT);
    return aggregation.result(accumulator, {});
  };

  test('integers come back to 0, also beyond 2^53', () => {
    expect(left([2 ** 53, 1, 5, -5], [2 ** 53, 1])).toMatchObject({ sum: 0, mean: 0, n: 2, variance: 50 });
    expect(left([2 ** 60, 3, 4], [2 ** 60])).toMatchObject({ sum: 7, mean: 3.5, variance: 0.5 });
  });

  test('small values survive a large one that came and went', () => {
    expect(left([1, 1e9, 2, 3], [1e9])).toEqual({ sum: 6, mean: 2, variance: 1, n: 3 });
    expect(left([0.1, 1e12, 0.2], [1e12]).variance).toBeCloseTo(0.005, 7);
  });

  test('the variance survives a mean that is large against it', () => {
    const large = [4, 7, 13, 16].map((x) => x + 1e9);
    expect(left([...large, 3], [3]).variance).toBe(30);
    expect(
      left(
        large.map((x) => x + 1e12),
        [],
      ).variance,
    ).toBe(30);
  });

  test('nothing is null, and no rounding is left behind', () => {
    const accumulator = aggregation.create();
    for (const x of [0.1, 0.7, 1e300, 1.7e308, 1.7e308]) aggregation.add(accumulator, { x }, AT);
    for (const x of [1.7e308, 0.1, 1.7e308, 1e300, 0.7]) aggregation.remove(accumulator, { x }, AT);
    expect(aggregation.result(accumulator, {})).toEqual({ sum: null, mean: null, variance: null, n: 0 });
    expect(accumulator).toEqual(aggregation.create());
  });
});

test('conditions and nulls hold for what is taken back as for what was added', () => {
  const spec = {
    big: 'sum(x, { where: x > 2 })',
    n: 'count({ where: keep })',
    all: 'count()',
    low: 'min(x, { where: keep })',
  };
  const aggregation = parseAggregation(spec).retractable();
  const accumulator = aggregation.create();
  const rows = [
    { x: 5, keep: true },
    { x: 1, keep: true },
    { x: null, keep: true },
    { keep: false },
    { x: 3, keep: false },
  ];
  for (const row of rows) aggregation.add(accumulator, row, AT);
  expect(aggregation.result(accumulator, {})).toEqual({ big: 8, n: 3, all: 5, low: 1 });
  for (const row of [rows[1], rows[3], rows[4]] as Row[]) aggregation.remove(accumulator, row, AT);
  expect(aggregation.result(accumulator, {})).toEqual({ big: 5, n: 2, all: 2, low: 5 });
});

describe('a record that was never added', () => {
  const spec = { n: 'count()', sum: 'sum(y)', max: 'max(x)', kinds: 'distinct(s)', last: 'last(s)' };
  const aggregation = parseAggregation(spec).retractable();
  const at = { time: 5, order: 1, key: null };
  const row = { x: 3, y: 1, s: 'a' };

  test.each<[string, Row, At]>([
    ['max()', { ...row, x: 4 }, at],
    ['distinct()', { ...row, s: 'b' }, at],
    ['distinct()', row, { ...at, order: 2 }],
    ['distinct()', row, { ...at, time: 4 }],
  ])('is refused by %s and changes nothing: %o at %o', (by, other, when) => {
    const accumulator = aggregation.create();
    aggregation.add(accumulator, row, at);
    const before = structuredClone(aggregation.encode(accumulator));
    const error = errorOf(() => aggregation.remove(accumulator, other, when));
    expect(error.code).toBe('WEIR_RETRACTION');
    expect(error.message).toContain(by);
    expect(aggregation.encode(accumulator)).toEqual(before);
  });

  test('is refused when nothing is left', () => {
    const accumulator = aggregation.create();
    expect(errorOf(() => aggregation.remove(accumulator, {}, at)).code).toBe('WEIR_RETRACTION');
    aggregation.add(accumulator, row, at);
    aggregation.remove(accumulator, row, at);
    expect(errorOf(() => aggregation.remove(accumulator, row, at)).code).toBe('WEIR_RETRACTION');
    expect(aggregation.isEmpty(accumulator)).toBe(true);
  });

  test('is refused for its type as it was when it came', () => {
    const accumulator = aggregation.create();
    aggregation.add(accumulator, row, at);
    expect(errorOf(() => aggregation.remove(accumulator, { ...row, y: 'one' }, at)).code).toBe('WEIR_TYPE');
    expect(aggregation.result(accumulator, {})).toMatchObject({ n: 1, sum: 1 });
  });
});

describe('what cannot be taken back', () => {
  test.each(approximate)('%s says so', (name) => {
    const aggregation = parseAggregation({
      n: 'count()',
      it: `1 + size([${calls[name]!.replace(')', name === 'heavyHitters' ? ', 3)' : ')')}])`,
    });
    expect(aggregation.removable).toMatch(new RegExp(`^it: ${name}\\(\\) cannot take records back: `));
    const error = errorOf(() => aggregation.retractable());
    expect(error.code).toBe('WEIR_NOT_RETRACTABLE');
    expect(error.message).toBe(aggregation.removable);
  });

  test('all others can be, and are the same aggregates', () => {
    const aggregation = parseAggregation(Object.fromEntries(exact));
    expect(aggregation.removable).toBe(true);
    const retractable = aggregation.retractable();
    expect(retractable.removable).toBe(true);
    expect(retractable.retractable()).toBe(retractable);
    expect(retractable.names).toEqual(aggregation.names);
    expect(retractable.fields).toEqual(aggregation.fields);
    expect('remove' in aggregation).toBe(false);
    expect('isEmpty' in aggregation).toBe(false);
  });

  test('what several aggregates keep is kept once', () => {
    const slots = (spec: Record<string, string>) => (parseAggregation(spec).retractable().create() as unknown[]).length;
    expect(slots({ a: 'min(x)', b: 'max(x)', c: 'median(x)', d: 'quantile(x, 0.9)' })).toBe(2);
    expect(slots({ a: 'first(x)', b: 'last(x)', c: 'collect(x, 3)', d: 'collect(x, 4)' })).toBe(2);
    expect(slots({ a: 'distinct(x)', b: 'topK(x, 3)' })).toBe(2);
    expect(slots({ a: 'count()', b: 'count() + 1' })).toBe(1);
  });
});
