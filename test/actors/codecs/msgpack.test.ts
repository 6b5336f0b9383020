import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import msgpack from '../../../actors/codecs/msgpack.ts';
import type { Row } from '../../../src/stage/index.ts';
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
      { numRuns: 80 },
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
