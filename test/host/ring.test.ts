import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocateRing, RingReader, RingWriter, resetRing } from '../../src/host/ring.ts';
import { tries } from '../support/thorough.ts';

function frameOf(order: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (order * 31 + i) & 255);
}

describe('a ring', () => {
  test('gives every frame back whole and in order, whatever the lengths and the pace of its two ends', () => {
    const action = fc.oneof(
      fc.record({ write: fc.integer({ min: 0, max: 248 }) }),
      fc.record({ read: fc.integer({ min: 1, max: 5 }) }),
    );
    fc.assert(
      fc.property(fc.array(action, { minLength: 50, maxLength: 400 }), (actions) => {
        const buffer = allocateRing(1024);
        const writer = new RingWriter(buffer);
        const reader = new RingReader(buffer);
        const under: { tag: number; frame: Uint8Array }[] = [];
        let order = 0;
        for (const each of actions) {
          if ('write' in each) {
            const frame = frameOf(order, each.write);
            if (writer.tryWrite(order, frame)) under.push({ tag: order++, frame });
            else expect(under.length).toBeGreaterThan(0);
            continue;
          }
          for (let i = 0; i < each.read; i++) {
            const expected = under.shift();
            const frame = reader.read();
            expect(frame === undefined).toBe(expected === undefined);
            if (!frame || !expected) break;
            expect(reader.tag).toBe(expected.tag);
            expect(Buffer.compare(frame, expected.frame)).toBe(0);
          }
        }
      }),
      { numRuns: tries(300) },
    );
  });

  test('takes a longest frame whenever half of it is free', () => {
    const buffer = allocateRing(1024);
    const writer = new RingWriter(buffer);
    const reader = new RingReader(buffer);
    for (let round = 0; round < 200; round++) {
      const small = frameOf(round, round % 57);
      expect(writer.tryWrite(1, small)).toBe(true);
      expect(writer.tryWrite(2, frameOf(round, writer.maxFrame))).toBe(true);
      for (let i = 0; i < 2; i++) {
        reader.read();
      }
    }
  });

  test('works on when its positions pass 2³¹ and 2³²', () => {
    const buffer = allocateRing(2 ** 20);
    const writer = new RingWriter(buffer);
    const reader = new RingReader(buffer);
    const frame = new Uint8Array(writer.maxFrame);
    for (let sent = 0; sent < 2 ** 32 + 2 ** 21; sent += frame.length) {
      if (!writer.tryWrite(sent & 127, frame)) throw new Error('no room in an empty ring');
      if (reader.read()?.length !== frame.length || reader.tag !== (sent & 127)) throw new Error('a wrong frame');
    }
  });

  test('tells the consumer once that the producer waits, when half is free', () => {
    const buffer = allocateRing(1024);
    const writer = new RingWriter(buffer);
    const reader = new RingReader(buffer);
    while (writer.tryWrite(0, new Uint8Array(120)));
    const told: number[] = [];
    for (let left = 1024; reader.read(); left -= 128) {
      if (reader.takeWaiting()) told.push(left - 128);
    }
    expect(told).toEqual([512]);
  });

  test('does not let the consumer sleep over a frame, and wakes a sleeper once', () => {
    const buffer = allocateRing(1024);
    const writer = new RingWriter(buffer);
    const reader = new RingReader(buffer);
    expect(writer.takeSleeping()).toBe(false);
    expect(reader.trySleep()).toBe(true);
    writer.tryWrite(0, new Uint8Array(8));
    expect(writer.takeSleeping()).toBe(true);
    expect(writer.takeSleeping()).toBe(false);
    expect(reader.trySleep()).toBe(false);
  });

  test('is empty after a reset', () => {
    const buffer = allocateRing(1024);
    new RingWriter(buffer).tryWrite(0, new Uint8Array(8));
    resetRing(buffer);
    expect(new RingReader(buffer).read()).toBe(undefined);
  });

  test('has a size that is a power of two', () => {
    expect(() => allocateRing(3000)).toThrow(expect.objectContaining({ code: 'WEIR_RING_SIZE' }));
  });
});
