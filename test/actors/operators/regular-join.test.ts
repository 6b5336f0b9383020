import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import join from '../../../actors/operators/join.ts';
import { KEY_GROUPS } from '../../../src/base/hash.ts';
import type { Row } from '../../../src/stage/row.ts';
import { OperatorDriver } from '../../../src/testkit/operator-driver.ts';
import {
  apart,
  type Event,
  events,
  fold,
  type Kind,
  naive,
  options,
  restarts,
  rights,
  run,
  sorted,
} from '../support/join-model.ts';

const regular = (more: Row) => options({ select: { a: 'n', b: 'other.n' }, ...more });
const allPairs = (list: readonly Event[], kind: Kind) => {
  const found = naive(
    list,
    kind,
    () => true,
    () => 0,
  );
  return sorted(found.map(({ a, b }) => ({ a, b })));
};

test.each(['inner', 'left', 'semi'] as const)('%s: all pairs', (kind) => {
  fc.assert(
    fc.property(events, restarts, (list, at) => {
      expect(fold(run(regular({ kind }), list, { restarts: at }))).toEqual(allPairs(list, kind));
    }),
  );
});

test.each(['inner', 'left', 'semi'] as const)('%s: what is retracted on either side takes its pairs back', (kind) => {
  const changes = fc.array(fc.record({ left: fc.boolean(), key: fc.constantFrom(0, 1, null), n: fc.nat(3) }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(changes, (list) => {
      const driver = new OperatorDriver(join, regular({ kind }), { retractions: true });
      // A record that is there is retracted when it is drawn again.
      const there: Event[] = [];
      for (const { left, key, n } of list) {
        const i = there.findIndex((one) => one.left === left && one.key === key && one.n === n);
        driver.push({ key, n }, { time: 0, retract: i >= 0, ...(left ? {} : { input: 'with' }) });
        if (i >= 0) there.splice(i, 1);
        else there.push({ left, key, n, time: 0 });
      }
      expect(fold(driver.take())).toEqual(allPairs(there, kind));
    }),
  );
});

test.each(['inner', 'left', 'semi'] as const)('%s: also with unique, whichever side is updating', (kind) => {
  const changes = fc.array(fc.record({ left: fc.boolean(), key: fc.constantFrom(0, 1, null), n: fc.nat(3) }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(changes, fc.constantFrom('with', 'input', 'both'), (list, updating) => {
      const given = regular({ kind, unique: true });
      const driver = new OperatorDriver(join, given, { retractions: true, othersUpdating: updating !== 'input' });
      const there: Event[] = [];
      const push = ({ left, key, n }: Event, retract: boolean) =>
        driver.push({ key, n }, { time: 0, retract, ...(left ? {} : { input: 'with' }) });
      for (const { left, key, n } of list) {
        const one = { left, key, n, time: 0 };
        // One that is drawn again is retracted; of the other stream one with the same key makes room.
        const i = there.findIndex((each) => each.left === left && each.key === key && (!left || each.n === n));
        if (i >= 0 && updating === (left ? 'with' : 'input')) continue;
        const before = i < 0 ? undefined : there.splice(i, 1)[0];
        if (before !== undefined) push(before, true);
        if (before?.n === n) continue;
        push(one, false);
        there.push(one);
      }
      expect(fold(driver.take())).toEqual(allPairs(there, kind));
    }),
  );
});

test('what is retracted is found whatever values it has', () => {
  const driver = new OperatorDriver(join, { with: 'others', on: 'key', select: { m: 'others.m' } });
  const values = () => [
    5n,
    6n,
    new Map([[1, 'a']]),
    new Map([[1, 'b']]),
    new Set([1]),
    new Set([2]),
    new Uint8Array([1]),
  ];
  driver.push({ key: 1 });
  for (const m of values()) driver.push({ key: 1, m }, { input: 'with' });
  driver.take();
  // Each is another object, and not the last of the list.
  for (const m of values()) {
    driver.push({ key: 1, m }, { input: 'with', retract: true });
    expect(driver.take()).toEqual([{ m, $retract: true }]);
  }
  expect(driver.dead).toEqual([]);
});

test('with unique, a record that has met its match is not kept, and one that waits is joined once', () => {
  const driver = new OperatorDriver(join, regular({ unique: true }));
  driver.push({ key: 1, n: 1 });
  driver.push({ key: 1, n: 9 }, { input: 'with' });
  driver.push({ key: 1, n: 2 });
  expect(driver.take()).toEqual([
    { a: 1, b: 9 },
    { a: 2, b: 9 },
  ]);
  driver.push({ key: 2, n: 3 });
  expect(driver.keyedSize).toBe(2);
});

describe('with ttl', () => {
  const TTL = 15;
  const near = (a: Event, b: Event) => Math.abs(a.time - b.time) < TTL;
  const later = (a: Event, b: Event | null) => Math.max(a.time, b?.time ?? a.time);
  const pairs = (list: readonly Event[], kind: Kind) => sorted(naive(list, kind, near, later));
  const turns = fc.array(fc.boolean(), { maxLength: 60 });

  test.each(['inner', 'left', 'semi'] as const)('%s: the pairs less than it apart, however they arrive', (kind) => {
    fc.assert(
      fc.property(events, turns, restarts, (list, order, at) => {
        const given = options({ ttl: `${TTL}ms`, kind });
        expect(fold(run(given, list, { restarts: at }))).toEqual(pairs(list, kind));
        expect(fold(run(given, apart(list, order), { restarts: at, apart: true }))).toEqual(pairs(list, kind));
      }),
    );
  });

  test.each(['inner', 'left', 'semi'] as const)('%s: also with unique', (kind) => {
    fc.assert(
      fc.property(events, turns, restarts, (all, order, at) => {
        // No record of this stream has two of the other within reach.
        const list: Event[] = [];
        for (const one of all) {
          const same = rights(list).filter(({ key }) => key === one.key);
          if (one.left || same.every(({ time }) => Math.abs(time - one.time) >= 2 * TTL)) list.push(one);
        }
        const given = options({ ttl: `${TTL}ms`, kind, unique: true });
        expect(fold(run(given, apart(list, order), { restarts: at, apart: true }))).toEqual(pairs(list, kind));
      }),
    );
  });

  test('a record behind the watermark is late, however much of what it could match is still there', () => {
    const driver = new OperatorDriver(join, regular({ ttl: '10ms', kind: 'left' }));
    driver.push({ key: 1, n: 1 }, { time: 8 });
    driver.watermark(10);
    driver.push({ key: 1, n: 2 }, { time: 10 });
    driver.push({ key: 1, n: 9 }, { time: 9, input: 'with' });
    expect(driver.late.map(({ row }) => row)).toEqual([
      { key: 1, n: 2 },
      { key: 1, n: 9 },
    ]);
    expect(driver.take()).toEqual([{ a: 1, b: null }]);
    driver.push({ key: 1, n: 3 }, { time: Number.NaN });
    expect(driver.dead.map(({ code }) => code)).toEqual(['WEIR_TIME']);
  });

  test.each(['inner', 'left', 'semi'] as const)('%s: records are forgotten when the watermark has passed', (kind) => {
    const driver = new OperatorDriver(join, regular({ ttl: '10ms', kind }));
    driver.push({ key: 1, n: 1 }, { time: 0 });
    driver.push({ key: 1, n: 2 }, { time: 8 });
    driver.watermark(10);
    driver.push({ key: 1, n: 9 }, { time: 12, input: 'with' });
    driver.watermark(22);
    expect(fold(driver.take())).toEqual(
      sorted(
        {
          inner: [{ a: 2, b: 9 }],
          left: [
            { a: 1, b: null },
            { a: 2, b: 9 },
          ],
          semi: [{ a: 2, b: null }],
        }[kind],
      ),
    );
    // How far event time has come, for every group of keys.
    expect(driver.keyedSize).toBe(KEY_GROUPS);
  });
});
