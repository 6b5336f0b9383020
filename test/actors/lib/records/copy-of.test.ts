import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyOf } from '../../../../actors/lib/records/copy-of.ts';

const names = fc.uniqueArray(
  fc.oneof(fc.string(), fc.constantFrom('constructor', 'toString', '0', '7', 'a b', '"', '\\', '\u2028')),
  {
    maxLength: 30,
  },
);

test('a copy has the fields of the record in their order, is plain, and is not the record, however often they come', () => {
  const property = fc.property(fc.array(names, { minLength: 1, maxLength: 12 }), (layouts) => {
    for (let round = 0; round < 70; round++) {
      for (const layout of layouts) {
        const fields = layout.filter((name) => name !== '__proto__');
        const row = Object.fromEntries(fields.map((name, i) => [name, [i, `${round}`, null, undefined][i % 4]]));
        const copy = copyOf(row);
        expect(Object.entries(copy)).toEqual(Object.entries(row));
        expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
        copy.more = 1;
        expect(row).not.toHaveProperty('more', 1);
      }
    }
  });
  fc.assert(property, { numRuns: 20 });
});

test('a field __proto__ changes no prototype of others, and very many fields are copied as well', () => {
  const odd = JSON.parse('{"__proto__": 1, "x": 2}') as Record<string, unknown>;
  const wide = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`f${i}`, i]));
  for (let i = 0; i < 100; i++) {
    expect(copyOf(odd)).toEqual({ x: 2 });
    expect(copyOf(wide)).toEqual(wide);
  }
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});
