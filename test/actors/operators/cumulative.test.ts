import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CumulativeWindows } from '../../../actors/lib/window/cumulative-windows.ts';
import type { Fold } from '../../../actors/lib/window/fold.ts';
import { Steps } from '../../../actors/lib/window/steps.ts';
import cumulative from '../../../actors/operators/cumulative.ts';
import { KEY_GROUPS } from '../../../src/base/hash.ts';
import { operator } from '../../../src/stage/definition.ts';
import { tries } from '../../support/thorough.ts';
import { OperatorRig } from '../support/operator-rig.ts';
import { AGGREGATES, cumulativeModel, sorted, streams } from '../support/window-models.ts';

const keyed = { keyNames: ['key'] };

test('gives what a model gives that keeps every record, out of order and over restores', () => {
  const shape = fc.record({
    every: fc.integer({ min: 1, max: 12 }),
    steps: fc.integer({ min: 1, max: 5 }),
    offset: fc.nat(30),
    lateness: fc.nat(10),
  });
  const cuts = fc.array(fc.nat(59), { maxLength: 5 }).map((list) => new Set(list));
  fc.assert(
    fc.property(streams(60), shape, cuts, (events, { every, steps, offset, lateness }, cuts) => {
      const size = every * steps;
      const options = {
        ...{ size: `${size}ms`, every: `${every}ms`, offset: `${offset}ms`, allowedLateness: `${lateness}ms` },
        aggregate: AGGREGATES,
      };
      let rig = new OperatorRig(cumulative, options, keyed);
      const rows = [];
      let late = 0;
      for (const [order, event] of events.entries()) {
        if (event.kind === 'watermark') rig.watermark(event.time);
        else rig.push({ x: event.x }, event.time, event.key, order);
        if (!cuts.has(order)) continue;
        rows.push(...rig.take());
        late += rig.late.length;
        rig = new OperatorRig(cumulative, options, { ...keyed, from: rig.save() });
      }
      rig.watermark(Number.POSITIVE_INFINITY);
      rows.push(...rig.take());
      expect(rig.dead).toEqual([]);
      expect(rig.driver.keyedSize).toBe(0);
      const model = cumulativeModel(events, { size, every, offset, lateness });
      expect({ rows: sorted(rows), late: late + rig.late.length }).toEqual(model);
    }),
    { numRuns: tries(150) },
  );
});

const options = { size: '30ms', every: '10ms', aggregate: { n: 'count()' } };

test('a step ends at its last millisecond, with all that has come for the period by then', () => {
  const rig = new OperatorRig(cumulative, options, keyed);
  rig.push({}, 3, 'a', 7).push({}, 4, 'b', 5);
  rig.watermark(8);
  expect(rig.out).toEqual([]);
  rig.watermark(9);
  expect(rig.out.splice(0)).toEqual([
    { row: { key: 'b', n: 1, windowStart: 0, windowEnd: 10 }, time: 9, order: 5, key: 'b' },
    { row: { key: 'a', n: 1, windowStart: 0, windowEnd: 10 }, time: 9, order: 7, key: 'a' },
  ]);
  // Its step has ended, its period has not.
  rig.push({}, 5, 'a', 8);
  rig.watermark(29);
  expect(rig.take().map(({ key, n, windowEnd }) => `${key} ${n} ${windowEnd}`)).toEqual([
    ...['b 1 20', 'a 2 20', 'b 1 30', 'a 2 30'],
  ]);
  rig.push({ id: 1 }, 29, 'a');
  expect(rig.late).toEqual([{ row: { id: 1 }, windowEnd: 30 }]);
});

test('the records so far with the best values', () => {
  const rig = new OperatorRig(cumulative, { size: '20ms', every: '10ms', top: { by: 'x' } });
  rig.push({ x: 3 }, 1).push({ x: 2 }, 12);
  rig.watermark(Number.POSITIVE_INFINITY);
  expect(rig.take()).toEqual([{ x: 3 }, { x: 3 }]);
});

test('many keys, and many steps without a record, come in portions', () => {
  const rig = new OperatorRig(cumulative, options, keyed);
  for (let i = 0; i < 5500; i++) rig.push({}, 1, i);
  expect(rig.watermark(9)).toBeGreaterThan(10);
  expect(rig.take().length).toBe(5500);
  expect(rig.driver.keyedSize).toBe(5500 + KEY_GROUPS);

  const bySeconds = new OperatorRig(cumulative, { ...options, size: '1d', every: '1s' }, keyed);
  bySeconds.push({}, 86_399_000, 'a');
  expect(bySeconds.watermark(Number.POSITIVE_INFINITY)).toBeGreaterThan(8);
  expect(bySeconds.take().length).toBe(1);
});

test('a step is merged once, however many follow', () => {
  let merges = 0;
  const counting: Fold<{ n: number }> = {
    create: () => ({ n: 0 }),
    add: (acc) => void acc.n++,
    merge: (into, other) => {
      merges++;
      into.n += other.n;
    },
    emit: (acc, key, order, { end, time, out }) => out.emitAt({ n: acc.n, end }, time, order, key),
    encode: (acc) => acc,
    decode: (data) => data as { n: number },
  };
  const definition = operator({
    ...{ summary: '', since: '', stateVersion: 1, options: {}, partition: 'key', examples: [] },
    create: (_, context) =>
      new CumulativeWindows(new Steps({ size: 1000, every: 10, offset: 0 }), counting, 0, context),
  });
  const rig = new OperatorRig(definition, {}, keyed);
  for (let time = 0; time < 1000; time++) rig.push({}, time, time % 3);
  rig.watermark(Number.POSITIVE_INFINITY);
  expect(merges).toBe(300);
  expect(rig.out.length).toBe(300);
  expect(rig.out.at(-1)?.row).toEqual({ n: 333, end: 1000 });
});

test('a period is a whole number of steps', () => {
  expect(() => new OperatorRig(cumulative, { ...options, size: '25ms' })).toThrow(/a whole number of steps/);
});

test('a record without a time is a dead letter', () => {
  const rig = new OperatorRig(cumulative, options, keyed);
  rig.push({}, Number.NaN, 'a');
  expect(rig.dead.map(({ code }) => code)).toEqual(['WEIR_TIME']);
});
