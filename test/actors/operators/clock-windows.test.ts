import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import session from '../../../actors/operators/session.ts';
import tumbling from '../../../actors/operators/tumbling.ts';
import type { OperatorDefinition } from '../../../src/stage/definition.ts';
import { OperatorDriver, type OperatorState } from '../../../src/testkit/operator-driver.ts';
import { VirtualClock } from '../../../src/testkit/virtual-clock.ts';
import { tries } from '../../support/thorough.ts';
import { AGGREGATES, aggregateOf, type Kept, sorted } from '../support/window-models.ts';

/** Records of any event time, while the clock goes on and is looked at now and then. */
type Event =
  | { kind: 'record'; key: string; time: number; x: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'tick'; most: number }
  | { kind: 'restart' };

const events: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('record' as const),
        key: fc.constantFrom('a', 'b', 'c'),
        time: fc.integer({ min: -5, max: 60 }),
        x: fc.integer({ min: -3, max: 9 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(12) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('tick' as const), most: fc.constant(9) }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  ),
  { maxLength: 60 },
);

const START = 1003;

/** What comes out at each look at the clock, and at the end of the input. */
function run(definition: OperatorDefinition<any>, options: Record<string, unknown>, list: readonly Event[]) {
  const clock = new VirtualClock(START);
  const make = (from?: OperatorState) =>
    new OperatorDriver(definition, options, { keyNames: ['key'], clock, ...(from ? { from } : {}) });
  let driver = make();
  const given: object[][] = [];
  list.forEach((event, order) => {
    if (event.kind === 'record') driver.push({ x: event.x }, { time: event.time, key: event.key, order });
    else if (event.kind === 'wait') clock.advance(event.ms);
    else if (event.kind === 'restart') {
      const from = driver.snapshot();
      expect([driver.dead, driver.late, driver.take()]).toEqual([[], [], []]);
      driver = make(from);
    } else {
      driver.tick();
      given.push(sorted(driver.take()));
    }
  });
  driver.end();
  given.push(sorted(driver.take()));
  expect([driver.dead, driver.late, driver.keyedSize]).toEqual([[], [], 0]);
  return given;
}

/** The same by looking through all groups; `joins` says whether a group takes a record, `over` whether it is closed. */
function model(
  list: readonly Event[],
  { bounds, joins }: { bounds(times: number[]): [number, number]; joins(times: number[], now: number): boolean },
  over: (end: number, now: number) => boolean,
) {
  let now = START;
  let open: { key: string; times: number[]; records: Kept[] }[] = [];
  const given: object[][] = [];
  const close = () => {
    const closed = open.filter(({ times }) => over(bounds(times)[1], now));
    open = open.filter((group) => !closed.includes(group));
    const rows = closed.map(({ key, times, records }) => {
      const [windowStart, windowEnd] = bounds(times);
      return { key, ...aggregateOf(records), windowStart, windowEnd };
    });
    given.push(sorted(rows));
  };
  list.forEach((event, order) => {
    if (event.kind === 'wait') now += event.ms;
    if (event.kind === 'tick') close();
    if (event.kind !== 'record') return;
    const { key, time, x } = event;
    let group = open.find((one) => one.key === key && joins(one.times, now));
    if (group === undefined) open.push((group = { key, times: [], records: [] }));
    group.times.push(now);
    group.records.push({ time, order, x });
  });
  now = Number.POSITIVE_INFINITY;
  close();
  return given;
}

describe('by the wall clock, windows give what a model gives that keeps every record, and at the same look at the clock', () => {
  test('tumbling', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 20 }), fc.nat(9), (list, size, offset) => {
        const options = { size: `${size}ms`, offset: `${offset}ms`, clock: 'processing', aggregate: AGGREGATES };
        const startOf = (time: number) => Math.floor((time - offset) / size) * size + offset;
        const shape = {
          bounds: ([first]: number[]): [number, number] => [startOf(first as number), startOf(first as number) + size],
          joins: ([first]: number[], now: number) => startOf(first as number) === startOf(now),
        };
        expect(run(tumbling, options, list)).toEqual(model(list, shape, (end, now) => end <= now));
      }),
      { numRuns: tries(150) },
    );
  });

  test('session', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 20 }), (list, gap) => {
        const options = { gap: `${gap}ms`, clock: 'processing', aggregate: AGGREGATES };
        const shape = {
          bounds: (times: number[]): [number, number] => [times[0] as number, (times.at(-1) as number) + gap],
          joins: (times: number[], now: number) => now - (times.at(-1) as number) <= gap,
        };
        expect(run(session, options, list)).toEqual(model(list, shape, (end, now) => end < now));
      }),
      { numRuns: tries(150) },
    );
  });
});

const options = { size: '10ms', clock: 'processing', aggregate: { n: 'count()' } };
const keyed = { keyNames: ['key'] };

test('a checkpoint between two portions of a closing window neither repeats nor loses rows', () => {
  const clock = new VirtualClock(0);
  let driver = new OperatorDriver(tumbling, options, { ...keyed, clock });
  for (let key = 0; key < 3500; key++) driver.push({}, { key });
  clock.advance(10);
  driver.tick(6);
  const rows = driver.take();
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.length).toBeLessThan(3500);
  // What comes in between belongs to the next window.
  driver.push({}, { key: 3499 });
  driver = new OperatorDriver(tumbling, options, { ...keyed, clock, from: driver.snapshot() });
  driver.tick();
  rows.push(...driver.take());
  expect(rows).toEqual(Array.from({ length: 3500 }, (_, key) => ({ key, n: 1, windowStart: 0, windowEnd: 10 })));
  driver.end();
  expect(driver.take()).toEqual([{ key: 3499, n: 1, windowStart: 10, windowEnd: 20 }]);
});

test('a clock that has been set back, also over a restart, opens no window again', () => {
  const clock = new VirtualClock(57);
  const before = new OperatorDriver(tumbling, options, { ...keyed, clock });
  before.push({}, { key: 'a' });
  clock.advance(10);
  before.tick();
  expect(before.take()).toEqual([{ key: 'a', n: 1, windowStart: 50, windowEnd: 60 }]);
  const after = new OperatorDriver(tumbling, options, {
    ...keyed,
    clock: new VirtualClock(3),
    from: before.snapshot(),
  });
  after.push({}, { key: 'a' }).push({}, { key: 'a' });
  after.tick();
  expect(after.take()).toEqual([]);
  after.end();
  expect(after.take()).toEqual([{ key: 'a', n: 2, windowStart: 60, windowEnd: 70 }]);
});

test('a row is never behind the watermark', () => {
  for (const [definition, option] of [
    [tumbling, { size: '10ms' }],
    [session, { gap: '10ms' }],
  ] as [OperatorDefinition<any>, object][]) {
    for (const watermark of [3, 500]) {
      const driver = new OperatorDriver(
        definition,
        { ...options, ...option },
        { ...keyed, clock: new VirtualClock(0) },
      );
      driver.push({}, { key: 'a', time: 500 }).watermark(watermark);
      driver.end();
      const own = definition === tumbling ? 9 : 10;
      expect(driver.out.map(({ time }) => time)).toEqual([Math.max(own, watermark + 1)]);
    }
  }
});

test('without a key, batches are folded before they cross threads, whatever their times', () => {
  const clock = new VirtualClock(0);
  const drive = { clock };
  const first = new OperatorDriver(tumbling, options, { ...drive, half: 'partial' });
  const second = new OperatorDriver(tumbling, options, drive);
  for (let i = 0; i < 100; i++) first.push({}, { time: 5000 - i });
  first.batchEnd().batchEnd();
  first.push({}, { time: 0 }).snapshot();
  expect(first.out.length).toBe(2);
  const [one, two] = first.out as [(typeof first.out)[0], (typeof first.out)[0]];
  second.push(one.row, one);
  clock.advance(25);
  second.push(two.row, two).end();
  expect(second.take()).toEqual([
    { n: 100, windowStart: 0, windowEnd: 10 },
    { n: 1, windowStart: 20, windowEnd: 30 },
  ]);
});

test('allowedLateness has no meaning by the wall clock', () => {
  expect(() => new OperatorDriver(tumbling, { ...options, allowedLateness: '1s' })).toThrow(
    /leave out allowedLateness/,
  );
});
