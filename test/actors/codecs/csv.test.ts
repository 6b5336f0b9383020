import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import csv from '../../../actors/codecs/csv.ts';
import type { Row } from '../../../src/stage/index.ts';
import { tries } from '../../support/thorough.ts';
import { Collector, encode, feed, program } from './driver.ts';

const defaults = {
  header: true,
  columns: undefined,
  delimiter: ',',
  quote: '"',
  nulls: [''],
  multiline: false,
  ragged: false,
};

/** Decodes a whole file: its header, then the rest in pieces. */
function read(text: string | Buffer, options: object = {}, cuts: number[] = [], made = program({})) {
  const out = new Collector(made);
  const decoder = csv.decoder!({ ...defaults, ...options } as never, { program: made, out });
  const bytes = Buffer.from(text as string);
  const begin = decoder.header!(bytes, 0, bytes.length, true);
  feed(decoder, bytes.subarray(begin), cuts, begin);
  return out.got;
}

interface Case {
  delimiter: string;
  quote: string;
  multiline: boolean;
  text: string;
  rows: string[][];
}

test("reads what Python's csv module writes as that module reads it, cut anywhere", () => {
  const cases: Case[] = JSON.parse(readFileSync(new URL('fixtures/csv-oracle.json', import.meta.url), 'utf8'));
  expect(cases.length).toBe(240);
  for (const [n, { rows, text, ...dialect }] of cases.entries()) {
    const width = text.split(/\r?\n/)[0]!.split(dialect.delimiter).length;
    const columns = Object.fromEntries(Array.from({ length: width }, (_, i) => [`c${i}`, 'text']));
    const expected = rows.map((row) => Object.fromEntries(row.map((cell, i) => [`c${i}`, cell])));
    for (const cuts of [[], Array.from({ length: 200 }, (_, i) => i + 1), [n % 50, (n * 7) % 50]]) {
      const got = read(text, { ...dialect, columns, nulls: [] }, cuts);
      expect([n, got.malformed, got.rows]).toEqual([n, [], expected]);
    }
  }
});

test('what is written is read back', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('', 'true', '12', '007', 'a,b', 'a"b', ' x ', 'a\nb', 'a\rb', null, true, false, 1e300, -0.5),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((v) => v + 0),
    fc.maxSafeInteger(),
  );
  const row = fc.record({ a: value, 'b "c",d': value, e: value });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 6 }), fc.array(fc.nat(60), { maxLength: 4 }), (rows, cuts) => {
      const options = { ...defaults, multiline: true };
      const bytes = encode(csv, rows as Row[], options, ['a', 'b "c",d', 'e']);
      const got = read(bytes, options, cuts);
      expect(got.malformed).toEqual([]);
      expect(got.rows).toEqual(rows);
    }),
    { numRuns: tries(300) },
  );
});

describe('reading', () => {
  test('makes values of only the columns that are read', () => {
    const got = read('a,b,c\n1,2,3\n', { columns: { b: 'bool' } }, [], program({ fields: ['c', 'a', 'x'] }));
    expect(got.rows).toEqual([{ a: 1, c: 3 }]);
    expect(got.malformed).toEqual([]);
  });

  test('guesses what is sure and leaves the rest as text', () => {
    const cells = ['1', '-1.5e3', '01', '1.', '.5', '123456789012345678', 'true', 'FALSE', 'NaN', '"1"', '+1', '-'];
    const got = read(`${cells.map((_, i) => `c${i}`).join(',')}\n${cells.join(',')}\n`);
    const values = [1, -1500, '01', '1.', '.5', '123456789012345678', true, false, 'NaN', '1', '+1', '-'];
    expect(Object.values(got.rows[0]!)).toEqual(values);
  });

  test('reads numbers of any length as JSON.parse does', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 22 });
    const number = fc
      .tuple(fc.boolean(), digits, fc.option(digits), fc.option(fc.integer({ min: -400, max: 400 })))
      .map(([minus, whole, part, power]) => {
        const point = part === null ? '' : `.${part}`;
        return `${minus ? '-' : ''}${whole.replace(/^0+(?=\d)/, '')}${point}${power === null ? '' : `e${power}`}`;
      })
      .filter((text) => /[.e]/.test(text));
    const property = fc.property(fc.array(number, { minLength: 1, maxLength: 20 }), (texts) => {
      expect(read(`a\n${texts.join('\n')}\n`).rows).toEqual(texts.map((text) => ({ a: JSON.parse(text) })));
    });
    fc.assert(property, { numRuns: tries(300) });
  });

  test('a record of nothing but numbers says the same as one with other cells, cut anywhere', () => {
    const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`));
    const cell = fc.oneof(
      {
        weight: 20,
        arbitrary: fc.tuple(fc.constantFrom('', '-'), digits(12), digits(9)).map(([a, b, c]) => `${a}${b}.${c}`),
      },
      { weight: 20, arbitrary: fc.tuple(fc.constantFrom('', '-'), digits(18)).map(([sign, b]) => sign + b) },
      { weight: 10, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('', '-', '.5', '5.', '-.5', '+5', '--5', '1.2.3', '1-2', '1e5', '0x10', 'a', ' 1'),
      },
    );
    const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
    const said = (text: string) => {
      if (text === '') return null;
      if (!jsonNumber.test(text)) return text;
      const value = JSON.parse(text);
      return /^-?\d{16,}$/.test(text) && String(value) !== text ? text : value;
    };
    const table = fc.array(fc.tuple(cell, cell, cell), { maxLength: 30 });
    const property = fc.property(table, fc.array(fc.nat(300)), fc.constantFrom('\n', '\r\n'), (rows, cuts, end) => {
      const got = read(`a,b,c\n${rows.map((row) => row + end).join('')}`, {}, cuts);
      expect(got.malformed).toEqual([]);
      expect(got.rows).toEqual(rows.map(([a, b, c]) => ({ a: said(a), b: said(b), c: said(c) })));
    });
    fc.assert(property, { numRuns: tries(1000) });
  });

  test('a text that stands for null may be a number', () => {
    const { rows } = read('a,b\n-999,1.5\n-999.0,-999\n7,-999.25\n', { nulls: ['-999', '-999.0'] });
    expect(rows).toEqual([
      { a: null, b: 1.5 },
      { a: null, b: null },
      { a: 7, b: -999.25 },
    ]);
  });

  test('typed columns take what is of their type, null, and nothing else', () => {
    const columns = { n: 'number', b: 'bool', t: 'text' };
    const got = read('n,b,t\n+.5,1,1\nNA,NA,NA\n"7",0,"NA"\nx,1,a\n1,2,a\n', { columns, nulls: ['NA'] });
    expect(got.rows).toEqual([
      { n: 0.5, b: true, t: '1' },
      { n: null, b: null, t: null },
      { n: 7, b: false, t: 'NA' },
    ]);
    expect(got.malformed.map(({ reason, order }) => [reason, order])).toEqual([
      ["'x' in column n is no number", 34],
      ["'2' in column b is no bool", 40],
    ]);
  });

  test('a record of another width is a dead letter, or padded and cut when ragged', () => {
    const text = 'a,b\n1\n1,2,3\n4,5\n';
    expect(read(text).rows).toEqual([{ a: 4, b: 5 }]);
    expect(read(text).malformed.map(({ reason }) => reason)).toEqual([
      '1 values for 2 columns',
      '3 values for 2 columns',
    ]);
    expect(read(text, { ragged: true }).rows).toEqual([
      { a: 1, b: null },
      { a: 1, b: 2 },
      { a: 4, b: 5 },
    ]);
  });

  test.each([false, true])('goes on behind a broken record (multiline %s)', (multiline) => {
    const text = 'a,b\n"x" y,1\n1,2\n3,"open\n4,5\n';
    const got = read(text, { multiline });
    expect(got.rows).toEqual([
      { a: 1, b: 2 },
      { a: 4, b: 5 },
    ]);
    expect(got.malformed.map(({ input }) => input)).toEqual(['"x" y,1\n', '3,"open\n']);
  });

  test('order is the place in the file', () => {
    expect(read('a\n1\n\n22\r\n3').orders).toEqual([2, 5, 9]);
  });

  test('a byte order mark is no part of the first name', () => {
    expect(read('\ufeffa\n1\n').rows).toEqual([{ a: 1 }]);
    expect(read('\ufeff1\n', { header: false, columns: { a: 'auto' } }).rows).toEqual([{ a: 1 }]);
  });

  test('says that a header is not whole, and takes it when it is', () => {
    const decoder = csv.decoder!(defaults, { program: {}, out: new Collector() });
    const bytes = Buffer.from('a,"b');
    expect(decoder.header!(bytes, 0, bytes.length, false)).toBe(-1);
    expect(decoder.header!(Buffer.from('a'), 0, 1, true)).toBe(1);
  });

  test('numbers columns without a name and those of a name that was there', () => {
    expect(read('a,,a,a_2,,a\n1,2,3,4,5,6\n').rows).toEqual([
      { a: 1, column_2: 2, a_3: 3, a_2: 4, column_5: 5, a_4: 6 },
    ]);
  });

  test('behind a header that is of no use all are dead letters', () => {
    expect(read('a,"b\n1,2\n3,4\n').malformed.map(({ input }) => input)).toEqual(['1,2\n', '3,4\n']);
    const got = read('a,b\n1,2\n', { columns: { c: 'text' } });
    expect(got.malformed).toEqual([{ input: '1,2\n', reason: "the header has no 'c': a, b", order: 4 }]);
  });
});

describe('refused with a code', () => {
  const decoder = (options: object) =>
    csv.decoder!({ ...defaults, ...options } as never, { program: {}, out: new Collector() });
  const code = (value: string) => expect.objectContaining({ code: value });

  test('options that make no sense', () => {
    expect(() => decoder({ delimiter: ',,' })).toThrow(code('WEIR_CSV_OPTION'));
    expect(() => decoder({ delimiter: '€' })).toThrow(code('WEIR_CSV_OPTION'));
    expect(() => decoder({ delimiter: '"' })).toThrow(code('WEIR_CSV_OPTION'));
    expect(() => decoder({ header: false })).toThrow(code('WEIR_CSV_COLUMNS'));
  });

  test('a source without a beginning that a header could be at', () => {
    expect(() => decoder({}).decode(Buffer.from('1\n'), 0, 2, 0, true)).toThrow(code('WEIR_CSV_HEADER'));
  });

  test('writing a line end that nobody could read back', () => {
    expect(() => encode(csv, [{ a: 'x\ny' }], defaults, ['a'])).toThrow(code('WEIR_LINE_END'));
  });

  test('writing a header of unknown columns', () => {
    expect(() => encode(csv, [{ a: 1 }], defaults)).toThrow(code('WEIR_CSV_COLUMNS'));
  });
});

test('a cell holds all of its value, be it bytes, a date, a 64-bit integer or a list of them', () => {
  const bytes = new Uint8Array([255, 0]);
  const row = { b: bytes, n: 7n, d: new Date(0), l: [bytes, 7n], t: new Uint8Array([0xb5, 0xed]) };
  const text = encode(csv, [row], defaults, Object.keys(row)).toString();
  // What reads as a truth value or number keeps its quotes: it is text.
  expect(text).toBe('b,n,d,l,t\n/wA=,7,1970-01-01T00:00:00.000Z,"[""/wA="",7]",te0=\n');
});
