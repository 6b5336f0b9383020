import { compressionsAlgorithms } from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unpackLz4 } from '../../../../actors/lib/kafka/lz4.ts';

const pack = (bytes: Buffer) => compressionsAlgorithms.lz4.compressSync(bytes) as Buffer;
const MOST = 1 << 24;

/** Written by `lz4 -9 -B4 -BD -BX --content-size`, version 1.9.4: blocks that refer to those before them, with checksums. */
const LINKED = [
  'BCJNGFxA3lsCAAAAAACPngEAAHFsaW5lIDAKBwASMQcAEjIHABIzBwASNAcAEjUHABI2BwASNwcAEjgHABM5PwAERwADSAATMUkAEzFKABMxSw',
  'ATMUwAEzFNABMxTgATMU8AEzFQABMyUAAUMpgAA1AAEzJQABMyUAATMlAAEzJQABMyUAATMlAAEzJQABMzUAATM1AAFDPpAANQABMzUAATM1AA',
  'PzM2Ch4B//////////////////////////////////////////////////////////////////////////////////////////////////////',
  '//////////////////////////////////////////////////////////////////////////////////////////////////////////////',
  '//////////////////////////////////////////////////////////////////////////////////////////////////////////////',
  '//////////////////yVBuZSA1CnZrEL0KAQAADx4B////////////////////////////////////////////////////////////////////',
  '//////////////////////////////////////////////////////////////////////////////////////////////////////////////',
  '//////////////////////////////////////////////////////////////////////////////////////////////////////////////',
  '/////////////////////////////////////////////////////+hQaW5lIDGUSt9nZgAAAA8eAf////////////////////////////////',
  '//////////////////////////////////////////////////////////////////////////////////////////IlBlIDE5ChCuezQAAAAA',
  'pyluqA==',
].join('');

const texts = fc.array(fc.tuple(fc.string({ maxLength: 40 }), fc.nat(500)), { maxLength: 30 });
// The library packs no empty bytes once its memory has grown.
const plainOf = (all: [string, number][]) => Buffer.from(`x${all.map(([text, times]) => text.repeat(times)).join('')}`);

test('frames of the client library are unpacked to the byte, also several behind each other', () => {
  fc.assert(
    fc.property(texts, texts, (some, others) => {
      const plain = [plainOf(some), plainOf(others)];
      expect(unpackLz4(Buffer.concat(plain.map(pack)), MOST).equals(Buffer.concat(plain))).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test('a frame of the lz4 command, of several blocks that refer back, behind a frame that is skipped', () => {
  const skipped = Buffer.from('502a4d1803000000aabbcc', 'hex');
  const plain = Array.from({ length: 20_000 }, (_, i) => `line ${i % 37}\n`).join('');
  const unpacked = unpackLz4(Buffer.concat([skipped, Buffer.from(LINKED, 'base64')]), MOST);
  expect(unpacked.toString() === plain).toBe(true);
});

test('blocks that are not packed are taken as they are', () => {
  const random = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * i * 31 + (i >> 3) * 7) % 256));
  expect(unpackLz4(pack(random), MOST).equals(random)).toBe(true);
});

describe('what unpacks to more than the bound is refused before room is taken for it', () => {
  const million = pack(Buffer.alloc(1_000_000));

  test.each([
    ['to the byte', million, 1_000_000],
    ['over several frames', Buffer.concat([million, million, million]), 3_000_000],
  ])('%s', (_, packed, size) => {
    expect(unpackLz4(packed, size)).toHaveLength(size);
    expect(() => unpackLz4(packed, size - 1)).toThrow('it unpacks to too much');
  });

  test('gigabytes in a few blocks', () => {
    // One literal, then a match whose length goes on and on.
    const block = Buffer.concat([Buffer.from([0x1f, 0, 1, 0]), Buffer.alloc(1 << 20, 255), Buffer.from([0, 0])]);
    const frame = Buffer.alloc(7 + 4 + block.length + 4);
    frame.set([0x04, 0x22, 0x4d, 0x18, 0x40, 0x70, 0]);
    frame.writeUInt32LE(block.length, 7);
    block.copy(frame, 11);
    const all = Buffer.concat(Array(20).fill(frame));
    const { arrayBuffers } = process.memoryUsage();
    expect(() => unpackLz4(all, 1 << 28)).toThrow('it unpacks to too much');
    expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(1 << 27);
  });
});

describe('millions of blocks take no more room than what they unpack to', () => {
  const frameOf = (block: Buffer, times: number) => {
    const head = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x70, 0]);
    return Buffer.concat([head, Buffer.alloc(block.length * times, block), Buffer.alloc(4)]);
  };

  test.each([
    ['of no bytes', Buffer.from([0, 0, 0, 0x80]), 0],
    ['of a byte as it is', Buffer.from([1, 0, 0, 0x80, 120]), 1],
    ['packed from no bytes', Buffer.from([1, 0, 0, 0, 0]), 0],
  ])('%s', (_, block, size) => {
    const times = 1 << 20;
    const frame = frameOf(block, times);
    const { heapUsed } = process.memoryUsage();
    const unpacked = unpackLz4(frame, times);
    const grown = process.memoryUsage().heapUsed - heapUsed;
    expect(unpacked.equals(Buffer.alloc(times * size, 'x'))).toBe(true);
    expect(grown).toBeLessThan(16 << 20);
  });

  test('one of no bytes at the beginning of a frame leaves the next one its first', () => {
    const empty = Buffer.from([0, 0, 0, 0x80]);
    // A literal, and a match that refers to it; then one that refers further back than its frame.
    const good = Buffer.from([6, 0, 0, 0, 0x10, 120, 1, 0, 0x10, 121]);
    const bad = Buffer.from([6, 0, 0, 0, 0x10, 120, 2, 0, 0x10, 121]);
    const head = frameOf(empty, 1).subarray(0, -4);
    const of = (block: Buffer) => Buffer.concat([head, block, Buffer.alloc(4)]);
    expect(unpackLz4(Buffer.concat([of(good), of(good)]), 100).toString()).toBe('xxxxxyxxxxxy');
    expect(() => unpackLz4(Buffer.concat([of(good), of(bad)]), 100)).toThrow('refers to what is not there');
  });
});

test('damaged bytes are unpacked to something, or are a RangeError: never anything else', () => {
  const good = [
    pack(
      plainOf([
        ['{"id":1,"name":"a"}', 50],
        ['x', 300],
      ]),
    ),
    Buffer.from(LINKED, 'base64'),
  ];
  const any = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes));
  const damaged = fc.tuple(fc.constantFrom(...good), fc.nat(), fc.nat(255), fc.nat()).map(([bytes, at, byte, cut]) => {
    const bad = Buffer.from(bytes);
    bad[at % bad.length] = byte;
    return cut % 2 === 0 ? bad : bad.subarray(0, cut % bad.length);
  });
  fc.assert(
    fc.property(fc.oneof(any, damaged), (bytes) => {
      try {
        expect(unpackLz4(bytes, MOST).length).toBeLessThanOrEqual(MOST);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 3000 },
  );
});
