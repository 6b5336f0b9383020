import zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
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
  expect(() => zstd.unpack(frame(3000))).toThrow(/unpacks to too much|larger than/);
});

describe('what unpacks to more than 256 MiB is refused before room is taken for it', async () => {
  const packers = await compressors();
  const bytesBefore = () => process.memoryUsage().arrayBuffers;
  const refused = (number: number, bytes: Buffer, why: RegExp) => {
    const before = bytesBefore();
    expect(() => packers[number]!.unpack(bytes)).toThrow(why);
    expect(bytesBefore() - before).toBeLessThan(2 ** 27);
  };
  /** Java's stream of blocks of snappy. */
  const stream = (blocks: readonly Buffer[]) =>
    Buffer.concat([
      Buffer.from('82534e41505059000000000100000001', 'hex'),
      ...blocks.flatMap((block) => {
        const length = Buffer.alloc(4);
        length.writeInt32BE(block.length);
        return [length, block];
      }),
    ]);

  test('gzip', () => {
    const member = zlib.gzipSync(Buffer.alloc(2 ** 24));
    expect(packers[1]!.unpack(Buffer.concat(Array(16).fill(member)))).toHaveLength(2 ** 28);
    expect(() => packers[1]!.unpack(Buffer.concat(Array(17).fill(member)))).toThrow(/unpacks to too much/);
  });

  test('snappy, also as a stream', () => {
    const block = packers[2]!.pack(Buffer.alloc(2 ** 23));
    expect(packers[2]!.unpack(stream([block, block])).equals(Buffer.alloc(2 ** 24))).toBe(true);
    refused(2, stream(Array(33).fill(block)), /unpacks to too much/);
    // It claims 2 GiB.
    refused(2, Buffer.concat([Buffer.from('8080808008', 'hex'), Buffer.alloc(100)]), /claims to be 2147483648/);
  });

  test('lz4', () => {
    const frame = packers[3]!.pack(Buffer.alloc(2 ** 23));
    expect(packers[3]!.unpack(Buffer.concat([frame, frame]))).toHaveLength(2 ** 24);
    refused(3, Buffer.concat(Array(33).fill(frame)), /unpacks to too much/);
  });

  test('a stream of snappy whose blocks have no sound length ends as an error', () => {
    for (const length of [-4, -1, 1000, 2 ** 31 - 1]) {
      const bytes = stream([Buffer.from('03080102', 'hex')]);
      bytes.writeInt32BE(length, 16);
      expect(() => packers[2]!.unpack(bytes)).toThrow(RangeError);
    }
  });
});
