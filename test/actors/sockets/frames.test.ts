import { describe, expect, test } from 'vitest';
import { FrameCutter, type Framing, framed } from '../../../actors/lib/sockets/frames.ts';
import { prng } from '../../../src/base/prng.ts';
import { tries } from '../../support/thorough.ts';

/** All messages of a stream that comes in pieces: texts, and `!` with the reason of what is refused. */
function cut(framing: Framing, bytes: Buffer, cuts: readonly number[] = [], max = 1024): string[] {
  const cutter = new FrameCutter(framing, max);
  const found: string[] = [];
  const show = (frame: { bytes: Buffer; refused?: string }) =>
    found.push(frame.refused === undefined ? frame.bytes.toString('latin1') : `!${frame.refused}`);
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < places.length; i++) {
    cutter.append(bytes.subarray(places[i - 1], places[i]));
    for (let frame = cutter.next(); frame !== undefined; frame = cutter.next()) show(frame);
  }
  const rest = cutter.end();
  if (rest !== undefined) show(rest);
  return found;
}

const text = (framing: Framing, value: string, max?: number) => cut(framing, Buffer.from(value, 'latin1'), [], max);

describe('lines', () => {
  test('end by a line feed, also with a carriage return before it; empty ones are none; the last needs no end', () => {
    expect(text('newline', 'a\r\n\nbc\nd')).toEqual(['a', 'bc', 'd']);
  });

  test('that are too long are refused once, and the next is taken', () => {
    const long = `${'x'.repeat(5000)}\nb\n`;
    expect(text('newline', long, 10)).toEqual([expect.stringMatching(/^!a message of more than 10B/), 'b']);
    expect(cut('newline', Buffer.from(long), [3, 12, 4999, 5001], 10)).toHaveLength(2);
  });
});

describe('lengths', () => {
  const four = (n: number) => Buffer.from([n >>> 24, n >>> 16, n >>> 8, n].map((byte) => byte & 255));

  test('stand in four bytes before each message', () => {
    const bytes = Buffer.concat([four(2), Buffer.from('a\n'), four(0), four(1), Buffer.from('b')]);
    expect(cut('length', bytes)).toEqual(['a\n', 'b']);
    expect(cut('length', bytes, [1, 5, 6])).toEqual(['a\n', 'b']);
  });

  test('that are too large are refused, and as many bytes passed over', () => {
    const bytes = Buffer.concat([four(2000), Buffer.alloc(2000, 1), four(1), Buffer.from('b')]);
    expect(cut('length', bytes)).toEqual([expect.stringMatching(/announces 2KiB/), 'b']);
    expect(cut('length', bytes, [4, 1000])).toEqual([expect.stringMatching(/announces 2KiB/), 'b']);
  });

  test('that are not reached are refused', () => {
    expect(cut('length', Buffer.concat([four(9), Buffer.from('abc')]))).toEqual([
      '!the connection ended within a message: 7 bytes of it came',
    ]);
  });
});

describe('octet counts', () => {
  test('stand in digits before a space', () => {
    expect(text('octets', '3 abc5 d\ne f\n')).toEqual(['abc', 'd\ne f']);
    expect(text('octets', '3 abc\n1 d')).toEqual(['abc', 'd']);
  });

  test('that are none end it all', () => {
    expect(text('octets', '1 a<34>hello\n3 abc')).toEqual(['a', expect.stringMatching(/^!a message begins with/)]);
  });

  test('or lines, as each begins', () => {
    expect(text('auto', '3 abc<34>hello\n5 world<1>x\n2024 is no count\n')).toEqual([
      'abc',
      '<34>hello',
      'world',
      '<1>x',
      expect.stringMatching(/^!/),
    ]);
    expect(text('auto', '2024-01-01 x\n12\n34')).toEqual(['2024-01-01 x', '12', '34']);
  });
});

test('a count of ten digits that a piece ends with is judged by what comes next, not by what the buffer held before', () => {
  const bytes = Buffer.from('4b\n\r5\n7392267908x\n18> b0', 'latin1');
  for (let at = 1; at < bytes.length; at++) expect(cut('auto', bytes, [at], 64)).toEqual(cut('auto', bytes, [], 64));
});

/** The whole of it at once, without state. */
function naive(framing: 'newline' | 'length', bytes: Buffer): (string | number)[] {
  if (framing === 'newline') {
    const lines = bytes.toString('latin1').split('\n');
    const whole = lines.map((line, i) =>
      line.length > MAX && (i < lines.length - 1 || line.length > MAX) ? 1 : line.replace(/\r$/, ''),
    );
    return whole.filter((line) => line !== '');
  }
  const found: (string | number)[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < 4) return [...found, 1];
    const length = bytes.readUInt32BE(at);
    const whole = bytes.length - at - 4 >= length;
    if (length > MAX) found.push(1);
    else if (!whole) found.push(1);
    else if (length > 0) found.push(bytes.toString('latin1', at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}
const MAX = 12;

test('whatever bytes come and however they are cut, it is what the naive cutter gives, and never a throw', () => {
  const random = prng('frames');
  const draw = (n: number) => Math.floor(random() * n);
  const alphabet = Buffer.from('ab \r\n\n0123456789<>\0\x05\xff', 'latin1');
  for (let run = 0; run < tries(100_000); run++) {
    const framing = (['newline', 'length', 'octets', 'auto'] as const)[draw(4)]!;
    let bytes = Buffer.from(Array.from({ length: draw(60) }, () => alphabet[draw(alphabet.length)]!));
    if (framing === 'length' && draw(3) > 0) {
      const parts = Array.from({ length: draw(5) }, () => framed('length', Buffer.alloc(draw(16), 97)));
      bytes = Buffer.concat([...parts, bytes.subarray(0, draw(5))]);
    }
    const cuts = Array.from({ length: draw(6) }, () => draw(bytes.length + 1));
    const found = cut(framing, bytes, cuts, MAX);
    const shown = found.map((each) => (each.startsWith('!') ? 1 : each));
    const what = `run ${run}: ${framing} ${JSON.stringify(bytes.toString('latin1'))} cut at ${cuts}`;
    if (framing === 'newline' || framing === 'length') expect(shown, what).toEqual(naive(framing, bytes));
    else expect(shown, what).toEqual(cut(framing, bytes, [], MAX).map((each) => (each.startsWith('!') ? 1 : each)));
  }
});

test('messages that go out come in again', () => {
  const messages = ['a', 'b\nc', '12 x'];
  for (const framing of ['length', 'octets'] as const) {
    const bytes = Buffer.concat(messages.map((message) => framed(framing, Buffer.from(message))));
    expect(cut(framing, bytes)).toEqual(messages);
  }
});
