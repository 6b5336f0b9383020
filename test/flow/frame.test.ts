import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Batch, type Message } from '../../src/flow/batch.ts';
import { encodeCredit, frameCodec } from '../../src/flow/frame.ts';
import type { Row } from '../../src/stage/row.ts';

// msgpackr writes −0 as the integer 0.
const double = fc.double().map((x) => (x === 0 ? 0 : x));
const value = fc.oneof(
  fc.integer(),
  double,
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.record({ x: fc.integer() }),
);
const row = fc.record({ a: fc.integer(), b: double, c: fc.string(), d: value });
const key = fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.boolean());

function batchOf(rows: Row[], keys: Message[] | unknown[]): Batch {
  const batch = new Batch();
  batch.rows = rows;
  batch.times = rows.map((_, i) => i * 1000.5);
  batch.orders = rows.map((_, i) => i);
  batch.keys = keys as Batch['keys'];
  return batch;
}

/** Numbers that crossed lie in typed arrays. */
function plain(frame: ReturnType<ReturnType<typeof frameCodec>['decode']>): unknown {
  const { rows, times, orders, keys } = (frame as { message: Batch }).message;
  return { rows, times: [...times], orders: [...orders], keys: [...keys] };
}

describe('frames', () => {
  test.each([['columns', ['a', 'b', 'c', 'd']] as const, ['rows', undefined] as const])(
    'records come through as they were, by %s',
    (_, fields) => {
      const codec = frameCodec(fields);
      fc.assert(
        fc.property(fc.array(row, { maxLength: 40 }), fc.array(key, { minLength: 40, maxLength: 40 }), (rows, keys) => {
          const batch = batchOf(rows, keys.slice(0, rows.length));
          // A frame may begin at any byte of the memory that it lies in.
          const frame = codec.encode(batch);
          const moved = new Uint8Array(frame.length + 3).subarray(3);
          moved.set(frame);
          expect(plain(codec.decode(moved))).toEqual(plain({ message: batch }));
        }),
      );
    },
  );

  test('signals and credit come through', () => {
    const codec = frameCodec(['a']);
    const signals: Message[] = [
      { kind: 'watermark', time: 1.5e12 },
      { kind: 'watermark', time: Number.POSITIVE_INFINITY },
      { kind: 'watermark', time: 5, by: { source: 'in.file', split: 'é/1', outOfOrderMs: 2000 } },
      { kind: 'barrier', epoch: 42 },
      { kind: 'end' },
      { kind: 'idle' },
    ];
    for (const message of signals) expect(codec.decode(codec.encode(message))).toEqual({ message });
    expect(codec.decode(encodeCredit(4096))).toEqual({ credit: 4096 });
  });
});
