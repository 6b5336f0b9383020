import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import session from '../../../actors/operators/session.ts';
import type { Row } from '../../../src/stage/row.ts';
import { OperatorDriver, type OperatorState } from '../../../src/testkit/operator-driver.ts';
import { VirtualClock } from '../../../src/testkit/virtual-clock.ts';
import { tries } from '../../support/thorough.ts';
import { textsOf, type UpdatingEvent, updatingEvents } from '../support/updating-model.ts';
import { AGGREGATES, aggregateOf, type Kept } from '../support/window-models.ts';

const START = 1000;
interface Shape {
  gap: number;
  every: number | undefined;
  records: number | undefined;
  lateness: number;
}

/** Every session keeps every record, and all are looked through for each. */
function model(events: readonly UpdatingEvent[], { gap, every, records, lateness }: Shape) {
  interface Open {
    key: string;
    kept: Kept[];
    last: Row | undefined;
    count: number;
  }
  let open: Open[] = [];
  let watermark = Number.NEGATIVE_INFINITY;
  let now = START;
  let late = 0;
  let out: Row[] = [];
  const first = ({ kept }: Open) => Math.min(...kept.map(({ time }) => time));
  const last = ({ kept }: Open) => Math.max(...kept.map(({ time }) => time));
  const give = (one: Open) => {
    const row = { key: one.key, ...aggregateOf(one.kept), windowStart: first(one), windowEnd: last(one) + gap };
    if (isDeepStrictEqual(row, one.last)) return;
    if (one.last !== undefined) out.push({ ...one.last, $retract: true });
    out.push(row);
    one.last = row;
  };
  const step = (event: UpdatingEvent, order: number) => {
    if (event.kind === 'record') {
      const { key, time, x } = event;
      const touched = open.filter((one) => one.key === key && time >= first(one) - gap && time <= last(one) + gap);
      if (touched.length === 0 && time + gap + lateness <= watermark) {
        late++;
        return;
      }
      const kept = [...touched.flatMap((one) => one.kept), { time, order, x }];
      const begin = Math.min(...kept.map((one) => one.time));
      const stays = touched.find((one) => one.last?.windowStart === begin)?.last;
      const lost = touched.flatMap((one) => (one.last !== undefined && one.last !== stays ? [one.last] : []));
      out.push(...lost.map((row) => ({ ...row, $retract: true })));
      const count = touched.reduce((sum, one) => sum + one.count, 1);
      const due = records !== undefined && count >= records;
      const one = { key, kept, last: stays, count: due ? 0 : count };
      open = [...open.filter((other) => !touched.includes(other)), one];
      if (due || lost.length > 0) give(one);
    } else if (event.kind === 'watermark') {
      watermark = event.time;
      const closing = open.filter((one) => last(one) + gap + lateness <= watermark);
      for (const one of closing) give(one);
      open = open.filter((one) => !closing.includes(one));
    } else if (event.kind === 'wait') {
      const before = now;
      now += event.ms;
      if (every !== undefined && Math.floor(now / every) > Math.floor(before / every))
        for (const one of open) give(one);
    }
  };
  const given = [...events, { kind: 'watermark' as const, time: Number.POSITIVE_INFINITY }].map((event, order) => {
    out = [];
    step(event, order);
    return textsOf(out);
  });
  return { given, late };
}

function run(events: readonly UpdatingEvent[], { gap, every, records, lateness }: Shape, retractions: boolean) {
  const early = { ...(every && { every: `${every}ms` }), ...(records && { records }) };
  const options = { gap: `${gap}ms`, allowedLateness: `${lateness}ms`, early, aggregate: AGGREGATES };
  const clock = new VirtualClock(START);
  const make = (from?: OperatorState) =>
    new OperatorDriver(session, options, { keyNames: ['key'], retractions, clock, ...(from && { from }) });
  let driver = make();
  driver.tick();
  const given: string[][] = [];
  const table = new Map<unknown, unknown>();
  let late = 0;
  const take = () => {
    for (const { row, time, order, key, retract } of driver.out) {
      expect(key).toBe(JSON.stringify([row.key, row.windowStart]));
      const one = structuredClone({ row, time, order });
      // What is taken back is just what was given.
      if (retract) expect(table.get(key)).toEqual(one);
      else if (retractions) expect(table.has(key)).toBe(false);
      if (retract) table.delete(key);
      else table.set(key, one);
    }
    given.push(textsOf(driver.take()));
  };
  events.forEach((event, order) => {
    if (event.kind === 'record') driver.push({ x: event.x }, { time: event.time, key: event.key, order });
    else if (event.kind === 'watermark') driver.watermark(event.time);
    else if (event.kind === 'wait') {
      clock.advance(event.ms);
      driver.tick();
    } else {
      late += driver.late.length;
      driver = make(driver.snapshot());
      driver.tick();
    }
    take();
  });
  driver.end();
  take();
  expect([driver.dead, driver.keyedSize]).toEqual([[], 0]);
  return { given, late: late + driver.late.length, table: [...table.values()] as { row: Row }[] };
}

const shapes = fc
  .record({
    gap: fc.integer({ min: 1, max: 10 }),
    every: fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined }),
    records: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    lateness: fc.nat(10),
  })
  .filter(({ every, records }) => every !== undefined || records !== undefined);

test('early rows of sessions are those of a model that keeps every record, over joins and restarts', () => {
  fc.assert(
    fc.property(updatingEvents, shapes, (events, shape) => {
      const { given, late } = run(events, shape, true);
      expect({ given, late }).toEqual(model(events, shape));
    }),
    { numRuns: tries(400) },
  );
});

test('also where only rows that go for good are retracted, a table holds each closed session once', () => {
  fc.assert(
    fc.property(updatingEvents, shapes, (events, shape) => {
      const all = run(events, shape, true).table.map(({ row }) => row);
      expect(textsOf(run(events, shape, false).table.map(({ row }) => row))).toEqual(textsOf(all));
    }),
    { numRuns: tries(150) },
  );
});
