import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import hopping from '../../../actors/operators/hopping.ts';
import session from '../../../actors/operators/session.ts';
import tumbling from '../../../actors/operators/tumbling.ts';
import { KEY_GROUPS } from '../../../src/base/hash.ts';
import type { OperatorDefinition } from '../../../src/stage/definition.ts';
import { tries } from '../../support/thorough.ts';
import { OperatorRig } from '../support/operator-rig.ts';
import { AGGREGATES, type Event, sessionModel, sorted, streams, windowModel } from '../support/window-models.ts';

/** Runs a stream, putting the operator away and taking a new one at the events in `cuts`. */
function run(
  definition: OperatorDefinition<any>,
  options: Record<string, unknown>,
  events: readonly Event[],
  cuts = new Set<number>(),
) {
  let rig = new OperatorRig(definition, options, { keyNames: ['key'] });
  const rows = [];
  let late = 0;
  for (const [order, event] of events.entries()) {
    if (event.kind === 'watermark') rig.watermark(event.time);
    else rig.push({ x: event.x }, event.time, event.key, order);
    if (!cuts.has(order)) continue;
    rows.push(...rig.take());
    late += rig.late.length;
    rig = new OperatorRig(definition, options, { keyNames: ['key'], from: rig.save() });
  }
  rig.watermark(Number.POSITIVE_INFINITY);
  rows.push(...rig.take());
  expect(rig.dead).toEqual([]);
  return { rows: sorted(rows), late: late + rig.late.length, rig };
}

const cuts = fc.array(fc.nat(59), { maxLength: 5 }).map((list) => new Set(list));
const ms = (n: number) => `${n}ms`;

describe('windows give what a model gives that keeps every record', () => {
  test('tumbling, with offset, allowed lateness and restores', () => {
    const shape = fc.record({
      size: fc.integer({ min: 1, max: 20 }),
      offset: fc.integer({ min: 0, max: 30 }),
      lateness: fc.integer({ min: 0, max: 10 }),
    });
    fc.assert(
      fc.property(streams(60), shape, cuts, (events, { size, offset, lateness }, at) => {
        const options = { size: ms(size), offset: ms(offset), allowedLateness: ms(lateness), aggregate: AGGREGATES };
        const { rows, late } = run(tumbling, options, events, at);
        expect({ rows, late }).toEqual(windowModel(events, { size, offset, lateness }));
      }),
      { numRuns: tries(120) },
    );
  });

  test('hopping, overlapping or with gaps, and restores', () => {
    const shape = fc.record({ size: fc.integer({ min: 1, max: 24 }), every: fc.integer({ min: 1, max: 24 }) });
    fc.assert(
      fc.property(streams(60), shape, fc.integer({ min: 0, max: 9 }), cuts, (events, { size, every }, offset, at) => {
        const options = { size: ms(size), every: ms(every), offset: ms(offset), aggregate: AGGREGATES };
        const { rows, late } = run(hopping, options, events, at);
        expect({ rows, late }).toEqual(windowModel(events, { size, every, offset }));
      }),
      { numRuns: tries(120) },
    );
  });

  test('session, merging out of order, and restores', () => {
    fc.assert(
      fc.property(streams(60), fc.integer({ min: 1, max: 12 }), cuts, (events, gap, at) => {
        const { rows, late } = run(session, { gap: ms(gap), aggregate: AGGREGATES }, events, at);
        expect({ rows, late }).toEqual(sessionModel(events, gap));
      }),
      { numRuns: tries(150) },
    );
  });

  test('session, on time in any order: what sorting the records first gives', () => {
    fc.assert(
      fc.property(streams(60), fc.integer({ min: 1, max: 12 }), (events, gap) => {
        const records = events.filter((event) => event.kind === 'record');
        const ordered = [...records].sort((a, b) => a.time - b.time);
        const counts = ({ rows }: { rows: readonly object[] }) => rows.map(({ last: _, list: __, ...row }: any) => row);
        expect(counts(run(session, { gap: ms(gap), aggregate: AGGREGATES }, records))).toEqual(
          counts(run(session, { gap: ms(gap), aggregate: AGGREGATES }, ordered)),
        );
      }),
    );
  });
});

describe('the first half of windows without a key', () => {
  /** Two first halves with watermarks of their own feed one second half, which has the smaller of both. */
  function halves(definition: OperatorDefinition<any>, options: Record<string, unknown>, events: readonly Event[]) {
    const final = new OperatorRig(definition, options);
    const partials = [0, 1].map(() => new OperatorRig(definition, options, { half: 'partial' }));
    const watermarks = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const finalEvents: Event[] = [];
    let crossed = 0;
    const pass = (partial: OperatorRig) => {
      for (const { row, time, order, key } of partial.out.splice(0)) {
        crossed++;
        final.push(structuredClone(row), time, key, order);
      }
    };
    for (const [order, event] of events.entries()) {
      const which = order % 2;
      const partial = partials[which] as OperatorRig;
      if (event.kind === 'record') {
        partial.push({ x: event.x }, event.time, null, order);
        finalEvents.push({ ...event, key: 'all' });
      } else {
        watermarks[which] = Math.max(watermarks[which] as number, event.time);
        partial.watermark(watermarks[which] as number);
      }
      if (order % 7 === 0) partial.save();
      pass(partial);
      const least = Math.min(...watermarks);
      final.watermark(least);
      finalEvents.push({ kind: 'watermark', time: least });
    }
    for (const partial of partials) {
      partial.watermark(Number.POSITIVE_INFINITY);
      pass(partial);
    }
    final.watermark(Number.POSITIVE_INFINITY);
    expect(final.dead).toEqual([]);
    return { rows: final.take(), late: final.late.length, finalEvents, crossed };
  }

  test('gives the same rows and the same late records', () => {
    const shape = fc.record({ size: fc.integer({ min: 1, max: 24 }), every: fc.integer({ min: 1, max: 24 }) });
    fc.assert(
      fc.property(streams(60), shape, (events, { size, every }) => {
        const options = { size: ms(size), every: ms(every), aggregate: AGGREGATES };
        const { rows, late, finalEvents } = halves(hopping, options, events);
        const model = windowModel(finalEvents, { size, every });
        // The model's orders are other numbers, so what the order decides is left out here.
        const plain = (row: any) => ({ ...row, key: undefined, last: undefined, list: undefined });
        expect({ rows: rows.map(plain), late }).toEqual({ rows: model.rows.map(plain), late: model.late });
      }),
      { numRuns: tries(120) },
    );
  });

  test('passes on one row per slice, and none twice', () => {
    const events: Event[] = Array.from({ length: 1000 }, (_, i) => ({ kind: 'record', key: '', time: i, x: 1 }));
    // Every seventh of the records brings a barrier, which empties the half.
    const { rows, crossed } = halves(tumbling, { size: '500ms', aggregate: { n: 'count()' } }, events);
    expect(rows).toEqual([
      { n: 500, windowStart: 0, windowEnd: 500 },
      { n: 500, windowStart: 500, windowEnd: 1000 },
    ]);
    expect(crossed).toBeLessThan(160);
  });

  test('a ranking crosses too', () => {
    const events: Event[] = [3, 9, 4, 9, 1].map((x, i) => ({ kind: 'record', key: '', time: i, x }));
    expect(halves(tumbling, { size: '1s', top: { by: 'x', ties: 'all' } }, events).rows).toEqual([{ x: 9 }, { x: 9 }]);
  });
});

describe('what comes out of a closing window', () => {
  const options = { size: '10ms', aggregate: { n: 'count()' } };

  test('bears the last millisecond of the window, the smallest order of its records, and its key', () => {
    const rig = new OperatorRig(tumbling, options, { keyNames: ['key'] });
    rig.push({}, 3, 'a', 70).push({}, 1, 'a', 40).push({}, 2, 'a', 55);
    rig.watermark(8);
    expect(rig.out).toEqual([]);
    rig.watermark(9);
    const row = { key: 'a', n: 3, windowStart: 0, windowEnd: 10 };
    expect(rig.out).toEqual([{ row, time: 9, order: 40, key: 'a' }]);
  });

  test('comes in portions when there are many keys', () => {
    const rig = new OperatorRig(tumbling, options, { keyNames: ['key'] });
    for (let i = 0; i < 5500; i++) rig.push({}, 1, i);
    expect(rig.watermark(100)).toBeGreaterThan(5);
    expect(rig.out.length).toBe(5500);
    // What is left is how far it has come, once for each key group.
    expect(rig.driver.keyedSize).toBe(KEY_GROUPS);
  });

  test('also in portions when there are many windows', () => {
    const rig = new OperatorRig(tumbling, options, { keyNames: ['key'] });
    for (let i = 0; i < 2500; i++) rig.push({}, i * 10, 'a');
    expect(rig.watermark(Number.POSITIVE_INFINITY)).toBeGreaterThan(2);
    expect(rig.out.length).toBe(2500);
  });

  test('has every key field in its order', () => {
    const rig = new OperatorRig(tumbling, options, { keyNames: ['host', 'core'] });
    rig.push({}, 3, '["web",1]');
    rig.watermark(100);
    expect(JSON.stringify(rig.take())).toBe('[{"host":"web","core":1,"n":1,"windowStart":0,"windowEnd":10}]');
  });

  test('late records go to their side with the end of their window', () => {
    const rig = new OperatorRig(tumbling, options, { keyNames: ['key'] });
    rig.watermark(9);
    rig.push({ id: 1 }, 9, 'a');
    expect(rig.late).toEqual([{ row: { id: 1 }, windowEnd: 10 }]);
    expect(rig.sides).toEqual([{ name: 'late', row: { id: 1 } }]);
  });

  test('a closed hopping window does not come again after a restore, though its slices are still there', () => {
    const hop = { size: '10ms', every: '5ms', aggregate: { n: 'count()' } };
    const before = new OperatorRig(hopping, hop, { keyNames: ['key'] });
    before.push({}, 7, 'a');
    before.watermark(9);
    expect(before.take()).toEqual([{ key: 'a', n: 1, windowStart: 0, windowEnd: 10 }]);
    const after = new OperatorRig(hopping, hop, { keyNames: ['key'], from: before.save() });
    after.watermark(9);
    after.watermark(Number.POSITIVE_INFINITY);
    expect(after.take()).toEqual([{ key: 'a', n: 1, windowStart: 5, windowEnd: 15 }]);
  });

  test('a record that an aggregate refuses leaves no group behind', () => {
    const rig = new OperatorRig(tumbling, { size: '10ms', aggregate: { s: 'sum(x)' } }, { keyNames: ['key'] });
    rig.push({ x: 'text' }, 1, 'a');
    expect(rig.dead).toEqual([{ row: { x: 'text' }, code: 'WEIR_TYPE' }]);
    rig.watermark(Number.POSITIVE_INFINITY);
    expect(rig.out).toEqual([]);
  });

  test('a group whose result cannot be computed is a dead letter, at its own time, and the others come out', () => {
    const aggregate = { twice: 'last(x) * 2' };
    const rig = new OperatorRig(tumbling, { size: '10ms', aggregate }, { keyNames: ['key'] });
    rig.push({ x: 'text' }, 1, 'a').push({ x: 4 }, 2, 'b').push({ x: 1 }, 25, 'c');
    rig.watermark(9);
    expect(rig.dead).toEqual([{ row: { key: 'a', windowStart: 0, windowEnd: 10 }, code: 'WEIR_TYPE' }]);
    expect(rig.take()).toEqual([{ key: 'b', twice: 8, windowStart: 0, windowEnd: 10 }]);
  });

  test('a record without a time is a dead letter', () => {
    for (const definition of [tumbling, session] as OperatorDefinition<any>[]) {
      const rig = new OperatorRig(definition, { size: '1s', gap: '1s', aggregate: { n: 'count()' } });
      rig.push({}, Number.NaN);
      expect(rig.dead.map(({ code }) => code)).toEqual(['WEIR_TIME']);
    }
  });
});

describe('options that make no window', () => {
  test.each([
    [{ size: '1s' }, /one of aggregate and top/],
    [{ size: '1s', aggregate: { n: 'count()' }, top: { by: 'x' } }, /one of aggregate and top/],
    [{ size: '1.5ms', aggregate: { n: 'count()' } }, /whole milliseconds/],
  ])('%j', (options, message) => {
    expect(() => new OperatorRig(tumbling, options)).toThrow(message);
  });
});

test('results of a window come by the order of their first records, however many there are and whatever was restored', () => {
  const options = { size: '10ms', aggregate: { n: 'count()' } };
  const keys = Array.from({ length: 3500 }, (_, i) => (i * 1237) % 3500);
  const fill = () => {
    const rig = new OperatorRig(tumbling, options, { keyNames: ['key'] });
    for (const key of keys) rig.push({}, 1, key, key < 2 ? 0 : key);
    return rig;
  };
  const restored = new OperatorRig(tumbling, options, { keyNames: ['key'], from: fill().save() });
  for (const rig of [fill(), restored]) {
    rig.watermark(9);
    expect(rig.take().map(({ key }) => key)).toEqual([...keys].sort((a, b) => a - b));
  }
});
