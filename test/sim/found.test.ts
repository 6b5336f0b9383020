import { expect, test } from 'vitest';
import { Batch } from '../../src/flow/batch.ts';
import { frameCodec } from '../../src/flow/frame.ts';

/** What the simulator has found, each in the shortest form that shows it. */

test('a long batch of rows can be followed by another', () => {
  const codec = frameCodec(undefined);
  // Longer than the codec's first buffer, by a number of bytes that is odd or even as may be.
  for (let length = 70_000; length < 70_008; length++) {
    const batch = new Batch();
    batch.rows.push({ text: 'x'.repeat(length) });
    batch.times.push(1);
    batch.orders.push(2);
    for (let i = 0; i < 2; i++) {
      expect(codec.decode(codec.encode(batch).slice())).toMatchObject({ message: { rows: batch.rows } });
    }
  }
});
