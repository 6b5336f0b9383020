import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prng } from '../../../src/base/prng.ts';
import { type Aggregation, parseAggregation } from '../../../src/expr/aggregation.ts';

type Counted = { value: unknown; count: number };

const AT = { time: 0, order: 0, key: null };

function fill(aggregation: Aggregation, values: readonly unknown[]): unknown {
  const accumulator = aggregation.create();
  for (const x of values) aggregation.add(accumulator, { x }, AT);
  return accumulator;
}

const of = (text: string, values: readonly unknown[]) => {
  const aggregation = parseAggregation({ it: text });
  return aggregation.result(fill(aggregation, values), {}).it as Counted[];
};

/** Plain counting and one sort. */
function countsOf(values: readonly unknown[]): Counted[] {
  const kinds = ['number', 'string', 'boolean'];
  return [...new Set(values)]
    .map((value) => ({ value, count: values.filter((each) => each === value).length }))
    .sort((a, b) => {
      if (a.count !== b.count) return b.count - a.count;
      if (typeof a.value !== typeof b.value) return kinds.indexOf(typeof a.value) - kinds.indexOf(typeof b.value);
      return (a.value as number) < (b.value as number) ? -1 : 1;
    });
}

const scalars = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map((x) => x + 0),
  fc.constantFrom('a', 'b', 'B', ''),
  fc.boolean(),
);

describe('topK', () => {
  test('is what counting and sorting give', () => {
    fc.assert(
      fc.property(fc.array(scalars, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (values, k) => {
        expect(of(`topK(x, ${k})`, values)).toEqual(countsOf(values).slice(0, k));
      }),
    );
  });

  test('puts ties in one order, numbers first', () => {
    const ties = [true, 'b', 'a', 2, 10, -1, false];
    const ordered = [-1, 2, 10, 'a', 'b', false, true].map((value) => ({ value, count: 1 }));
    expect(of('topK(x, 7)', ties)).toEqual(ordered);
    expect(of('topK(x, 7)', ties.toReversed())).toEqual(ordered);
    expect(of('topK(x, 3)', ties)).toEqual(ordered.slice(0, 3));
  });
});

describe('heavyHitters', () => {
  test('is topK while no more values differ than it remembers', () => {
    fc.assert(
      fc.property(fc.array(scalars, { maxLength: 60 }), (values) => {
        expect(of('heavyHitters(x, 5, 13)', values)).toEqual(of('topK(x, 5)', values));
      }),
    );
  });

  /** The bound, of all that is remembered, and of all that is not. */
  function checkBound(found: readonly Counted[], values: readonly unknown[], capacity: number): void {
    const bound = values.length / (capacity + 1);
    expect(found.length).toBeLessThanOrEqual(capacity);
    const reported = new Map(found.map(({ value, count }) => [value, count]));
    for (const { value, count } of countsOf(values)) {
      const below = count - (reported.get(value) ?? 0);
      expect(below, String(value)).toBeGreaterThanOrEqual(0);
      expect(below, String(value)).toBeLessThanOrEqual(bound);
    }
  }

  test('counts no value too often, and none more than n / (capacity + 1) times too seldom, merged or not', () => {
    const values = fc.array(fc.nat(20), { maxLength: 300 });
    const aggregation = (capacity: number) => parseAggregation({ it: `heavyHitters(x, ${capacity}, ${capacity})` });
    fc.assert(
      fc.property(values, values, values, fc.integer({ min: 1, max: 12 }), (a, b, c, capacity) => {
        const g = aggregation(capacity);
        checkBound(g.result(fill(g, [...a, ...b, ...c]), {}).it as Counted[], [...a, ...b, ...c], capacity);
        const merged = fill(g, a);
        const rest = fill(g, b);
        g.merge(rest, g.decode(structuredClone(g.encode(fill(g, c)))));
        g.merge(merged, rest);
        checkBound(g.result(merged, {}).it as Counted[], [...a, ...b, ...c], capacity);
      }),
    );
  });

  test('finds the frequent among many that come once', () => {
    const random = prng(7);
    const values = Array.from({ length: 30_000 }, (_, i) => {
      const r = random();
      return r < 0.2 ? 'first' : r < 0.35 ? 'second' : r < 0.45 ? 'third' : i;
    });
    const found = of('heavyHitters(x, 3, 20)', values);
    expect(found.map(({ value }) => value)).toEqual(['first', 'second', 'third']);
    for (const { value, count } of found) {
      const exact = values.filter((each) => each === value).length;
      expect(exact - count).toBeGreaterThanOrEqual(0);
      expect(exact - count).toBeLessThanOrEqual(30_000 / 21);
    }
  });

  test('two summaries merged either way remember the same', () => {
    const part = fc.array(fc.nat(30), { maxLength: 200 });
    const g = parseAggregation({ it: 'heavyHitters(x, 8, 8)' });
    fc.assert(
      fc.property(part, part, (a, b) => {
        const [ab, ba] = [fill(g, a), fill(g, b)];
        g.merge(ab, fill(g, b));
        g.merge(ba, fill(g, a));
        expect(g.result(ab, {})).toEqual(g.result(ba, {}));
      }),
    );
  });
});
