import { describe, expect, test } from 'vitest';
import { formatBytes, formatDuration, parseBytes, parseDuration } from '../../src/base/units.ts';

describe('units', () => {
  test.each([
    ['500ms', 500],
    ['5s', 5000],
    ['1.5h', 5_400_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['0', 0],
  ])('the duration %s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each([
    ['64KiB', 65_536],
    ['1MB', 1_000_000],
    ['1.5MiB', 1_572_864],
    ['12B', 12],
  ])('the size %s is %d bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  test.each(['', '5', 's', '5 apples', '-3s', '5s and'])('%j is no duration', (text) => {
    expect(() => parseDuration(text)).toThrowError(expect.objectContaining({ code: 'WEIR_UNIT' }));
  });

  test.each([
    [40, '40ms'],
    [2500, '2.5s'],
    [5_400_000, '1h30m'],
    [90_000, '1m30s'],
  ])('%d ms is written %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  test('sizes are written in binary units', () => {
    expect([512, 65_536, 1_572_864].map(formatBytes)).toEqual(['512B', '64KiB', '1.5MiB']);
  });
});
