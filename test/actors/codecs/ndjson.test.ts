import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import ndjson from '../../../actors/codecs/ndjson.ts';
import { NexmarkEvents } from '../../../bench/nexmark/events.ts';
import { Bytes, jsonOf, parseJson, type Row, type RowProgram } from '../../../src/stage/index.ts';
import { tries } from '../../support/thorough.ts';
import { Collector, decode, encode, feed, program } from './driver.ts';

const q1 = program({
  filter: 'event_type == 2',
  time: 'bid.dateTime',
  select: {
    auction: 'bid.auction',
    bidder: 'bid.bidder',
    price: 'bid.price * 0.908',
    dateTime: 'bid.dateTime',
    extra: 'bid.extra',
  },
});

function nexmark(count: number): Buffer {
  const events = new NexmarkEvents();
  const out = Buffer.alloc(count * NexmarkEvents.maxLineBytes);
  let at = 0;
  for (let n = 0; n < count; n++) at = events.write(n, out, at);
  return out.subarray(0, at);
}

/** What the engine would make of the same lines by JSON.parse. */
function naive(lines: readonly string[], made: RowProgram) {
  const out = new Collector(made);
  let order = 0;
  for (const line of lines) {
    out.accept(JSON.parse(line), order);
    order += Buffer.byteLength(line) + 1;
  }
  return out.got;
}

describe('decoding only what is read', () => {
  test('gives what JSON.parse and the expressions give for Nexmark', () => {
    const bytes = nexmark(5000);
    const lines = bytes.toString().trimEnd().split('\n');
    const cuts = [1, 5000, 5001, 70_000, 900_000];
    expect(decode(ndjson, bytes, { program: q1, cuts, alone: true })).toEqual(naive(lines, q1));
  });

  test('any objects, key orders, blanks and chunk boundaries give what JSON.parse gives', () => {
    const leaf = fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, -0, 1e21, 1e-7, 123456789, 1234567890123, 123456789012345, 1234567890123456, 2 ** 53),
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('plain', '"', '\\', '\\"', 'x'.repeat(40), 'tab\there', 'ö', '€uro', '{"a":1}', '}', '\u0000'),
      fc.constantFrom(null, true, false),
    );
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'other', 'ä', 'with "quotes"', '');
    const value = fc.oneof(
      { weight: 4, arbitrary: leaf },
      fc.dictionary(name, fc.oneof(leaf, fc.array(leaf, { maxLength: 3 })), { maxKeys: 4 }),
      fc.array(leaf, { maxLength: 3 }),
    );
    const record = fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true });
    const kinds = [
      program({ fields: ['a', 'b.c', 'd'] }),
      program({ fields: ['a', 'b', 'b.c', 'ä'] }),
      program({ filter: 'a == 1 || a == null', select: { x: 'b', y: 'c ?? d' } }),
      program({ filter: 'c != "plain"', fields: ['a.b', 'with "quotes"', 'c.d'] }),
      program({ fields: [] }),
      program({ filter: 'a == 1 || b.c == null', fields: ['d'] }),
      program({ filter: 'd == true && b.c != c', select: { a: 'a', c: 'c' }, time: 'a' }),
    ];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(record, fc.nat(4), fc.nat(9)), { maxLength: 30 }),
        fc.constantFrom(...kinds),
        fc.array(fc.nat(2000), { maxLength: 6 }),
        fc.boolean(),
        (records, made, cuts, repeat) => {
          const some = records.map(([row, style, escapes]) => write(row, style, escapes));
          // Repeated lines make the decoder learn their layout.
          const lines = repeat ? some.flatMap((line) => [line, line, line, line, line, line]) : some;
          const got = decode(ndjson, lines.join('\n'), { program: made, cuts, alone: true });
          expect(partly(got.rows, made)).toEqual(partly(naive(lines, made).rows, made));
          expect(got.orders).toEqual(naive(lines, made).orders);
          expect(got.skipped).toBe(naive(lines, made).skipped);
          expect(got.malformed).toEqual([]);
        },
      ),
      { numRuns: tries(400) },
    );
  });

  test('lines that begin alike and go on differently give what JSON.parse gives', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const value = fc.constantFrom(1, 2, null, true, 'plain', { c: 1 }, { c: null }, { x: 1, c: 2 }, {}, [1]);
    const entry = fc.tuple(name, value);
    const kinds = [
      program({ fields: ['a', 'b.c', 'd'] }),
      program({ filter: 'a == 1 && b.c == null', select: { c: 'c', d: 'd', bc: 'b.c' } }),
      program({ filter: 'b.c == 1 || d == true', fields: ['a'] }),
      program({ filter: 'e == null || a != 2', time: 'a', fields: ['b', 'c'] }),
      program({ filter: 'd == 1' }),
    ];
    const line = fc.record({ from: fc.nat(5), tail: fc.array(entry, { maxLength: 3 }), times: fc.nat(6) });
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 5 }),
        fc.array(line, { minLength: 2, maxLength: 8 }),
        fc.constantFrom(...kinds),
        (begin, rest, made) => {
          const lines = rest.flatMap(({ from, tail, times }) => {
            const text = JSON.stringify(Object.fromEntries([...begin.slice(0, from), ...tail]));
            return Array.from({ length: times }, () => text);
          });
          const got = decode(ndjson, lines.map((text) => `${text}\n`).join(''), { program: made, alone: true });
          const expected = naive(lines, made);
          expect(partly(got.rows, made)).toEqual(partly(expected.rows, made));
          expect([got.orders, got.times, got.skipped]).toEqual([expected.orders, expected.times, expected.skipped]);
        },
      ),
      { numRuns: tries(1000) },
    );
  });

  test('whole lines that stand close together give what JSON.parse gives, or dead letters', () => {
    const lines = fc.constantFrom(
      ...[
        '{"a":1}',
        '{"a":2,"b":"plain"}',
        '{"a":1,"b":"é€"}',
        ' {"a":1} ',
        '{"a":1,"b":"\\u00e9\\ud800"}',
        '\ufeff{"a":1}',
      ],
      ...['', '{"a":1', '[1]', '1', 'null', '{"a":1,"__proto__":1}', `{"a":1,"b":"${'x'.repeat(1100)}"}`],
      ...[`{"a":1,"b":${'['.repeat(1001)}${']'.repeat(1001)}}`, '{"a":1,"b":"two\\nlines"}'],
    );
    const some = fc.array(fc.tuple(lines, fc.constantFrom(1, 2, 3, 5000)), { maxLength: 12 });
    const made = fc.constantFrom(program({}), program({ filter: 'a == 1' }));
    fc.assert(
      fc.property(some, made, fc.array(fc.nat(90_000), { maxLength: 4 }), (runs, program, cuts) => {
        const all = runs.flatMap(([line, times]) => Array.from({ length: line.length > 500 ? 2 : times }, () => line));
        const expected = new Collector(program);
        let order = 0;
        const bad: number[] = [];
        for (const line of all) {
          try {
            const row = parseJson(line.replace('\ufeff', '').trim()) as Row;
            if (row === null || typeof row !== 'object' || Array.isArray(row)) throw new TypeError('no record');
            expected.accept(row, order);
          } catch {
            if (line !== '') bad.push(order);
          }
          order += Buffer.byteLength(line) + 1;
        }
        const got = decode(ndjson, Buffer.from(all.map((line) => `${line}\n`).join('')), { program, cuts });
        expect(got.malformed.map((each) => each.order)).toEqual(bad);
        expect([got.rows, got.skipped]).toEqual([expected.got.rows, expected.got.skipped]);
      }),
      { numRuns: tries(200) },
    );
  });

  test.each([12, 30, 39, 41, 120])('records of %i fields in several orders', (count) => {
    const names = Array.from({ length: count }, (_, i) => `field${i}`);
    const values = [
      (n: number) => n,
      (n: number) => `text ${n}`,
      (n: number) => (n + 1) / -8,
      () => null,
      (n: number) => [n],
    ];
    const records = Array.from({ length: 300 }, (_, n) => {
      const order = n % 5 === 0 ? [...names].reverse() : n % 5 === 1 ? names.slice(3) : names;
      const entries = order.map((name, i) => [name, values[(n % 5) + i < 5 ? i : i % 5]!(n)]);
      return Object.fromEntries(n % 5 === 2 ? [['other', { a: '}' }], ...entries] : entries);
    });
    const wanted = { all: names, few: names.filter((_, i) => i % 7 === 5) };
    for (const fields of Object.values(wanted)) {
      const made = program({ fields });
      const lines = records.map((record) => JSON.stringify(record));
      const got = decode(ndjson, lines.join('\n'), { program: made, cuts: [1000, 20_000] });
      expect(partly(got.rows, made)).toEqual(partly(records, made));
    }
  });

  test('what is broken is a dead letter, whatever layout came before', () => {
    const good = '{"event_type":2,"bid":{"auction":1,"bidder":2,"price":3,"dateTime":4,"extra":"x"}}';
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.oneof(fc.constant(''), fc.constantFrom(...'{}[]",:0a\\ \t-.e')),
        fc.nat(1),
        fc.nat(9),
        (at, instead, cut, before) => {
          const broken = good.slice(0, at) + instead + good.slice(at + cut);
          const lines = [...Array.from({ length: before }, () => good), broken, good];
          const got = decode(ndjson, `${lines.join('\n')}\n`, { program: q1 });
          const cold = decode(ndjson, `${broken}\n`, { program: q1 });
          expect(got.rows.length).toBe(before + 1 + cold.rows.length);
          expect(got.malformed.length).toBe(cold.malformed.length);
          expect(got.skipped).toBe(cold.skipped);
          if (cold.rows.length === 1) expect(got.rows[before]).toEqual(cold.rows[0]);
          let whole: Row | undefined;
          try {
            whole = JSON.parse(broken);
          } catch {}
          // All that JSON.parse takes is read as it reads it, but for keys that come twice.
          if (whole !== undefined && JSON.stringify(whole).length === broken.replace(/\s/g, '').length) {
            expect(cold).toEqual({ ...naive([broken], q1), orders: cold.orders });
          }
        },
      ),
      { numRuns: tries(1000) },
    );
  });

  test.each([
    ['{"event_type":1} x', 'a line that does not end in a brace'],
    ['{"event_type":1', 'a cut line'],
    ['{"event_type":1x}', 'a number with a letter'],
    ['{"event_type":01}', 'a number with a leading zero'],
    ['{"event_type":1.}', 'a number without its decimals'],
    ['{"event_type":.5}', 'a number without its first digit'],
    ['{"event_type":-}', 'a sign alone'],
    ['{"event_type":1e}', 'an exponent without digits'],
    ['{"event_type":tru}', 'a cut word'],
    ['{"event_type":}', 'no value'],
    ['{"event_type"}', 'no colon'],
    ['{event_type:1}', 'a key without quotes'],
    ['[{"event_type":1}]', 'an array'],
    ['{"event_type":"a\tb"}', 'a raw tab in a text'],
    ['{"event_type":"\\x"}', 'an unknown escape'],
    ['{"event_type":[1,}', 'an open array'],
    ['{"event_type":2}}', 'a brace too many'],
    ['{"event_type":2} }', 'a brace too many behind a blank'],
    ['{"event_type":2}{}', 'two objects'],
    ['{"event_type":1 x}', 'a word behind a value that the filter refuses'],
    ['{"event_type":"a" "b"}', 'a text behind a text'],
    ['{"event_type":02}', 'a number with a leading zero that would pass'],
  ])('%j is a dead letter: %s', (line) => {
    const made = program({ filter: 'event_type == 2', fields: ['event_type', 'b'] });
    // Lines before it make the decoder learn a layout; behind the last ones it does not dare to use it.
    for (const known of ['', '{"event_type":2,"b":1}\n'.repeat(9), '{"event_type":2}\n'.repeat(9)]) {
      const got = decode(ndjson, `${known}${line}\n${known}`, { program: made });
      expect(got.malformed).toEqual([{ input: line, reason: expect.stringMatching(/JSON/), order: known.length }]);
    }
  });

  test('a field that is missing in the layout learned is found when it comes late', () => {
    const made = program({ fields: ['a', 'b', 'c.d'] });
    const lines = [...Array.from({ length: 9 }, () => '{"a":1,"c":null,"x":1}'), '{"a":2,"c":{"d":5},"x":1,"b":3}'];
    expect(decode(ndjson, lines.join('\n'), { program: made }).rows.at(-1)).toEqual({ a: 2, b: 3, c: { d: 5 } });
  });

  test('a filter on a field that is missing in the layout learned still finds it in other lines', () => {
    const made = program({ filter: 'kind == 2 && bid.auction % 3 == 0', select: { auction: 'bid.auction' } });
    const lines = [
      ...Array.from({ length: 9 }, (_, id) => `{"kind":0,"person":{"id":${id}}}`),
      ...Array.from({ length: 30 }, (_, n) => `{"kind":2,"bid":{"auction":${n}}}`),
    ];
    const auctions = decode(ndjson, `${lines.join('\n')}\n`, { program: made }).rows.map(({ auction }) => auction);
    expect(auctions).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27]);
  });

  test('of a key that comes twice the first counts when some fields are read, the last when all are', () => {
    const lines = '{"a":1,"a":2,"b":3}\n'.repeat(9);
    expect(decode(ndjson, lines, { program: program({ fields: ['a', 'b'] }) }).rows).toEqual(
      Array.from({ length: 9 }, () => ({ a: 1, b: 3 })),
    );
    expect(decode(ndjson, lines).rows[0]).toEqual({ a: 2, b: 3 });
  });

  test('keeps whole records that the filter lets through, and does not build the others', () => {
    const made = program({ filter: 'a == 1', time: 't' });
    const got = decode(ndjson, '{"a":1,"t":5,"x":[1,2]}\n{"a":2,"t":6}\n{"t":7,"a":1,"y":{}}\n{"a":1,"t":8 x}', {
      program: made,
    });
    expect(got.rows).toEqual([
      { a: 1, t: 5, x: [1, 2] },
      { t: 7, a: 1, y: {} },
    ]);
    expect(got.times).toEqual([5, 7]);
    expect(got.skipped).toBe(1);
    expect(got.malformed.length).toBe(1);
  });

  test('a record on which an expression throws goes to the engine whole', () => {
    const made = program({ filter: 'a > 1', select: { a: 'a' } });
    const line = '{"a":"text","b":1}';
    const got = decode(ndjson, `${'{"a":2}\n'.repeat(9)}${line}\n`, { program: made });
    expect(got.malformed).toEqual([{ input: line, reason: 'WEIR_TYPE', order: 72 }]);
  });

  test('passes on what the engine throws', () => {
    const out = new Collector();
    out.emit = () => {
      throw new Error('the engine stops');
    };
    const decoder = ndjson.decoder!({}, { program: program({ fields: ['a'] }), out });
    expect(() => feed(decoder, Buffer.from('{"a":1}\n'))).toThrow('the engine stops');
  });

  test('a byte order mark, carriage returns and empty lines are no part of a record', () => {
    const text = '\ufeff{"a":1}\r\n\r\n  \n {"a":2} \r\n{"a":3}';
    for (const made of [{}, program({ fields: ['a'] })]) {
      expect(decode(ndjson, text, { program: made }).rows).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    }
  });

  test('dates as text give the event time, and none gives NaN', () => {
    const made = program({ time: 'at', fields: ['at'] });
    const got = decode(ndjson, '{"at":"1970-01-01T00:00:01Z"}\n{"at":7}\n{}\n', { program: made });
    expect(got.times).toEqual([1000, 7, Number.NaN]);
  });
});

describe('encoding', () => {
  const fields = ['a', 'b', 'ä "quoted"'];

  test('any values give what JSON.stringify gives', () => {
    const value = fc.oneof(
      fc.anything({ maxDepth: 2, withNullPrototype: false }).filter((v) => typeof v !== 'bigint'),
      fc.string({ unit: 'binary' }),
      fc.string({ minLength: 14, maxLength: 60 }),
      fc.double(),
      fc.integer().map((n) => n / 1000),
      fc.maxSafeInteger(),
      fc.date({ noInvalidDate: true }),
    );
    const row = fc.record({ a: value, b: value, 'ä "quoted"': value }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
        const known = rows.map(
          (each) => `${JSON.stringify({ a: each.a, b: each.b, 'ä "quoted"': each['ä "quoted"'] })}\n`,
        );
        expect(encode(ndjson, rows as Row[], {}, fields).toString()).toBe(known.join(''));
        expect(encode(ndjson, rows as Row[]).toString()).toBe(rows.map((each) => `${JSON.stringify(each)}\n`).join(''));
      }),
      { numRuns: tries(400) },
    );
  });

  test('records of many shapes, in any order, give what JSON.stringify gives', () => {
    const value = fc.oneof(fc.integer(), fc.string({ unit: 'binary', maxLength: 20 }), fc.jsonValue({ maxDepth: 2 }));
    const name = fc.constantFrom('a', 'b', 'c', '1', 'ä', 'toJSON', 'constructor', 'with "quotes"', '');
    const shape = fc.uniqueArray(name, { maxLength: 4 });
    const odd = fc.constantFrom<unknown>([1, 2], new Map([['a', 1]]), new Date(0), Object.create(null), {
      a: undefined,
      b: new Map([['x', new Set([1n])]]),
    });
    const run = fc.tuple(fc.nat(7), fc.nat(12), fc.array(value, { minLength: 4, maxLength: 4 }), fc.option(odd));
    fc.assert(
      fc.property(fc.array(shape, { minLength: 8, maxLength: 8 }), fc.array(run, { maxLength: 12 }), (shapes, runs) => {
        const rows = runs.flatMap(([which, times, values, other]) => {
          const row = Object.fromEntries((shapes[which] as string[]).map((each, i) => [each, values[i]]));
          return [...Array.from({ length: times }, () => row), ...(other === null ? [] : [other])];
        });
        const expected = rows.map((row) => `${jsonOf(row)}\n`).join('');
        expect(encode(ndjson, rows as Row[]).toString()).toBe(expected);
      }),
      { numRuns: tries(400) },
    );
    const wide = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}`, i]));
    const rows = Array.from({ length: 20 }, () => wide);
    expect(encode(ndjson, rows).toString()).toBe(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  });

  test('numbers are written as JSON.stringify writes them', () => {
    const near = fc
      .tuple(fc.double({ min: -1e12, max: 1e12, noNaN: true }), fc.nat(7))
      .map(([v, k]) => Number(v.toFixed(k)));
    fc.assert(
      fc.property(fc.oneof(fc.double(), near, fc.maxSafeInteger()), (a) => {
        expect(encode(ndjson, [{ a }], {}, ['a']).toString()).toBe(`${JSON.stringify({ a })}\n`);
      }),
      { numRuns: tries(2000) },
    );
  });

  test('of a record that cannot be written nothing is', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const fields of [undefined, ['a', 'b', 'c']]) {
      const encoder = ndjson.encoder?.({}, fields ? { fields } : {});
      const into = new Bytes();
      expect(() => encoder?.encode({ a: { x: 1 }, b: cycle, c: 2 }, into)).toThrow('circular');
      encoder?.encode({ a: { x: 1 }, b: ['é'], c: 2 }, into);
      expect(Buffer.from(into.view()).toString()).toBe('{"a":{"x":1},"b":["é"],"c":2}\n');
    }
  });

  test('bytes become Base64, wherever they stand', () => {
    const b = new Uint8Array([255, 0]);
    const rows = [{ a: b, b: { c: [Buffer.from(b), {}] } }];
    const line = '{"a":"/wA=","b":{"c":["/wA=",{}]}}\n';
    expect(encode(ndjson, rows, {}, ['a', 'b']).toString()).toBe(line);
    expect(encode(ndjson, rows).toString()).toBe(line);
  });

  test('a bigint becomes a number of all its digits', () => {
    const rows = [{ a: 2n ** 70n, b: { c: [1n] } }];
    const line = '{"a":1180591620717411303424,"b":{"c":[1]}}\n';
    expect(encode(ndjson, rows, {}, ['a', 'b']).toString()).toBe(line);
    expect(encode(ndjson, rows).toString()).toBe(line);
  });
});

/** JSON in other words: blanks, keys in another order, escapes where none are needed. */
function write(value: unknown, style: number, escapes: number): string {
  const gap = ['', ' ', '', '\t ', '  '][style]!;
  if (Array.isArray(value)) return `[${value.map((item) => write(item, style, escapes)).join(`${gap},${gap}`)}]`;
  if (typeof value === 'string') {
    const text = JSON.stringify(value);
    if (escapes !== 1) return text;
    // Not a letter of an escape, be it a digit: `\u000e`.
    return text.replace(
      /[a-z€ö](?=[^\\]*")(?<!\\.)(?<!\\u[\da-f]{1,4})/,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  }
  if (value === null || typeof value !== 'object') return Object.is(value, -0) ? '-0' : JSON.stringify(value);
  const entries = Object.entries(value);
  if (style === 2) entries.reverse();
  const parts = entries.map(
    ([k, v]) => `${gap}${write(k, style, escapes === 2 ? 1 : 0)}${gap}:${gap}${write(v, style, escapes)}`,
  );
  return `{${parts.join(`${gap},`)}${gap}}`;
}

/** Of rows without a projection only the wanted paths, missing ones left out. */
function partly(rows: readonly Row[], { select, fields }: RowProgram): unknown[] {
  if (select !== undefined || fields === undefined) return [...rows];
  const walk = (value: unknown, path: readonly string[]): unknown =>
    path.reduce<unknown>((of, name) => {
      const own = of !== null && typeof of === 'object' && !Array.isArray(of) && Object.hasOwn(of, name);
      return own ? (of as Row)[name] : undefined;
    }, value);
  return rows.map((row) => fields.map((path) => walk(row, path)));
}
