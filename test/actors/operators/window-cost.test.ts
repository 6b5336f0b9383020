import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fold } from '../../../actors/lib/window/fold.ts';
import { Grid } from '../../../actors/lib/window/grid.ts';
import { SliceWindows } from '../../../actors/lib/window/slice-windows.ts';
import hopping from '../../../actors/operators/hopping.ts';
import tumbling from '../../../actors/operators/tumbling.ts';
import { operator } from '../../../src/stage/definition.ts';
import { OperatorDriver } from '../../../src/testkit/operator-driver.ts';
import { tries } from '../../support/thorough.ts';
import { AGGREGATES, sorted, streams, windowModel } from '../support/window-models.ts';

const keyed = { keyNames: ['key'] };
const ms = (n: number) => `${n}ms`;

test('hopping windows of many slices give what a model gives that keeps every record, out of order and over restarts', () => {
  const shape = fc.record({ slices: fc.integer({ min: 9, max: 40 }), every: fc.integer({ min: 1, max: 3 }) });
  const cuts = fc.array(fc.nat(59), { maxLength: 4 }).map((list) => new Set(list));
  fc.assert(
    fc.property(streams(60), shape, fc.nat(6), fc.nat(9), cuts, (events, shape, lateness, offset, cuts) => {
      const { slices, every } = shape;
      const size = slices * every;
      const options = {
        ...{ size: ms(size), every: ms(every), offset: ms(offset), allowedLateness: ms(lateness) },
        aggregate: AGGREGATES,
      };
      let driver = new OperatorDriver(hopping, options, keyed);
      const rows = [];
      let late = 0;
      for (const [order, event] of events.entries()) {
        if (event.kind === 'watermark') driver.watermark(event.time);
        else driver.push({ x: event.x }, { time: event.time, key: event.key, order });
        if (!cuts.has(order)) continue;
        rows.push(...driver.take());
        late += driver.late.length;
        driver = new OperatorDriver(hopping, options, { ...keyed, from: driver.snapshot() });
      }
      driver.end();
      rows.push(...driver.take());
      expect(driver.keyedSize).toBe(0);
      expect({ rows: sorted(rows), late: late + driver.late.length }).toEqual(
        windowModel(events, { size, every, offset, lateness }),
      );
    }),
    { numRuns: tries(200) },
  );
});

test('a hopping window has no slice of its own to look for when the next one begins much later', () => {
  const options = { size: '1h', every: '1s', aggregate: { n: 'count()' } };
  const driver = new OperatorDriver(hopping, options, keyed);
  driver.push({}, { time: 0, key: 'a' }).push({}, { time: 400 * 86_400_000, key: 'a' });
  driver.end();
  expect(driver.take().length).toBe(7200);
});

/** Counts what is folded, and what of it is merged. */
function counting() {
  const cost = { merges: 0, rows: 0 };
  const fold: Fold<{ n: number }> = {
    create: () => ({ n: 0 }),
    add: (acc) => void acc.n++,
    merge: (into, other) => {
      cost.merges++;
      into.n += other.n;
    },
    emit: (acc, key, order, { time, out }) => {
      cost.rows++;
      out.emitAt({ n: acc.n }, time, order, key);
    },
    encode: (acc) => acc,
    decode: (data) => data as { n: number },
  };
  return { cost, fold };
}

test.each([100, 1000])('merges do not grow with the number of slices of a window: %i', (slices) => {
  const { cost, fold } = counting();
  const definition = operator({
    ...{ summary: '', since: '', stateVersion: 1, options: {}, partition: 'key', examples: [] },
    create: (_, context) => new SliceWindows(new Grid({ size: slices, every: 1, offset: 0 }), fold, 0, context),
  });
  const driver = new OperatorDriver(definition, {}, keyed);
  const [keys, until] = [3, 3000];
  for (let time = 0; time < until; time++) {
    for (let key = 0; key < keys; key++) driver.push({}, { time, key });
    driver.watermark(time);
  }
  const full = driver.out.splice(0).slice(-keys);
  expect(full.map(({ row }) => row.n)).toEqual([slices, slices, slices]);
  const cells = keys * until;
  expect(cost.merges).toBeLessThanOrEqual(4 * cells + 2 * cost.rows);
});

test('a record that comes behind the watermark, for later windows only, costs the key it belongs to and no other', () => {
  const run = (late: boolean) => {
    const { cost, fold } = counting();
    const definition = operator({
      ...{ summary: '', since: '', stateVersion: 1, options: {}, partition: 'key', examples: [] },
      create: (_, context) => new SliceWindows(new Grid({ size: 100, every: 1, offset: 0 }), fold, 0, context),
    });
    const driver = new OperatorDriver(definition, {}, keyed);
    for (let time = 0; time < 200; time++) for (let key = 0; key < 50; key++) driver.push({}, { time, key });
    driver.watermark(199);
    driver.out.length = 0;
    if (late) driver.push({}, { time: 150, key: 7 });
    driver.watermark(200);
    const rows = driver.out.map(({ row }) => row.n);
    driver.watermark(250);
    return { rows, merges: cost.merges };
  };
  const [without, withIt] = [run(false), run(true)];
  expect(without.rows).toEqual(Array.from({ length: 50 }, () => 99));
  expect(withIt.rows).toEqual(without.rows.map((n, key) => (key === 7 ? 100 : n)));
  expect(withIt.merges - without.merges).toBeLessThan(300);
});

test('a window of a million keys closes in turns of about a thousand rows', () => {
  const driver = new OperatorDriver(tumbling, { size: '10ms', aggregate: { n: 'count()' } }, keyed);
  const keys = 1_000_000;
  for (let key = 0; key < keys; key++) driver.push({}, { time: 1, key });
  let portions = 0;
  let rows = 0;
  for (let more = true; more; portions++) {
    more = driver.portion(9);
    const given = driver.out.splice(0).length;
    if (given > 1000) throw new Error(`a turn gives ${given} rows`);
    rows += given;
  }
  expect(rows).toBe(keys);
  // A thousand that give, a thousand that sort, and some more.
  expect(portions).toBeGreaterThan(2000);
});
