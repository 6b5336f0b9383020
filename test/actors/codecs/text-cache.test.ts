import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextCache } from '../../../actors/lib/json/text-cache.ts';
import type { SliceBuffer } from '../../../actors/lib/json/value-reader.ts';
import { tries } from '../../support/thorough.ts';

test('gives every text as it stands, whether it comes again or not', () => {
  const text = fc.oneof(
    fc.constantFrom('info', 'warning', 'error', 'web-1.example.com', 'web-2.example.com'),
    fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 40 }),
  );
  const cache = new TextCache();
  fc.assert(
    fc.property(fc.array(text, { maxLength: 200 }), (texts) => {
      const b = Buffer.from(`"${texts.join('""')}"`) as SliceBuffer;
      const view = new DataView(b.buffer, b.byteOffset, b.length);
      let at = 1;
      for (const each of texts) {
        expect(cache.get(b, view, at, at + each.length)).toBe(each);
        at += each.length + 2;
      }
    }),
    { numRuns: tries(200) },
  );
});
