import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prng } from '../../../src/base/prng.ts';
import { Multiset } from '../../../src/expr/aggregate/multiset.ts';

const newSet = () => new Multiset<number>((a, b) => a - b);

/** All items with repeats. */
const listOf = (set: Multiset<number>) =>
  [...set.entries()].flatMap(([item, times]) => Array<number>(times).fill(item));

function same(set: Multiset<number>, plain: readonly number[]): void {
  const sorted = [...plain].sort((a, b) => a - b);
  expect(listOf(set)).toEqual(sorted);
  expect([set.size, set.first, set.last]).toEqual([sorted.length, sorted[0], sorted.at(-1)]);
  for (const rank of [0, 1, sorted.length >> 1, sorted.length - 1, sorted.length]) {
    if (rank >= 0) expect(set.at(rank)).toBe(sorted[rank]);
  }
}

test('is a sorted list', () => {
  const step = fc.record({ item: fc.integer({ min: -9, max: 9 }).map((x) => x + 0), remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const set = newSet();
      const plain: number[] = [];
      for (const { item, remove } of steps) {
        const at = plain.indexOf(item);
        expect(set.has(item)).toBe(at >= 0);
        if (!remove) {
          set.add(item);
          plain.push(item);
        } else {
          expect(set.remove(item)).toBe(at >= 0);
          if (at >= 0) plain.splice(at, 1);
        }
      }
      same(set, plain);
    }),
  );
});

describe('of many items, that come', () => {
  const random = prng(3);
  const orders: Readonly<Record<string, (i: number) => number>> = {
    'in order': (i) => i,
    backward: (i) => -i,
    'at random': () => Math.floor(random() * 1e9),
    'at random, with repeats': () => Math.floor(random() * 3000),
  };

  test.each(Object.entries(orders))('%s', (_, next) => {
    const set = newSet();
    const plain = Array.from({ length: 20_000 }, (_, i) => next(i));
    for (const item of plain) set.add(item);
    same(set, plain);
    // What goes is chosen by hashing, so that some runs of neighbours go whole and others in part.
    const left = plain.filter((item, i) => ((item >> 9) + i) % 3 === 0);
    for (const [i, item] of plain.entries()) if (((item >> 9) + i) % 3 !== 0) expect(set.remove(item)).toBe(true);
    same(set, left);
    for (const item of left) set.remove(item);
    same(set, []);
    expect(set.remove(1)).toBe(false);
  });
});
