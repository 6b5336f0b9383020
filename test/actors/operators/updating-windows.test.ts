import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import cumulative from '../../../actors/operators/cumulative.ts';
import hopping from '../../../actors/operators/hopping.ts';
import tumbling from '../../../actors/operators/tumbling.ts';
import type { OperatorDefinition } from '../../../src/stage/definition.ts';
import { OperatorDriver, type OperatorState } from '../../../src/testkit/operator-driver.ts';
import { VirtualClock } from '../../../src/testkit/virtual-clock.ts';
import { tries } from '../../support/thorough.ts';
import {
  textsOf,
  type UpdatingEvent,
  type UpdatingShape,
  updatingEvents,
  updatingModel,
} from '../support/updating-model.ts';
import { AGGREGATES } from '../support/window-models.ts';

const updates = fc
  .record({
    every: fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined }),
    records: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    update: fc.boolean(),
    lateness: fc.integer({ min: 1, max: 20 }),
  })
  .filter(({ every, records, update }) => every !== undefined || records !== undefined || update);
type Updates = typeof updates extends fc.Arbitrary<infer T> ? T : never;

const START = 1000;

function optionsOf({ every, records, update, lateness }: Updates) {
  const early = { ...(every && { every: `${every}ms` }), ...(records && { records }) };
  return {
    ...(Object.keys(early).length > 0 && { early }),
    ...{ lateness: update ? 'update' : 'wait', allowedLateness: `${lateness}ms`, aggregate: AGGREGATES },
  };
}

function run(definition: OperatorDefinition<any>, options: Record<string, unknown>, list: readonly UpdatingEvent[]) {
  const clock = new VirtualClock(START);
  const make = (from?: OperatorState) =>
    new OperatorDriver(definition, options, { keyNames: ['key'], retractions: true, clock, ...(from && { from }) });
  let driver = make();
  driver.tick();
  const given: string[][] = [];
  const table = new Map<unknown, unknown>();
  let late = 0;
  const take = () => {
    for (const { row, time, order, key, retract } of driver.out) {
      const { windowStart, windowEnd } = row as { windowStart: number; windowEnd: number };
      const own = definition === cumulative ? [windowStart, windowEnd] : [windowStart];
      expect(key).toBe(JSON.stringify([row.key, ...own]));
      // What is taken back is just what was given.
      const one = structuredClone({ row, time, order });
      if (retract) expect(table.get(key)).toEqual(one);
      else expect(table.has(key)).toBe(false);
      if (retract) table.delete(key);
      else table.set(key, one);
    }
    given.push(textsOf(driver.take()));
  };
  list.forEach((event, order) => {
    if (event.kind === 'record') driver.push({ x: event.x }, { time: event.time, key: event.key, order });
    else if (event.kind === 'watermark') driver.watermark(event.time);
    else if (event.kind === 'restart') {
      late += driver.late.length;
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
  return { given, late: late + driver.late.length };
}

describe('early and late updates are those of a model that keeps every record, over restarts', () => {
  const check = (
    definition: OperatorDefinition<any>,
    list: readonly UpdatingEvent[],
    given: Updates,
    options: object,
    shape: Pick<UpdatingShape, 'windowsOf' | 'growing'>,
  ) => {
    expect(run(definition, { ...optionsOf(given), ...options }, list)).toEqual(
      updatingModel(list, { ...given, ...shape }, START),
    );
  };

  test('tumbling', () => {
    fc.assert(
      fc.property(updatingEvents, updates, fc.integer({ min: 1, max: 15 }), (list, given, size) => {
        const windowsOf = (time: number) => {
          const start = Math.floor(time / size) * size;
          return [{ start, end: start + size }];
        };
        check(tumbling, list, given, { size: `${size}ms` }, { windowsOf, growing: false });
      }),
      { numRuns: tries(300) },
    );
  });

  test('hopping', () => {
    const shape = fc.record({ size: fc.integer({ min: 1, max: 18 }), every: fc.integer({ min: 1, max: 18 }) });
    fc.assert(
      fc.property(updatingEvents, updates, shape, (list, given, { size, every }) => {
        const windowsOf = (time: number) => {
          const windows = [];
          for (let start = -every * 40; start <= time; start += every) {
            if (time < start + size) windows.push({ start, end: start + size });
          }
          return windows;
        };
        check(hopping, list, given, { size: `${size}ms`, every: `${every}ms` }, { windowsOf, growing: false });
      }),
      { numRuns: tries(300) },
    );
  });

  test('cumulative', () => {
    const shape = fc.record({ steps: fc.integer({ min: 1, max: 5 }), step: fc.integer({ min: 1, max: 8 }) });
    fc.assert(
      fc.property(updatingEvents, updates, shape, (list, given, { steps, step }) => {
        const windowsOf = (time: number) => {
          const start = Math.floor(time / (steps * step)) * steps * step;
          const ends = Array.from({ length: steps }, (_, i) => start + (i + 1) * step);
          return ends.filter((end) => end > time).map((end) => ({ start, end }));
        };
        const options = { size: `${steps * step}ms`, every: `${step}ms` };
        check(cumulative, list, given, options, { windowsOf, growing: true });
      }),
      { numRuns: tries(300) },
    );
  });
});

const aggregate = { n: 'count()' };
const keyed = { keyNames: ['key'] };

test('without need of retractions there are none, and a result that was given is not given again', () => {
  const clock = new VirtualClock(0);
  const driver = new OperatorDriver(tumbling, { size: '10ms', early: { every: '1s' }, aggregate }, { ...keyed, clock });
  driver.tick();
  driver.push({}, { time: 1, key: 'a' }).push({}, { time: 1, key: 'b' });
  clock.advance(1000);
  driver.tick();
  driver.push({}, { time: 2, key: 'a' }).watermark(9);
  expect(driver.take()).toEqual([
    { key: 'a', n: 1, windowStart: 0, windowEnd: 10 },
    { key: 'b', n: 1, windowStart: 0, windowEnd: 10 },
    { key: 'a', n: 2, windowStart: 0, windowEnd: 10 },
  ]);
});

test('early rows of many keys come in portions, and go on in another instance', () => {
  const clock = new VirtualClock(0);
  const options = { size: '10ms', early: { every: '1s' }, aggregate };
  let driver = new OperatorDriver(tumbling, options, { ...keyed, clock });
  driver.tick();
  for (let key = 0; key < 3500; key++) driver.push({}, { time: 1, key });
  clock.advance(1000);
  driver.tick(3);
  const rows = driver.take();
  expect(rows.length).toBeLessThan(3500);
  driver = new OperatorDriver(tumbling, options, { ...keyed, clock, from: driver.snapshot() });
  driver.tick();
  clock.advance(1000);
  expect(driver.tick()).toBeGreaterThan(3);
  rows.push(...driver.take());
  const expected = Array.from({ length: 3500 }, (_, key) => ({ key, n: 1, windowStart: 0, windowEnd: 10 }));
  expect(rows).toEqual(expected);
  driver.watermark(9);
  expect(driver.take()).toEqual([]);
});

test('a stream without a key has a row per window', () => {
  const options = { size: '10ms', early: { records: 1 }, aggregate };
  const first = new OperatorDriver(tumbling, options, { half: 'partial' });
  const second = new OperatorDriver(tumbling, options, { retractions: true });
  first.push({}, { time: 1 }).push({}, { time: 12 }).push({}, { time: 3 });
  for (const { row, ...at } of first.out) second.push(row, at);
  expect(second.out.map(({ key }) => key)).toEqual([0, 10, 0, 0]);
});

test('a result that cannot be computed is a dead letter when the window ends, not before', () => {
  const options = { size: '10ms', early: { records: 1 }, aggregate: { twice: 'last(x) * 2' } };
  const driver = new OperatorDriver(tumbling, options, keyed);
  driver.push({ x: 'text' }, { time: 1, key: 'a' });
  expect(driver.dead).toEqual([]);
  driver.watermark(9);
  expect(driver.dead.map(({ code }) => code)).toEqual(['WEIR_TYPE']);
});

test.each([
  [{ early: {}, aggregate }, /say every, records, or both/],
  [{ early: { records: 1 }, top: { by: 'x' } }, /no key of their own/],
  [{ early: { records: 1 }, clock: 'processing', aggregate }, /give their result once/],
  [{ lateness: 'update', aggregate }, /needs allowedLateness/],
])('options that do not go together: %j', (options, message) => {
  expect(() => new OperatorDriver(tumbling, { size: '10ms', ...options })).toThrow(message);
});
