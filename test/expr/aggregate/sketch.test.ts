import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addToSketch, mergeSketch, type Sketch, sketchedCount } from '../../../src/expr/aggregate/sketch.ts';
import { packSketch, unpackSketch } from '../../../src/expr/aggregate/sketch-bytes.ts';
import { parseAggregation } from '../../../src/expr/aggregation.ts';
import { tries } from '../../support/thorough.ts';

const CARDINALITIES = [0, 1, 2, 10, 100, 511, 512, 513, 1000, 2500, 5000, 10_000, 50_000, 200_000, 1_000_000];

/** Values of many kinds, the i-th differing from all before it. */
const kinds: Readonly<Record<string, (i: number) => unknown>> = {
  'whole numbers in a row': (i) => i,
  'times in milliseconds': (i) => 1_700_000_000_000 + i * 250,
  decimals: (i) => i / 7,
  'texts that differ at their end': (i) => `/account/user-${i}`,
  'short texts': (i) => i.toString(36),
};

function sketchOf(values: Iterable<unknown>, precision: number): Sketch {
  let sketch: Sketch = [];
  for (const value of values) sketch = addToSketch(sketch, value, precision);
  return sketch;
}

describe.each(Object.entries(kinds))('of %s', (_, make) => {
  test.each([8, 12, 14])(
    'with 2^%d registers the count is within 4 standard errors, from none to a million',
    (precision) => {
      const bound = (4 * 1.04) / Math.sqrt(2 ** precision);
      let sketch: Sketch = [];
      let n = 0;
      for (const cardinality of CARDINALITIES) {
        for (; n < cardinality; n++) sketch = addToSketch(sketch, make(n), precision);
        expect(Math.abs(sketchedCount(sketch) - n), `of ${n}`).toBeLessThanOrEqual(bound * n);
      }
    },
  );
});

test('repeats change nothing', () => {
  const once = sketchOf(
    Array.from({ length: 5000 }, (_, i) => i),
    10,
  );
  const often = sketchOf(
    Array.from({ length: 50_000 }, (_, i) => i % 5000),
    10,
  );
  expect(often).toEqual(once);
});

test('few values are counted as they are', () => {
  for (const n of [0, 1, 3, 100, 400]) {
    expect(
      sketchedCount(
        sketchOf(
          Array.from({ length: n }, (_, i) => `v${i}`),
          12,
        ),
      ),
    ).toBe(n);
  }
});

test('a number, a text and a bool are different values; 0 and -0 are one', () => {
  expect(sketchedCount(sketchOf([1, '1', true, 0, -0], 12))).toBe(4);
});

const values = fc.array(fc.oneof(fc.nat(3000), fc.string({ maxLength: 2 }), fc.boolean(), fc.double({ noNaN: true })), {
  maxLength: 200,
});
const precisions = fc.constantFrom(4, 5, 8, 12);
/** Runs of numbers make lists, registers and what lies between both. */
const runs = fc.tuple(fc.nat(3000), fc.nat(800)).map(([from, n]) => Array.from({ length: n }, (_, i) => from + i));
const set = fc.oneof(values, runs);

test('merged parts are the same sketch as all in one, and the other part stays as it was', () => {
  fc.assert(
    fc.property(set, set, set, precisions, (a, b, c, precision) => {
      const all = sketchOf([...a, ...b, ...c], precision);
      const [x, y, z] = [a, b, c].map((each) => sketchOf(each, precision)) as [Sketch, Sketch, Sketch];
      const before = structuredClone([y, z]);
      expect(mergeSketch(mergeSketch(x, y, precision), z, precision)).toEqual(all);
      expect([y, z]).toEqual(before);
      const backward = mergeSketch(z, mergeSketch(y, sketchOf(a, precision), precision), precision);
      expect(backward).toEqual(all);
    }),
    { numRuns: tries(200) },
  );
});

test('a sketch that was made of another does not change with it', () => {
  for (const n of [3, 5000]) {
    const other = sketchOf(
      Array.from({ length: n }, (_, i) => i),
      8,
    );
    const before = structuredClone(other);
    const merged = mergeSketch([], other, 8);
    for (let i = 0; i < 9000; i++) addToSketch(merged, `new ${i}`, 8);
    expect(other).toEqual(before);
  }
});

test('bytes hold all of it, and no more than they must', () => {
  fc.assert(
    fc.property(set, precisions, (a, precision) => {
      const sketch = sketchOf(a, precision);
      const bytes = packSketch(sketch);
      expect(unpackSketch(bytes, precision)).toEqual(sketch);
      expect(unpackSketch(Buffer.from([0, ...bytes]).subarray(1), precision)).toEqual(sketch);
      const few = new Set(a).size <= 2 ** precision / 8;
      expect(bytes.length).toBeLessThanOrEqual(few ? 4 * new Set(a).size : (2 ** precision * 3) / 4);
    }),
    { numRuns: tries(200) },
  );
});

test('an accumulator of few values is small in memory', () => {
  const aggregation = parseAggregation({ n: 'distinctApprox(x, 18)' });
  const [sketch] = aggregation.create() as [Sketch];
  expect(sketch).toEqual([]);
  const accumulator = aggregation.create() as [Sketch];
  for (let i = 0; i < 5; i++) aggregation.add(accumulator, { x: i }, { time: 0, order: 0, key: null });
  expect(accumulator[0]).toHaveLength(5);
});
