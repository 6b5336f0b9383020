import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aggregates } from '../../../src/expr/aggregate/functions.ts';
import { type Aggregation, parseAggregation } from '../../../src/expr/aggregation.ts';
import type { At, Row } from '../../../src/stage/row.ts';
import { tries } from '../../support/thorough.ts';

/*
 * The laws that let records be aggregated in parts, on any number of threads: a merge is the adding of all that the other
 * has seen, its order and grouping do not matter, and storing in between does not either.
 */

interface Event {
  row: Row;
  at: At;
}

const calls: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...aggregates.keys()].map((name) => [name, `${name}(x)`])),
  quantile: 'quantile(x, 0.9)',
  collect: 'collect(x, 4)',
  topK: 'topK(x, 3)',
  heavyHitters: 'heavyHitters(x, 3)',
  where: 'sum(x, { where: keep }) + count({ where: keep })',
  // The sign of a zero inside of an object is no difference.
  nested: 'first({ x: x == 0 ? 0 : x })',
};

const integers = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(0, -0, 1, null));
const decimals = fc.oneof(fc.double({ min: -1e12, max: 1e12, noNaN: true }), fc.constant(null));

const events = (values: fc.Arbitrary<unknown>, maxLength: number) =>
  fc.array(
    fc.record({
      row: fc.record({ x: values, keep: fc.boolean() }),
      // Few times and orders, so that there are ties of both.
      at: fc.record({ time: fc.nat(3), order: fc.nat(3), key: fc.constant(null) }),
    }),
    { maxLength },
  );

function fill(aggregation: Aggregation, events: readonly Event[]): unknown {
  const accumulator = aggregation.create();
  for (const { row, at } of events) aggregation.add(accumulator, row, at);
  return accumulator;
}

function stored(aggregation: Aggregation, accumulator: unknown): unknown {
  return aggregation.decode(structuredClone(aggregation.encode(accumulator)));
}

/** The result of two parts, or of three, merged in a way of its own. */
const ways: Readonly<Record<string, (aggregation: Aggregation, a: Event[], b: Event[], c: Event[]) => unknown>> = {
  'a, b and c added one by one': (g, a, b, c) => fill(g, [...a, ...b, ...c]),
  'c, a and b added one by one': (g, a, b, c) => fill(g, [...c, ...a, ...b]),
  '(a + b) + c': (g, a, b, c) => merged(g, merged(g, fill(g, a), fill(g, b)), fill(g, c)),
  'a + (b + c)': (g, a, b, c) => merged(g, fill(g, a), merged(g, fill(g, b), fill(g, c))),
  'c + (b + a)': (g, a, b, c) => merged(g, fill(g, c), merged(g, fill(g, b), fill(g, a))),
  'nothing + a + b + c': (g, a, b, c) => [a, b, c].reduce((all, part) => merged(g, all, fill(g, part)), g.create()),
  'a + b + c + nothing': (g, a, b, c) => merged(g, fill(g, [...a, ...b, ...c]), g.create()),
  'a stored, then b and c added': (g, a, b, c) => {
    const accumulator = stored(g, fill(g, a));
    for (const { row, at } of [...b, ...c]) g.add(accumulator, row, at);
    return accumulator;
  },
  'each stored, then merged': (g, a, b, c) =>
    stored(g, merged(g, stored(g, fill(g, a)), merged(g, stored(g, fill(g, b)), stored(g, fill(g, c))))),
};

function merged(aggregation: Aggregation, into: unknown, other: unknown): unknown {
  aggregation.merge(into, other);
  return into;
}

function check(text: string, values: fc.Arbitrary<unknown>, isSame: (actual: unknown, expected: unknown) => void) {
  const aggregation = parseAggregation({ it: text });
  const part = events(values, 12);
  fc.assert(
    fc.property(part, part, part, (a, b, c) => {
      const [first, ...others] = Object.values(ways).map((way) => aggregation.result(way(aggregation, a, b, c), {}).it);
      for (const other of others) isSame(other, first);
    }),
    { numRuns: tries(150) },
  );
}

describe('whatever the parts and their order, the result is the same', () => {
  const inexact = ['variance', 'stddev'];

  test.each(Object.entries(calls).filter(([name]) => !inexact.includes(name)))('%s, for integers', (_, text) => {
    check(text, integers, (actual, expected) => expect(actual).toEqual(expected));
  });

  test.each(['first(x)', 'last(x)', 'min(x)', 'max(x)', 'distinct(x)', 'collect(x)', 'topK(x, 2)'])(
    '%s, for any values',
    (text) => {
      const values = fc.oneof(integers, fc.string({ maxLength: 2 }));
      check(text, values, (actual, expected) => expect(actual).toEqual(expected));
    },
  );

  test.each(Object.entries(calls))('%s, for decimals up to rounding', (_, text) => {
    check(text, decimals, (actual, expected) => {
      if (typeof expected !== 'number') expect(actual).toEqual(expected);
      else expect(Math.abs((actual as number) - expected)).toBeLessThanOrEqual(1e-9 * (1e12 + Math.abs(expected)));
    });
  });
});

describe('a merge', () => {
  test('of the same two parts is the same to the last bit, whichever way', () => {
    for (const text of Object.values(calls)) {
      const aggregation = parseAggregation({ it: text });
      const part = events(decimals, 300);
      fc.assert(
        fc.property(part, part, (a, b) => {
          const ab = merged(aggregation, fill(aggregation, a), fill(aggregation, b));
          const ba = merged(aggregation, fill(aggregation, b), fill(aggregation, a));
          expect(aggregation.result(ab, {})).toEqual(aggregation.result(ba, {}));
        }),
        { numRuns: 15 },
      );
    }
  });

  test('is what the records together give, for many aggregates at once', () => {
    const aggregation = parseAggregation(calls);
    const rows = Array.from({ length: 150 }, (_, i) => ({
      row: { x: (i * 7919) % 151, keep: i % 3 === 0 },
      at: { time: i, order: i, key: null },
    }));
    const whole = aggregation.result(fill(aggregation, rows), {});
    for (const cut of [0, 1, 75, 149, 150]) {
      const [a, b] = [fill(aggregation, rows.slice(0, cut)), fill(aggregation, rows.slice(cut))];
      const result = aggregation.result(merged(aggregation, b, a), {});
      expect(result).toEqual({
        ...whole,
        variance: expect.closeTo(whole.variance as number, 8),
        stddev: expect.anything(),
      });
    }
  });
});
