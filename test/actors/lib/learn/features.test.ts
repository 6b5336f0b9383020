import { describe, expect, test } from 'vitest';
import memoryMix from '../../../../actors/learners/memory-mix.ts';
import rls from '../../../../actors/learners/rls.ts';
import { FeatureRow } from '../../../../actors/lib/learn/feature-row.ts';
import { Features } from '../../../../actors/lib/learn/features.ts';
import { Slots } from '../../../../actors/lib/learn/slots.ts';
import { prng } from '../../../../src/base/prng.ts';
import { OperatorDriver } from '../../../../src/testkit/operator-driver.ts';

const NONE = { features: undefined, drop: [], levels: 3 };
const random = prng('features');

/** A record with numbers, levels, gaps and fields that come and go. */
function recordOf(i: number): Record<string, unknown> {
  const row: Record<string, unknown> = { id: i, a: random() < 0.2 ? null : random(), b: random() < 0.5 };
  if (i % 3 === 0) row.c = ['x', 'y', 'z', 'u', 'v'][i % 5];
  if (i > 150 && i % 4 === 0) row.late = random();
  return { ...row, y: random() };
}

describe('features of records', () => {
  test('are the same whether code was made for their fields or not', () => {
    const features = new Features(NONE, ['y']);
    const [slots, plain] = [new Slots(features.limits), new Slots(features.limits)];
    const other = new FeatureRow();
    for (let i = 0; i < 500; i++) {
      const row = recordOf(i);
      const x = features.load(null, row, slots);
      other.clear();
      for (const [name, value] of Object.entries(row)) if (name !== 'y') plain.put(name, value, other);
      other.d = plain.names.length;
      expect(slots.names).toEqual(plain.names);
      expect([...x.dense.slice(0, x.d)]).toEqual([...other.dense.slice(0, other.d)]);
      expect(new Set(x.index.slice(0, x.n))).toEqual(new Set(other.index.slice(0, other.n)));
      for (let slot = 0; slot < x.d; slot++) expect(x.has(slot)).toBe(other.has(slot));
    }
  });

  test('that are no numbers any more refuse their record, and leave the next ones alone', () => {
    const features = new Features(NONE, []);
    const slots = new Slots(features.limits);
    for (let i = 0; i < 200; i++) {
      const bad = [Number.NaN, Number.POSITIVE_INFINITY, 1e300, 'text'][i % 50];
      if (bad === undefined) expect([...features.load(null, { a: i, b: 1 }, slots).dense.slice(0, 2)]).toEqual([i, 1]);
      else if (i >= 50) {
        const load = () => features.load(null, { a: bad, b: 1 }, slots);
        expect(load).toThrow(expect.objectContaining({ code: 'WEIR_FEATURE' }));
      }
    }
  });

  test('of a record that is refused decide nothing', () => {
    const features = new Features(NONE, []);
    const slots = new Slots(features.limits);
    expect(() => features.load(null, { x: 'junk', z: 1e300 }, slots)).toThrow('no number up to');
    expect(slots.names).toEqual([]);
    features.load(null, { x: 3, z: 1 }, slots);
    expect(slots.names).toEqual(['x', 'z']);
  });
});

describe('levels of a text', () => {
  const LIMITS = { levels: 2, slots: 100 };
  /** The slot that a level gets. */
  const slotOf = (slots: Slots, level: string): number => {
    const x = new FeatureRow();
    slots.put('kind', level, x);
    return x.index[0] as number;
  };

  test('called other have a slot of their own, beside the one of those beyond the bound', () => {
    for (const [levels, names] of [
      [
        ['other', 'a', 'b', 'c'],
        ['kind=other', 'kind=a', 'kind (other)'],
      ],
      [
        ['a', 'b', 'c', 'other'],
        ['kind=a', 'kind=b', 'kind (other)'],
      ],
    ] as const) {
      const slots = new Slots(LIMITS);
      expect(levels.map((level) => slotOf(slots, level))).toEqual([0, 1, 2, 2]);
      expect(slots.names).toEqual(names);
      const again = Slots.restore(LIMITS, JSON.parse(JSON.stringify(slots.save())));
      expect([...levels, 'new'].map((level) => slotOf(again, level))).toEqual([0, 1, 2, 2, 2]);
      expect(again.names).toEqual(names);
    }
  });

  test('beyond the bound of one model share a slot with those of another that it merges with', () => {
    const [own, other] = [new Slots(LIMITS), new Slots(LIMITS)];
    for (const level of ['a', 'b', 'c']) slotOf(own, level);
    for (const level of ['other', 'b', 'z']) slotOf(other, level);
    expect([...own.adopt(other)]).toEqual([2, 1, 2]);
    expect(own.names).toEqual(['kind=a', 'kind=b', 'kind (other)']);
    const empty = new Slots(LIMITS);
    expect([...empty.adopt(other)]).toEqual([0, 1, 2]);
    expect(empty.names).toEqual(other.names);
  });
});

test('a feature too many is refused with what to do, and learners that take more take it', () => {
  const row = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`x${i}`, i + 0.5]));
  const dead = (definition: typeof rls) => {
    const driver = new OperatorDriver(definition, { target: 'y' }, { clocked: true });
    driver.push({ ...row, y: 1 });
    driver.end();
    return driver.dead.map(({ code, reason }) => `${code} ${reason}`);
  };
  expect(dead(rls)).toEqual([
    'WEIR_FEATURE the feature x1000 is one more than the 1000 that a model of this learner takes: name fewer by features, or leave some out by drop; memory-mix, class-mix and others with the option text take 200,000',
  ]);
  expect(dead(memoryMix as unknown as typeof rls)).toEqual([]);
});
