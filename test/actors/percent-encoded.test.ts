import fc from 'fast-check';
import { expect, test } from 'vitest';
import { percentEncoded } from '../../actors/lib/text/percent-encoded.ts';

test('texts come back from a URI as from UTF-8, which has no half characters either', () => {
  const unit = fc.constantFrom('a', '/', '%', 'é', '\ud83d', '\ude00', '\ud800', '\uffff');
  const halves = fc.array(unit).map((units) => units.join(''));
  fc.assert(
    fc.property(halves, (text) => {
      const encoded = percentEncoded(text);
      expect(encoded).toMatch(/^(?:[\w.!~*'()-]|%[0-9A-F]{2})*$/);
      expect(decodeURIComponent(encoded)).toBe(Buffer.from(text).toString());
    }),
  );
});

test('what is no text is written as in JSON', () => {
  for (const value of [true, 7, -0.5, [1, 'a b'], { a: null }]) {
    expect(JSON.parse(decodeURIComponent(percentEncoded(value)))).toEqual(value);
  }
  expect(percentEncoded(2n ** 64n)).toBe('18446744073709551616');
});
