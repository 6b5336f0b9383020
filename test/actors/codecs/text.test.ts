import { describe, expect, test } from 'vitest';
import json from '../../../actors/codecs/json.ts';
import lines from '../../../actors/codecs/lines.ts';
import regex from '../../../actors/codecs/regex.ts';
import { LOG_PATTERNS } from '../../../actors/lib/text/log-patterns.ts';
import { regexProblem } from '../../../src/stage/index.ts';
import { checkText } from '../../../src/topology/check.ts';
import { decode, encode } from './driver.ts';

describe('lines', () => {
  test('are found wherever the input is cut', () => {
    const text = 'one\r\n\ntwö\n€\r\nlast';
    const cuts = Array.from({ length: 20 }, (_, i) => i);
    for (const some of [[], cuts, [4], [3, 9]]) {
      const got = decode(lines, text, { cuts: some });
      expect(got.rows.map(({ line }) => line)).toEqual(['one', 'twö', '€', 'last']);
      expect(got.orders).toEqual([0, 6, 11, 16]);
    }
  });

  test('are the field, whatever it holds', () => {
    expect(encode(lines, [{ line: 'a' }, { line: 1 }, {}]).toString()).toBe('a\n1\n\n');
    const others = [{ line: { a: [1n] } }, { line: new Uint8Array([255]) }, { line: new Date(0) }];
    expect(encode(lines, others).toString()).toBe('{"a":[1]}\n/w==\n1970-01-01T00:00:00.000Z\n');
    expect(() => encode(lines, [{ line: 'a\nb' }])).toThrow(expect.objectContaining({ code: 'WEIR_LINE_END' }));
  });
});

describe('regex', () => {
  const read = (pattern: string, text: string, numbers: string[] = []) =>
    decode(regex, text, { options: { pattern, numbers } });

  test('a character that the pattern cuts in two is U+FFFD on both sides', () => {
    expect(read('^(?<a>.)(?<b>.*)$', '😀x\n').rows).toEqual([{ a: '\ufffd', b: '\ufffdx' }]);
  });

  test('a line that does not match is a dead letter', () => {
    const got = read('^(?<a>\\d)$', '1\nx\n2');
    expect(got.rows).toEqual([{ a: '1' }, { a: '2' }]);
    expect(got.malformed).toEqual([{ input: 'x', reason: 'does not match /^(?<a>\\d)$/', order: 2 }]);
  });

  test.each([
    ['^(?<v>(a+)+)$', 'exponential time'],
    ['"(?<a>"', 'is no regular expression'],
    ['no group', 'has no named group'],
    ['(?<a>x)\\k<a>', 'refer back'],
    ['(?<__proto__>x)', 'may not be named __proto__'],
  ])('%s is refused by `weir check`, and when it is run', async (pattern, what) => {
    expect(() => read(pattern, 'x')).toThrow(what);
    const text = JSON.stringify({
      name: 't',
      streams: { s: { source: { file: { path: 'in', codec: { regex: { pattern } } } }, to: 'null' } },
    });
    const { issues } = await checkText(text, { file: 't.yaml', base: import.meta.url });
    expect(issues).toMatchObject([{ code: 'WEIR_REGEX', message: expect.stringContaining(what) }]);
  });

  test.each(Object.entries(LOG_PATTERNS))('the ready pattern %s is one that may be written', (_, { pattern }) => {
    expect(regexProblem(pattern.source, '')?.what ?? '').not.toContain('exponential');
  });

  test('the combined log, with what the world sends', () => {
    const got = read(
      'nginx',
      [
        '203.0.113.9 - - [22/Nov/2026:17:47:46 +0000] "POST /a?b=1 HTTP/1.1" 302 0 "https://x.org/" "Mozilla/5.0 \\"q\\""',
        '::1 - ann [01/Jan/2026:00:00:00 +0530] "\\x16\\x03\\x01" 400 157 "-" "-"',
        '::1 - - [01/Jan/2026:00:00:00 +0000] "GET /" 200 - "-" "curl"',
      ].join('\n'),
    );
    expect(got.malformed).toEqual([]);
    expect(got.rows[0]).toMatchObject({ time: 1795369666000, method: 'POST', path: '/a?b=1', status: 302, bytes: 0 });
    expect(got.rows[0]).toMatchObject({ user: null, referer: 'https://x.org/', agent: 'Mozilla/5.0 \\"q\\"' });
    expect(got.rows[1]).toMatchObject({ user: 'ann', method: null, request: '\\x16\\x03\\x01', referer: null });
    expect(got.rows[1]!.time).toBe(Date.parse('2026-01-01T00:00:00+05:30'));
    expect(got.rows[2]).toMatchObject({ method: 'GET', path: '/', protocol: null, bytes: null });
  });

  test.each([
    ['29/Feb/2000:13:55:36 -0700', Date.parse('2000-02-29T13:55:36-07:00')],
    ['31/Dec/1969:23:59:59 +0000', -1000],
    ['31/Feb/2000:13:55:36 -0700', null],
    ['29/Feb/2001:13:55:36 -0700', null],
    ['00/Jan/2000:13:55:36 -0700', null],
    ['10/Foo/2000:13:55:36 -0700', null],
    ['10/Oct/2000:24:55:36 -0700', null],
    ['10/Oct/2000:13:60:36 -0700', null],
    ['10/Oct/2000:13:55:36 -9900', null],
  ])('the time %s of an access log is %d', (time, ms) => {
    const got = read('apache-common', `h - - [${time}] "GET / HTTP/1.1" 200 1\n`);
    expect(got.rows.map((row) => row.time)).toEqual([ms]);
  });

  test('a priority of syslog is 0 to 191', () => {
    for (const pattern of ['syslog-5424', 'syslog-3164']) {
      const rest = pattern === 'syslog-5424' ? '1 - h a 1 i - m' : 'Oct 11 22:14:15 h a: m';
      for (let pri = 0; pri <= 999; pri++) {
        const { rows, malformed } = read(pattern, `<${pri}>${rest}\n`);
        if (pri > 191) expect([rows, malformed.length]).toEqual([[], 1]);
        else expect(rows).toMatchObject([{ pri, facility: Math.floor(pri / 8), severity: pri % 8 }]);
      }
    }
  });

  test('syslog of RFC 5424, its own examples', () => {
    const got = read(
      'syslog-5424',
      [
        "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed on /dev/pts/8",
        '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Ap]p"][x@1 y="1"] An event',
        '<165>1 2003-10-11T22:14:15.003Z host app 12 ID47 [exampleSDID@32473 iut="3"]',
      ].join('\n'),
    );
    expect(got.malformed).toEqual([]);
    expect(got.rows[0]).toMatchObject({ pri: 34, facility: 4, severity: 2, app: 'su', pid: null, data: null });
    expect(got.rows[0]!.message).toBe("'su root' failed on /dev/pts/8");
    expect(got.rows[1]).toMatchObject({ message: 'An event', message_id: 'ID47' });
    expect(got.rows[1]!.data).toBe('[exampleSDID@32473 iut="3" eventSource="Ap]p"][x@1 y="1"]');
    expect(got.rows[2]).toMatchObject({ pid: '12', message: null });
  });

  test('syslog of RFC 3164, its own examples', () => {
    const got = read(
      'syslog-3164',
      "<34>Oct 11 22:14:15 mymachine su: 'su root' failed\nFeb  5 17:32:18 10.0.0.99 sshd[42]: accepted\n<13>Feb  5 17:32:18 host no tag here",
    );
    expect(got.rows[0]).toMatchObject({
      pri: 34,
      severity: 2,
      host: 'mymachine',
      app: 'su',
      message: "'su root' failed",
    });
    expect(got.rows[1]).toMatchObject({ pri: null, facility: null, app: 'sshd', pid: '42', message: 'accepted' });
    expect(got.rows[2]).toMatchObject({ facility: 1, app: null, message: 'no tag here' });
  });

  test('a pattern that is none, or has no groups, is refused', () => {
    const code = expect.objectContaining({ code: 'WEIR_REGEX' });
    expect(() => read('(', '')).toThrow(code);
    expect(() => read('a+', '')).toThrow(code);
  });
});

describe('json', () => {
  test('reads nothing before the document is whole', () => {
    const got = decode(json, '\ufeff[{"a":1},\n{"a":2}, 3]', { options: { at: '' }, cuts: [1, 5, 8, 12] });
    expect(got.rows).toEqual([{ a: 1 }, { a: 2 }]);
    expect(got.orders).toEqual([0, 1]);
    expect(got.malformed).toEqual([{ input: '3', reason: 'a record is an object', order: 2 }]);
  });

  test('a broken document is a dead letter, an empty one nothing', () => {
    expect(decode(json, '[{"a":1}', { options: { at: '' } }).malformed.length).toBe(1);
    expect(decode(json, ' \n', { options: { at: '' } }).malformed.length).toBe(0);
    const got = decode(json, '{"a":{}}', { options: { at: 'a.b' } });
    expect(got.malformed[0]!.reason).toBe("the document has no 'b' (at: a.b)");
  });
});
