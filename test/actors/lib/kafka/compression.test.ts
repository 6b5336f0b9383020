import { expect, test } from 'vitest';
import { compressors } from '../../../../actors/lib/kafka/compression.ts';

/** A frame of zstd without its length, as Java's clients write them, of blocks of 128 KiB of one byte. */
const frame = (blocks: number) =>
  Buffer.concat([
    Buffer.from('28b52ffd0058', 'hex'),
    ...Array(blocks - 1).fill(Buffer.from('02001061', 'hex')),
    Buffer.from('03001062', 'hex'),
  ]);

test('a batch of zstd that does not say its length is unpacked, and a bomb is refused', async () => {
  const zstd = (await compressors())[4]!;
  const plain = Buffer.concat([Buffer.alloc(63 * 131_072, 'a'), Buffer.alloc(131_072, 'b')]);
  expect(zstd.unpack(frame(64)).equals(plain)).toBe(true);
  expect(() => zstd.unpack(frame(3000))).toThrow(/cannot be unpacked from zstd|larger than/);
});
