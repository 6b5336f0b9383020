import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventTimeOf, parseIso } from '../../src/expr/iso-time.ts';
import { tries } from '../support/thorough.ts';

const FIRST = Date.UTC(2000) - 2000 * 365.2425 * 86_400_000;
const moment = fc.integer({ min: Math.ceil(FIRST) + 86_400_000, max: Date.UTC(9999, 11, 31) });

test('reads what Date writes, in all forms', () => {
  fc.assert(
    fc.property(moment, (ms) => {
      const iso = new Date(ms).toISOString();
      const second = Math.floor(ms / 1000) * 1000;
      expect(parseIso(iso)).toBe(ms);
      expect(parseIso(iso.slice(0, 23))).toBe(ms);
      expect(parseIso(iso.replace('T', ' '))).toBe(ms);
      expect(parseIso(` ${iso.replace('.', ',')} `)).toBe(ms);
      expect(parseIso(iso.slice(0, 19))).toBe(second);
      expect(parseIso(`${iso.slice(0, 19)}Z`)).toBe(second);
      expect(parseIso(`${iso.slice(0, 23)}456+02:00`)).toBe(ms - 7_200_000);
      expect(parseIso(iso.slice(0, 10))).toBe(Math.floor(ms / 86_400_000) * 86_400_000);
    }),
  );
});

test('takes the days and hours that there are, and no others', () => {
  const part = (max: number) => fc.nat(max).map((n) => String(n).padStart(2, '0'));
  fc.assert(
    fc.property(fc.integer({ min: 1890, max: 2110 }), part(13), part(32), part(24), part(60), part(60), (...parts) => {
      const [year, month, day, hour, minute, second] = parts;
      const text = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
      // Date goes on into the next month or day where there is none.
      const date = new Date(
        Date.UTC(year, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)),
      );
      const time = date.toISOString() === `${text}.000Z` ? date.getTime() : undefined;
      expect(parseIso(text)).toBe(time);
      expect(parseIso(`${text}Z`)).toBe(time);
      expect(parseIso(`${text}+00:00`)).toBe(time);
    }),
    { numRuns: tries(1000) },
  );
});

test.each([
  ...['Mon, 05 Jan 2026 10:00:00 GMT', '2026-02-30', '1000', '2026', '2026-01', '+002026-01-05T10:00:00Z'],
  ...[
    '2026-01-05T10:00:00.Z',
    '2026-01-05T10:00:0aZ',
    '2026-01-05T1 :00:00',
    '2026-01-05T10:00:00+24:00',
    '٢026-01-05',
  ],
  ...['2026-01-05T10:00:00.1a3Z', '2026-01-05X10:00:00Z', '2026-01-05T10:00:00ZZ', 'x026-01-05T10:00:00'],
])('%j is no event time', (text) => {
  expect(parseIso(text)).toBeUndefined();
  expect(eventTimeOf(text)).toBeNaN();
});

test('event time is a number as it is, or a text; nothing else', () => {
  expect([0, -1.5, 9e15].map(eventTimeOf)).toEqual([0, -1.5, 9e15]);
  expect(eventTimeOf('1970-01-01T00:00')).toBe(0);
  for (const value of [null, undefined, true, 5n, new Date(0), [0]]) expect(eventTimeOf(value)).toBeNaN();
});
