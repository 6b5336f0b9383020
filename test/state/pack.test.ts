import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../src/state/pack.ts';

/** Of equal zeros the sign is not kept; a name that sets the prototype becomes another. */
const plain = fc.jsonValue({ depthSize: 'medium', noUnicodeString: false }).filter((value) => {
  return !JSON.stringify(value).includes('__proto__') && !Object.is(value, -0);
});

describe('packed state', () => {
  it('gives back what was put in', () => {
    const property = fc.property(fc.array(plain), (values) => {
      expect(JSON.stringify(unpack(pack(values)))).toBe(JSON.stringify(values));
    });
    fc.assert(property);
  });

  it('holds more shapes than there are short numbers for, each at any place', () => {
    const shapes = Array.from({ length: 3000 }, (_, i) => ({
      [`f${i % 700}`]: i,
      [`g${i % 1100}`]: { [`h${i % 13}`]: i },
    }));
    expect(unpack(pack(shapes))).toEqual(shapes);
    const other = shapes.toReversed();
    expect(unpack(pack(other))).toEqual(other);
    expect(unpack(pack(shapes))).toEqual(shapes);
  });

  it('says the names of a shape once', () => {
    const rows = Array.from({ length: 1000 }, (_, i) => ({ temperature: i, humidity: i }));
    expect(pack(rows).length).toBeLessThan(1000 * 8);
  });

  it('keeps what JSON does not have', () => {
    const value = {
      set: new Set([1, 'a']),
      date: new Date(5),
      numbers: Float64Array.of(1, Number.NaN),
      nothing: undefined,
    };
    expect(unpack(pack(value))).toEqual(value);
    expect(unpack(pack(new Map([['a', { b: 1 }]])))).toEqual({ a: { b: 1 } });
  });
});
