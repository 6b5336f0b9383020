import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import global from '../../../actors/operators/global.ts';
import { OperatorDriver, type OperatorState } from '../../../src/testkit/operator-driver.ts';
import { VirtualClock } from '../../../src/testkit/virtual-clock.ts';
import { tries } from '../../support/thorough.ts';
import { AGGREGATES, aggregateOf, type Kept } from '../support/window-models.ts';

type Event =
  | { kind: 'record'; key: string; time: number; x: number }
  | { kind: 'watermark'; time: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'restart' };

const events: fc.Arbitrary<Event[]> = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('record' as const),
          key: fc.constantFrom('a', 'b', 'c'),
          time: fc.nat(60),
          x: fc.integer({ min: -3, max: 9 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('watermark' as const), time: fc.nat(60) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(9) }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
    ),
    { maxLength: 60 },
  )
  .map((list) => {
    let highest = 0;
    return list.map((event) => {
      if (event.kind !== 'watermark') return event;
      highest = Math.max(highest, event.time);
      return { kind: 'watermark' as const, time: highest };
    });
  });
const triggers = fc.record({
  records: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  when: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
  every: fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined }),
  ttl: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
  keep: fc.boolean(),
});
type Triggers = typeof triggers extends fc.Arbitrary<infer T> ? T : never;

const START = 500;

/** What comes out at each event, rows of several keys in any order. */
function run(list: readonly Event[], { records, when, every, ttl, keep }: Triggers) {
  const options = {
    ...(records && { records }),
    ...(when !== undefined && { when: `x == ${when}` }),
    ...(every && { every: `${every}ms` }),
    ...(ttl && { ttl: `${ttl}ms` }),
    ...{ keep, aggregate: AGGREGATES },
  };
  const clock = new VirtualClock(START);
  const make = (from?: OperatorState) =>
    new OperatorDriver(global, options, { keyNames: ['key'], retractions: true, clock, ...(from ? { from } : {}) });
  let driver = make();
  driver.tick();
  const given: string[][] = [];
  const table = new Map<unknown, unknown>();
  const take = () => {
    for (const { row, time, order, key, retract } of driver.out) {
      if (!keep) expect(retract).toBe(undefined);
      // What is taken back is just what was given.
      else if (retract) expect(table.get(key)).toEqual({ row, time, order });
      else expect(table.has(key)).toBe(false);
      if (retract) table.delete(key);
      else if (keep) table.set(key, { row, time, order });
    }
    given.push(
      driver
        .take()
        .map((row) => JSON.stringify(row))
        .sort(),
    );
  };
  list.forEach((event, order) => {
    if (event.kind === 'record') driver.push({ x: event.x }, { time: event.time, key: event.key, order });
    else if (event.kind === 'watermark') driver.watermark(event.time);
    else if (event.kind === 'restart') {
      driver = make(driver.snapshot());
      driver.tick();
    } else {
      clock.advance(event.ms);
      driver.tick();
    }
    take();
  });
  driver.end();
  take();
  expect([driver.dead, driver.keyedSize]).toEqual([[], 0]);
  return given;
}

function model(list: readonly Event[], { records, when, every, ttl, keep }: Triggers) {
  const windows = new Map<string, { all: Kept[]; fresh: number; last: object | undefined }>();
  let now = START;
  const given: string[][] = [];
  list.forEach((event, order) => {
    const rows: object[] = [];
    const give = (key: string) => {
      const one = windows.get(key)!;
      if (one.last !== undefined) rows.push({ ...one.last, $retract: true });
      const row = { key, ...aggregateOf(one.all) };
      rows.push(row);
      if (keep) windows.set(key, { ...one, fresh: 0, last: row });
      else windows.delete(key);
    };
    if (event.kind === 'record') {
      const { key, time, x } = event;
      const one = windows.get(key) ?? { all: [], fresh: 0, last: undefined };
      one.all.push({ time, order, x });
      one.fresh++;
      windows.set(key, one);
      if (one.fresh === records || x === when) give(key);
    } else if (event.kind === 'wait') {
      const before = now;
      now += event.ms;
      if (every && Math.floor(now / every) > Math.floor(before / every)) {
        for (const [key, { fresh }] of windows) if (fresh > 0) give(key);
      }
    } else if (event.kind === 'watermark' && ttl) {
      for (const [key, { all, last }] of windows) {
        if (Math.max(...all.map(({ time }) => time)) + ttl > event.time) continue;
        if (!keep) give(key);
        else if (last !== undefined) rows.push({ ...last, $retract: true });
        windows.delete(key);
      }
    }
    given.push(rows.map((row) => JSON.stringify(row)).sort());
  });
  const rows = [...windows].flatMap(([key, { all, fresh, last }]) => {
    if (fresh === 0) return [];
    return [...(last ? [{ ...last, $retract: true }] : []), { key, ...aggregateOf(all) }];
  });
  return [...given, rows.map((row) => JSON.stringify(row)).sort()];
}

test('gives what a model gives that keeps every record, at the same event, over restarts', () => {
  fc.assert(
    fc.property(events, triggers, (list, given) => {
      fc.pre(given.records !== undefined || given.when !== undefined || given.every !== undefined);
      expect(run(list, given)).toEqual(model(list, given));
    }),
    {
      numRuns: tries(300),
      examples: [
        // A key that was given and comes back with an earlier time is over before its old timer.
        [
          [
            { kind: 'record', key: 'b', time: 1, x: 0 },
            { kind: 'record', key: 'b', time: 0, x: 1 },
            { kind: 'watermark', time: 10 },
          ],
          { records: undefined, when: 0, every: undefined, ttl: 10, keep: false },
        ],
      ],
    },
  );
});

const aggregate = { n: 'count()' };
const keyed = { keyNames: ['key'] };

describe('a row', () => {
  test('has the latest event time of its records, and the order of that one', () => {
    const driver = new OperatorDriver(global, { records: 3, aggregate }, keyed);
    for (const [time, order] of [
      [20, 5],
      [30, 6],
      [10, 7],
    ] as const)
      driver.push({}, { time, order, key: 'a' });
    expect(driver.out).toEqual([{ row: { key: 'a', n: 3 }, time: 30, order: 6, key: 'a' }]);
  });

  test('that the clock gives is not behind the watermark', () => {
    const clock = new VirtualClock(0);
    const driver = new OperatorDriver(global, { every: '1s', aggregate }, { ...keyed, clock });
    driver.tick();
    driver.push({}, { time: 5, key: 'a' }).watermark(70);
    clock.advance(1000);
    driver.tick();
    expect(driver.out.map(({ time }) => time)).toEqual([71]);
  });

  test('of a kept window never has an earlier place than the one before', () => {
    const driver = new OperatorDriver(global, { records: 1, every: '1s', keep: true, aggregate }, keyed);
    driver.push({}, { time: 9, key: 'a' }).push({}, { time: 3, key: 'a' });
    expect(driver.out.map(({ time }) => time)).toEqual([9, 9]);
    expect(driver.take()).toEqual([
      { key: 'a', n: 1 },
      { key: 'a', n: 2 },
    ]);
  });
});

test('keys that the clock gives come in portions, by their first records, also with a checkpoint in between', () => {
  const clock = new VirtualClock(0);
  let driver = new OperatorDriver(global, { every: '1s', aggregate }, { ...keyed, clock });
  driver.tick();
  for (let key = 0; key < 3500; key++) driver.push({}, { key });
  clock.advance(1000);
  driver.tick(5);
  const rows = driver.take();
  expect(rows.length).toBeLessThan(3500);
  driver.push({}, { key: 0 }).push({}, { key: 3499 });
  driver = new OperatorDriver(global, { every: '1s', aggregate }, { ...keyed, clock, from: driver.snapshot() });
  driver.tick();
  clock.advance(1000);
  driver.tick();
  rows.push(...driver.take());
  const expected = Array.from({ length: 3500 }, (_, key) => ({ key, n: key === 3499 ? 2 : 1 }));
  expect(rows).toEqual([...expected, { key: 0, n: 1 }]);
});

test('a record that is refused leaves nothing behind, and gives nothing', () => {
  const options = { when: 'x > 1', aggregate: { s: 'sum(x)' } };
  const driver = new OperatorDriver(global, options, keyed);
  driver.push({ x: 'text' }, { key: 'a' }).push({ x: [1] }, { key: 'a' });
  expect(driver.dead.length).toBe(2);
  driver.push({ x: 3 }, { key: 'a' });
  expect(driver.take()).toEqual([{ key: 'a', s: 3 }]);
  expect(driver.keyedSize).toBe(0);
});

test('without `every` it does not go by the clock', () => {
  const create = (options: object) => new OperatorDriver(global, { aggregate, ...options }, keyed);
  const driver = create({ records: 2 });
  driver.push({}, { key: 'a' }).pause();
  expect(driver.take()).toEqual([]);
});

test.each([
  [{ aggregate }, /nothing gives the window/],
  [{ records: 2 }, /one of aggregate and top/],
  [{ records: 2, keep: true, top: { by: 'x' } }, /`rank`/],
])('options that make no window: %j', (options, message) => {
  expect(() => new OperatorDriver(global, options)).toThrow(message);
});
