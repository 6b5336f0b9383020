import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import msgpack from '../../../actors/codecs/msgpack.ts';
import type { Row } from '../../../src/stage/index.ts';
import { tries } from '../../support/thorough.ts';
import { decode, encode } from './driver.ts';

describe.each(['none', 'length'] as const)('framing %s', (framing) => {
  const options = { framing };

  test('what is written is read back, wherever it is cut', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.maxSafeInteger(),
      fc.double().map((v) => (v === 0 ? 0 : v)),
      fc.boolean(),
      fc.constant(null),
    );
    const rows = fc.array(
      fc.dictionary(fc.string({ minLength: 1 }), fc.oneof(value, fc.array(value)), { noNullPrototype: true }),
    );
    fc.assert(
      fc.property(rows, fc.array(fc.nat(400), { maxLength: 8 }), (some, cuts) => {
        const clean = some.map((row) =>
          Object.fromEntries(Object.entries(row).filter(([name]) => name !== '__proto__')),
        );
        const got = decode(msgpack, encode(msgpack, clean as Row[], options), { options, cuts });
        expect(got.malformed).toEqual([]);
        expect(got.rows).toEqual(clean);
      }),
      { numRuns: tries(80) },
    );
  });

  test('what is no map is a dead letter, and so is a cut end', () => {
    const good = encode(msgpack, [{ a: 1 }], options);
    const five = framing === 'length' ? Buffer.from([0, 0, 0, 1, 5]) : Buffer.from([5]);
    const got = decode(msgpack, Buffer.concat([good, five, good, good.subarray(0, -1)]), { options });
    expect(got.rows).toEqual([{ a: 1 }, { a: 1 }]);
    expect(got.malformed.map(({ order }) => order)).toEqual([good.length, 2 * good.length + five.length]);
  });
});

test('behind its length, one broken map costs no other', () => {
  const options = { framing: 'length' as const };
  const good = encode(msgpack, [{ a: 1 }], options);
  const bad = Buffer.from([0, 0, 0, 2, 0x82, 0xa1]);
  const got = decode(msgpack, Buffer.concat([good, bad, good]), { options });
  expect(got.rows).toEqual([{ a: 1 }, { a: 1 }]);
  expect(got.malformed.length).toBe(1);
});

test('a field named __proto__ is refused, and not renamed; text that says so is not', () => {
  const name = [0xa9, ...Buffer.from('__proto__')];
  const bad = Buffer.from([0x81, ...name, 1]);
  const nested = Buffer.from([0x81, 0xa1, 0x61, 0x91, 0x81, ...name, 1]);
  const good = Buffer.from([0x81, 0xa1, 0x61, ...name]);
  const got = decode(msgpack, Buffer.concat([bad, nested, good]));
  expect(got.malformed.length).toBe(2);
  expect(got.rows).toEqual([{ a: '__proto__' }]);
});

describe('a run of what is no map is one dead letter', () => {
  const [one, two] = [encode(msgpack, [{ a: 1 }]), encode(msgpack, [{ b: 2 }])];

  test('with the records on either side of it, wherever the input is cut', () => {
    // A text, which is a number for each character; an empty map and one of numbers, as chance may have them; a list.
    const text = Buffer.concat([Buffer.from('GET / HTTP/1.1\r\n'), Buffer.from([0x80, 0x81, 1, 2, 0x92, 3, 4])]);
    const input = Buffer.concat([one, text, two, text, one, one, Buffer.from('end')]);
    const cuts = fc.array(fc.nat(input.length), { maxLength: 6 });
    fc.assert(
      fc.property(cuts, (places) => {
        const got = decode(msgpack, input, { cuts: places });
        expect(got.rows).toEqual([{ a: 1 }, { b: 2 }, { a: 1 }, { a: 1 }]);
        expect(got.malformed).toEqual([
          { input: text.toString(), reason: 'a record is a map', order: one.length },
          { input: text.toString(), reason: 'a record is a map', order: one.length + text.length + two.length },
          { input: 'end', reason: 'a record is a map', order: input.length - 3 },
        ]);
      }),
    );
  });

  test('or one for each 64 KiB, which is found in pieces as well as at once', () => {
    const input = Buffer.concat([one, Buffer.alloc(200_000, 'text '), two]);
    for (const cuts of [[], [70_000], Array.from({ length: 40 }, (_, i) => i * 5000)]) {
      const got = decode(msgpack, input, { cuts });
      expect(got.rows).toEqual([{ a: 1 }, { b: 2 }]);
      expect(got.malformed.map(({ order }) => order - one.length)).toEqual([0, 65_536, 131_072, 196_608]);
    }
  });

  test('of lengths that are 0, too', () => {
    const options = { framing: 'length' };
    const good = encode(msgpack, [{ a: 1 }], options);
    const input = Buffer.concat([good, Buffer.alloc(4000), good, Buffer.alloc(7)]);
    for (const cuts of [[], [good.length + 100, good.length + 3999]]) {
      const got = decode(msgpack, input, { options, cuts });
      expect(got.rows).toEqual([{ a: 1 }, { a: 1 }]);
      expect(got.malformed.map(({ order }) => order)).toEqual([good.length, 2 * good.length + 4000]);
    }
  });
});

describe('what the library packs beyond MessagePack', () => {
  const packr = new Packr({ useRecords: false, moreTypes: true, structuredClone: true });

  test('sets and arrays of numbers are lists, bytes are bytes of their own', () => {
    const rows = [
      { s: new Set([1, 'a']), f: new Float64Array([1.5]), b: Buffer.from('\xff\x00', 'latin1'), d: new Date(5) },
    ];
    const input = Buffer.concat(rows.map((row) => packr.pack(row)));
    const got = decode(msgpack, input, { options: { framing: 'none' } });
    expect(got.malformed).toEqual([]);
    expect(got.rows).toEqual([{ s: [1, 'a'], f: [1.5], b: expect.anything(), d: new Date(5) }]);
    input.fill(0);
    expect([...(got.rows[0]!.b as Uint8Array)]).toEqual([255, 0]);
  });

  test('what is no value of a record is a dead letter', () => {
    const cycle: Record<string, unknown> = { a: 1 };
    cycle.self = cycle;
    const rows = [{ e: new RangeError('x') }, { r: /x/ }, cycle];
    for (const row of rows) {
      const got = decode(msgpack, packr.pack(row), { options: { framing: 'none' } });
      expect([got.rows.length, got.malformed.length]).toEqual([0, 1]);
      expect(got.malformed[0]!.reason).toMatch(row === cycle ? /./ : /an instance of/);
    }
  });
});
