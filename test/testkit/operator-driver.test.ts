import { describe, expect, test } from 'vitest';
import dedupe from '../../actors/operators/dedupe.ts';
import split from '../../actors/operators/split.ts';
import tumbling from '../../actors/operators/tumbling.ts';
import { operator, WeirError } from '../../src/stage/index.ts';
import { OperatorDriver } from '../../src/testkit/index.ts';

const windows = { size: '10s', aggregate: { n: 'count()' } };

test('records go in as examples write them, and come out with time, order and key', () => {
  const driver = new OperatorDriver(tumbling, windows, { keyNames: ['id'] });
  driver.feed([
    { $time: 1000, $key: 'a' },
    { $time: 2000, $key: 'a' },
    { $time: 3000, $key: 'b' },
  ]);
  expect(driver.out).toEqual([]);
  driver.watermark(9999);
  expect(driver.out).toEqual([
    { row: { id: 'a', n: 2, windowStart: 0, windowEnd: 10000 }, time: 9999, order: 0, key: 'a' },
    { row: { id: 'b', n: 1, windowStart: 0, windowEnd: 10000 }, time: 9999, order: 2, key: 'b' },
  ]);
  expect(driver.take()).toHaveLength(2);
  expect(driver.out).toEqual([]);
});

test('late records and side outputs are kept apart', () => {
  const late = new OperatorDriver(tumbling, windows).push({}, { time: 25_000 });
  late.watermark(30_000);
  late.push({ n: 1 }, { time: 5000 });
  expect(late.late).toEqual([{ row: { n: 1 }, windowEnd: 10_000 }]);
  expect(late.sides).toEqual([{ name: 'late', row: { n: 1 } }]);
  const sides = new OperatorDriver(split, { into: { big: 'x > 1' } }).feed([{ x: 1 }, { x: 2 }]);
  expect(sides.sides).toEqual([{ name: 'big', row: { x: 2 } }]);
  expect(sides.take()).toEqual([{ x: 1 }]);
});

describe('state', () => {
  test('goes through bytes into a new instance, by deltas or whole', () => {
    for (const full of [false, true]) {
      const first = new OperatorDriver(dedupe, { of: 'id', capacity: 3 }, { clocked: true }).feed([
        { id: 1 },
        { id: 2 },
      ]);
      const one = first.snapshot();
      first.feed([{ id: 3 }]);
      const two = first.snapshot({ full });
      const second = new OperatorDriver(dedupe, { of: 'id', capacity: 3 }, { clocked: true, from: two });
      expect(second.feed([{ id: 1 }, { id: 3 }, { id: 4 }]).take()).toEqual([{ id: 4 }]);
      const older = new OperatorDriver(dedupe, { of: 'id', capacity: 3 }, { clocked: true, from: one });
      expect(older.feed([{ id: 1 }, { id: 3 }]).take()).toEqual([{ id: 3 }]);
      expect(older.keyedSize).toBe(3);
    }
  });

  test('is dealt out by key when the number of instances changes', () => {
    const options = { of: 'id', within: '1h' };
    const whole = new OperatorDriver(dedupe, options, { clocked: true });
    const ids = Array.from({ length: 100 }, (_, id) => ({ id }));
    whole.feed(ids);
    const from = [whole.snapshot()];
    const parts = [0, 1, 2].map(
      (subtask) => new OperatorDriver(dedupe, options, { clocked: true, from, subtask, parallelism: 3 }),
    );
    expect(parts.reduce((sum, { keyedSize }) => sum + keyedSize, 0)).toBe(100);
    for (const { keyedSize } of parts) expect(keyedSize).toBeGreaterThan(10);
    const again = new OperatorDriver(dedupe, options, { clocked: true, from: parts.map((part) => part.snapshot()) });
    expect(again.feed(ids).take()).toEqual([]);
  });
});

test('what it throws is a dead letter, what is broken inside is not', () => {
  const throwing = operator({
    summary: 'Throw.',
    since: '0.1.0',
    stateVersion: 1,
    options: {},
    partition: 'any',
    examples: [],
    create: () => ({
      onRecord({ code }) {
        throw new WeirError(String(code), 'as it was told');
      },
    }),
  });
  const driver = new OperatorDriver(throwing).push({ code: 'WEIR_TOLD' });
  expect(driver.dead).toEqual([{ code: 'WEIR_TOLD', reason: 'as it was told', input: { code: 'WEIR_TOLD' } }]);
  expect(driver.thrown).toHaveLength(1);
  expect(() => driver.push({ code: 'WEIR_ASSERTION' })).toThrow('as it was told');
});

test('time stands still but for the test', () => {
  const clocked = operator({
    summary: 'Add the wall clock and the watermark.',
    since: '0.1.0',
    stateVersion: 1,
    options: {},
    partition: 'any',
    examples: [],
    create: (_, context) => ({
      onRecord: (_row, out) => out.emit({ now: context.now(), watermark: context.watermark, time: context.at.time }),
    }),
  });
  const driver = new OperatorDriver(clocked);
  driver.push({});
  driver.clock.advance(500);
  driver.watermark(100);
  driver.push({});
  expect(driver.take()).toEqual([
    { now: 0, watermark: Number.NEGATIVE_INFINITY, time: 0 },
    { now: 500, watermark: 100, time: 500 },
  ]);
});
