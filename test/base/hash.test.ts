import { describe, expect, test } from 'vitest';
import { hashKey, hashKeyAgain } from '../../src/base/hash.ts';

const KEYS: readonly unknown[] = [
  ...Array.from({ length: 50_000 }, (_, i) => i - 25_000),
  ...Array.from({ length: 50_000 }, (_, i) => i / 3 + 0.1),
  ...Array.from({ length: 50_000 }, (_, i) => `user-${i}`),
  null,
  true,
  false,
];

describe.each([
  ['hashKey', hashKey],
  ['hashKeyAgain', hashKeyAgain],
])('%s', (_, hash) => {
  test('is a whole number of 32 bits, the same for equal keys', () => {
    const hashes = KEYS.map(hash);
    expect(hashes.filter((value) => value !== value >>> 0)).toEqual([]);
    expect(structuredClone(KEYS).map(hash).join()).toBe(hashes.join());
    expect(hash(0)).toBe(hash(-0));
  });

  test('gives no more equal hashes than chance does', () => {
    // n² / 2^33 pairs are to be expected, which is 2.6.
    expect(new Set(KEYS.map(hash)).size).toBeGreaterThan(KEYS.length - 15);
  });

  test.each([0, 1, 7, 15, 23, 30, 31])('bit %d is set in half of them', (bit) => {
    const set = KEYS.filter((key) => (hash(key) >>> bit) & 1).length;
    expect(Math.abs(set / KEYS.length - 0.5)).toBeLessThan(0.01);
  });
});

test('keys that share one hash do not share the other', () => {
  const groups = new Map<number, unknown[]>();
  for (const key of KEYS) {
    const place = hashKey(key) >>> 20;
    groups.set(place, [...(groups.get(place) ?? []), key]);
  }
  for (const keys of groups.values()) {
    const high = keys.filter((key) => hashKeyAgain(key) >>> 31).length;
    // Five standard deviations of a fair coin.
    expect(Math.abs(high - keys.length / 2)).toBeLessThan(2.5 * Math.sqrt(keys.length));
  }
});

test('hashes stay what they are, since state and sketches are kept by them', () => {
  const pins: [key: unknown, hash: number, again: number][] = [
    [0, 0, 1270938603],
    // The finaliser of MurmurHash3, of 1.
    [1, 0x514e28b7, 171274129],
    [-1, 2180083513, 4139408850],
    [2 ** 31, 817838341, 4101224557],
    [0.5, 212211137, 4270268769],
    ['a', 444641715, 716610408],
    ['user-1', 2005895916, 192018068],
    ['naïve ☃', 295482319, 766561351],
    [null, 2578158840, 1634812607],
    [true, 3739262709, 3883646089],
  ];
  expect(pins.map(([key]) => [key, hashKey(key), hashKeyAgain(key)])).toEqual(pins);
});
