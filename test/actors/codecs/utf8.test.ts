import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import csv from '../../../actors/codecs/csv.ts';
import json from '../../../actors/codecs/json.ts';
import lines from '../../../actors/codecs/lines.ts';
import ndjson from '../../../actors/codecs/ndjson.ts';
import { tries } from '../../support/thorough.ts';
import { decode, program } from './driver.ts';

const fatal = new TextDecoder('utf-8', { fatal: true });

/** Whether it is UTF-8, by the Encoding Standard's decoder. */
function isText(bytes: Buffer): boolean {
  try {
    fatal.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const ODD = [[0xff], [0xc3], [0xe2, 0x82], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x80]];
const part = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('a', 'é', '€', '𝄞', '').map((text) => [...Buffer.from(text)]) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD) },
);
const texts = fc.array(fc.tuple(fc.array(part, { maxLength: 4 }), fc.boolean()), { maxLength: 12 });
const cuts = fc.array(fc.nat(200), { maxLength: 6 });

describe.each([
  ['whole records', undefined],
  ['only some fields', program({ fields: ['n'] })],
])('ndjson, read for %s', (_, plan) => {
  test('a line that is not UTF-8 is a dead letter, and costs no other, wherever the input is cut', () => {
    fc.assert(
      fc.property(texts, cuts, fc.boolean(), (some, places, ended) => {
        const all = some.map(([bytes, crlf], n) =>
          Buffer.concat([Buffer.from(`{"n":${n},"t":"`), Buffer.from(bytes.flat()), Buffer.from(crlf ? '"}\r' : '"}')]),
        );
        const input = Buffer.concat(
          all.flatMap((line, i) => (i < all.length - 1 || ended ? [line, Buffer.from('\n')] : [line])),
        );
        const got = decode(ndjson, input, { cuts: places, ...(plan ? { program: plan } : {}) });
        const numbers = (wanted: boolean) => all.flatMap((line, n) => (isText(line) === wanted ? [n] : []));
        expect(got.rows.map(({ n }) => n)).toEqual(numbers(true));
        expect(got.malformed.map(({ reason, input: line }) => [reason, /"n":(\d+)/.exec(line)?.[1]])).toEqual(
          numbers(false).map((n) => ['it is not UTF-8', String(n)]),
        );
        const starts = all.map((_, i) => all.slice(0, i).reduce((sum, line) => sum + line.length + 1, 0));
        expect(got.malformed.map(({ order }) => order)).toEqual(numbers(false).map((n) => starts[n]));
        expect(got.orders).toEqual(numbers(true).map((n) => starts[n]));
      }),
      { numRuns: tries(300) },
    );
  });
});

const latin = (text: string) => Buffer.from(text, 'latin1');

test('json: a document that is not UTF-8 is one dead letter', () => {
  const got = decode(json, latin('[{"a":"é"}]'));
  expect(got.rows).toEqual([]);
  expect(got.malformed.map(({ reason, order }) => [reason, order])).toEqual([['it is not UTF-8', 0]]);
});

test.each([false, true])('csv: a record that is not UTF-8 is a dead letter, with multiline %s', (multiline) => {
  const made = { ...defaults, header: false, columns: { id: 'auto', name: 'auto' }, multiline };
  const input = Buffer.concat([Buffer.from('1,é\n'), latin('2,é\n'), Buffer.from('3,"ü"\n')]);
  for (const places of [[], [3], [5, 9]]) {
    const got = decode(csv, input, { options: made, cuts: places });
    expect(got.rows).toEqual([
      { id: 1, name: 'é' },
      { id: 3, name: 'ü' },
    ]);
    expect(got.malformed.map(({ reason, order }) => [reason, order])).toEqual([['it is not UTF-8', 5]]);
  }
});

test('csv: a header that is not UTF-8 makes all that follows dead letters', () => {
  const out: string[] = [];
  const collect = {
    accept: () => out.push('row'),
    emit: () => {},
    skipped: () => {},
    malformed: (_: unknown, reason: string) => out.push(reason),
  };
  const decoder = csv.decoder!({ ...defaults, header: true, multiline: false } as never, { program: {}, out: collect });
  const input = Buffer.concat([latin('id,é\n'), Buffer.from('1,a\n')]);
  const behind = decoder.header!(input, 0, input.length, true);
  decoder.decode(input, behind, input.length, behind, true);
  expect(out).toEqual(['the header cannot be read: it is not UTF-8']);
});

test('lines: bytes that are not UTF-8 become U+FFFD', () => {
  const got = decode(lines, latin('gr\xfc\xdfe\nok\n'));
  expect(got.rows).toEqual([{ line: 'gr\ufffd\ufffde' }, { line: 'ok' }]);
  expect(got.malformed).toEqual([]);
});

const defaults = { delimiter: ',', quote: '"', nulls: [''], ragged: false };
