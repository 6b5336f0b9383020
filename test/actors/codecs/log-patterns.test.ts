import { describe, expect, test } from 'vitest';
import lines from '../../../actors/codecs/lines.ts';
import regex from '../../../actors/codecs/regex.ts';
import { prng } from '../../../src/base/prng.ts';
import { decode } from '../../../src/testkit/index.ts';
import { tries } from '../../support/thorough.ts';

const read = (pattern: string, text: string) => decode(regex, Buffer.from(`${text}\n`), { options: { pattern } });

describe('sshd', () => {
  const NONE = { method: null, user: null, address: null, port: null };
  test.each([
    [
      'Accepted publickey for alice from 10.0.0.5 port 51234 ssh2: RSA SHA256:w4rd',
      { event: 'accepted', method: 'publickey', user: 'alice', address: '10.0.0.5', port: 51234 },
    ],
    [
      'Failed password for root from 218.65.30.4 port 10234 ssh2',
      { event: 'failed', method: 'password', user: 'root', address: '218.65.30.4', port: 10234 },
    ],
    [
      'Failed password for invalid user admin from 2001:db8::7 port 22 ssh2',
      { event: 'failed', method: 'password', user: 'admin', address: '2001:db8::7', port: 22 },
    ],
    [
      'message repeated 2 times: [ Failed password for root from 218.65.30.4 port 10234 ssh2]',
      { event: 'failed', method: 'password', user: 'root', address: '218.65.30.4', port: 10234 },
    ],
    ['Invalid user admin from 1.2.3.4', { ...NONE, event: 'invalid-user', user: 'admin', address: '1.2.3.4' }],
    ['Invalid user  from 1.2.3.4 port 7', { ...NONE, event: 'invalid-user', address: '1.2.3.4', port: 7 }],
    ['Connection closed by 1.2.3.4 port 5 [preauth]', { ...NONE, event: 'closed', address: '1.2.3.4', port: 5 }],
    [
      'Connection closed by authenticating user root 1.2.3.4 port 5 [preauth]',
      { ...NONE, event: 'closed', user: 'root', address: '1.2.3.4', port: 5 },
    ],
    [
      'Disconnected from user alice 1.2.3.4 port 5',
      { ...NONE, event: 'disconnected', user: 'alice', address: '1.2.3.4', port: 5 },
    ],
    [
      'Received disconnect from 1.2.3.4 port 5:11: Bye Bye [preauth]',
      { ...NONE, event: 'disconnected', address: '1.2.3.4', port: 5 },
    ],
    ['Received disconnect from 1.2.3.4: 11: Bye Bye [preauth]', { ...NONE, event: 'disconnected', address: '1.2.3.4' }],
    [
      'pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)',
      { ...NONE, event: 'opened', user: 'alice' },
    ],
    ['pam_unix(sshd:session): session closed for user alice', { ...NONE, event: 'closed', user: 'alice' }],
    [
      'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=1.2.3.4  user=root',
      { ...NONE, event: 'failed', user: 'root', address: '1.2.3.4' },
    ],
    ['Server listening on :: port 22.', { ...NONE, event: null }],
  ])('%s', (message, expected) => {
    const head = { time: 'Dec 10 06:55:46', host: 'LabSZ', app: 'sshd', pid: 24200, message };
    expect(read('sshd', `Dec 10 06:55:46 LabSZ sshd[24200]: ${message}`).rows).toEqual([{ ...head, ...expected }]);
  });

  test('of newer systems, and lines of others', () => {
    const { rows, dead } = read(
      'sshd',
      '2024-03-01T10:00:00.123456+01:00 web sshd-session[7]: Connection from 1.2.3.4 port 5\nDec 10 06:55:46 web cron[1]: x',
    );
    expect(rows).toMatchObject([{ time: '2024-03-01T10:00:00.123456+01:00', app: 'sshd-session', event: null }]);
    expect(dead.length).toBe(1);
  });
});

describe('kernel', () => {
  const NONE = { pri: null, facility: null, severity: null, time: null, host: null, uptime: null };
  test.each([
    ['[    0.000000] Linux version 6.1.0-18-amd64', { ...NONE, uptime: 0, message: 'Linux version 6.1.0-18-amd64' }],
    [
      '<6>[12345.678901] usb 1-1: new high-speed USB device',
      {
        ...NONE,
        pri: 6,
        facility: 0,
        severity: 6,
        uptime: 12345.678901,
        message: 'usb 1-1: new high-speed USB device',
      },
    ],
    [
      'Mar  1 10:00:00 web kernel: [  123.456789] Out of memory: Killed process 4242 (node)',
      {
        ...NONE,
        time: 'Mar  1 10:00:00',
        host: 'web',
        uptime: 123.456789,
        message: 'Out of memory: Killed process 4242 (node)',
      },
    ],
    [
      '2024-03-01T10:00:00+00:00 web kernel: eth0: link up',
      { ...NONE, time: '2024-03-01T10:00:00+00:00', host: 'web', message: 'eth0: link up' },
    ],
  ])('%s', (text, expected) => {
    expect(read('kernel', text).rows).toEqual([expected]);
  });

  test('lines of others are none', () => {
    expect(read('kernel', 'Mar  1 10:00:00 web cron[1]: x\nhello').dead.length).toBe(2);
  });
});

test('access logs, as real servers write them', () => {
  const text =
    '66.249.66.1 - - [17/May/2015:10:05:03 +0000] "GET /a%20b?q=1 HTTP/1.1" 200 203023 "http://x.com/" "Mozilla/5.0 (compatible; \\"bot\\")"\n' +
    '::1 - - [17/May/2015:10:05:04 +0000] "\\x16\\x03\\x01" 400 - "-" "-"';
  expect(read('apache-combined', text).rows).toMatchObject([
    { method: 'GET', path: '/a%20b?q=1', status: 200, bytes: 203_023, agent: 'Mozilla/5.0 (compatible; \\"bot\\")' },
    { method: null, status: 400, bytes: null, agent: null },
  ]);
});

test('records of several lines: what begins with what, wherever they are cut', () => {
  const random = prng('multi-line');
  const draw = (n: number) => Math.floor(random() * n);
  for (let run = 0; run < tries(20_000); run++) {
    const given = Array.from({ length: draw(8) }, () => ['A', 'B x', ' c', '\td', '', ' '][draw(6)]!);
    const bytes = Buffer.from(given.join(draw(2) === 0 ? '\n' : '\r\n') + (draw(2) === 0 ? '\n' : ''));
    const expected: string[] = [];
    // All of it at once: a line that begins with no blank begins a record.
    for (const line of bytes.toString().split('\n')) {
      if (expected.length === 0 || /^\S/.test(line)) expected.push(line);
      else expected[expected.length - 1] += `\n${line}`;
    }
    const wanted = expected.map((record) => record.replace(/[\r\n]+$/, '')).filter((record) => record !== '');
    const cuts = Array.from({ length: draw(4) }, () => draw(bytes.length + 1));
    const { rows } = decode(lines, bytes, { options: { begins: '^[A-Z]' }, cuts });
    expect(
      rows.map(({ line }) => line),
      `run ${run}: ${JSON.stringify(bytes.toString())} cut at ${cuts}`,
    ).toEqual(wanted);
  }
});
