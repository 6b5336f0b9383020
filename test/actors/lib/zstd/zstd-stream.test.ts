import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { unpack } from '../../../../actors/lib/packed/unpack.ts';
import { zstdLibrary } from '../../../../actors/lib/packed/zstd.ts';
import { ZstdStream } from '../../../../actors/lib/zstd/zstd-stream.ts';
import { prng } from '../../../../src/base/prng.ts';
import frames from './frames.json' with { type: 'json' };

/** Unpacks what comes in pieces of so many bytes. */
function unzstd(packed: Buffer, size: number): Buffer {
  const stream = new ZstdStream();
  const out: Buffer[] = [];
  for (let at = 0; at < packed.length; at += size) {
    stream.push(packed.subarray(at, at + size));
    for (let piece = stream.next(); piece !== undefined; piece = stream.next()) out.push(Buffer.from(piece));
  }
  expect(stream.isWhole).toBe(true);
  return Buffer.concat(out);
}

/** Text of a few words, as of logs. */
function words(count: number): Buffer {
  const random = prng('words');
  const all = Array.from({ length: 300 }, () => Math.floor(random() * 1e9).toString(36));
  return Buffer.from(Array.from({ length: count }, () => all[Math.floor(random() ** 2 * 300)]).join(' '));
}

describe('what python zstandard 0.25.0 has packed', () => {
  test.each(frames)('%s', (_, hex, text, times) => {
    const plain = Buffer.from((text as string).repeat(times as number));
    for (const size of [1, 3, 7, 100_000]) expect(unzstd(Buffer.from(hex as string, 'hex'), size)).toEqual(plain);
  });
});

describe('what the reference library has packed', () => {
  const kinds: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(1_000_000)],
    ['noise', randomBytes(300_000)],
    ['few words', words(500)],
    ['many words', words(100_000)],
    ['numbers', Buffer.from(Array.from({ length: 60_000 }, (_, i) => `${i * 7},${i % 97}\n`).join(''))],
    ['noise again', Buffer.concat([words(5000), randomBytes(100_000), words(5000), Buffer.alloc(200_000, 'ab')])],
  ];
  test.each(kinds)('%s', async (_, plain) => {
    const zstd = await zstdLibrary();
    for (const level of [1, 3, 6, 12, 19]) {
      const packed = Buffer.from(zstd.compress(plain, level));
      expect(unzstd(packed, 16_384).equals(plain)).toBe(true);
      expect(unzstd(Buffer.concat([packed, packed]), 1e9).equals(Buffer.concat([plain, plain]))).toBe(true);
    }
  });
});

describe('what cannot be unpacked says why', () => {
  const sound = Buffer.from(frames[1]![1] as string, 'hex');
  const what = (bytes: Buffer, max = 1e6) => (unpack(bytes, 'zstd', max) as { what: string }).what;

  test('no zstd, cut, a wrong checksum, a dictionary, a window of 1 GiB', () => {
    expect(what(Buffer.from('plain text'))).toBe('it is not in zstd format');
    for (let i = 1; i < sound.length; i++) expect(what(sound.subarray(0, i))).toBe('it ends too early');
    const flipped = Buffer.from(sound);
    flipped[flipped.length - 1]! ^= 1;
    expect(what(flipped)).toBe('it is corrupt (a wrong checksum)');
    expect(what(Buffer.from('28b52ffd0158010000', 'hex'))).toBe('it needs a dictionary');
    expect(what(Buffer.from('28b52ffd00a0010000', 'hex'))).toBe('its window is of 1073741824 bytes, more than 128 MiB');
  });

  test('more than is allowed', () => {
    const rle = Buffer.concat([
      Buffer.from('28b52ffd0058', 'hex'),
      ...Array(10_000).fill(Buffer.from('02001000', 'hex')),
    ]);
    expect(unpack(rle, 'zstd', 1e6)).toEqual({ tooLarge: true, what: 'it unpacks to too much' });
  });
});
