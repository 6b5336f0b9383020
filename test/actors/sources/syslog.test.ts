import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { parseSyslog } from '../../../actors/lib/syslog/parse.ts';
import source from '../../../actors/sources/syslog.ts';
import { prng } from '../../../src/base/prng.ts';
import { tries } from '../../support/thorough.ts';
import { CA, SERVER } from '../../support/tls.ts';
import { Driver } from './driver.ts';

const NOW = Date.UTC(2024, 0, 2, 12);
const parse = (text: string | Buffer, now = NOW, options = {}) =>
  parseSyslog(Buffer.from(text as string), now, { encoding: 'utf-8', zoneMs: 0, ...options });

const NOTHING = {
  version: null,
  time: null,
  host: null,
  app: null,
  pid: null,
  message_id: null,
  data: null,
  message: null,
};

describe('RFC 5424', () => {
  // The examples of its section 6.5.
  test.each([
    [
      `<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed for lonvick on /dev/pts/8`,
      {
        pri: 34,
        facility: 4,
        severity: 2,
        version: 1,
        time: Date.UTC(2003, 9, 11, 22, 14, 15, 3),
        host: 'mymachine.example.com',
        app: 'su',
        pid: null,
        message_id: 'ID47',
        data: null,
        message: "'su root' failed for lonvick on /dev/pts/8",
      },
    ],
    [
      "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
      {
        pri: 165,
        facility: 20,
        severity: 5,
        version: 1,
        time: Date.UTC(2003, 7, 24, 12, 14, 15),
        host: '192.0.2.1',
        app: 'myproc',
        pid: '8710',
        message_id: null,
        data: null,
        message: "%% It's time to make the do-nuts.",
      },
    ],
    [
      '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"] \ufeffAn application event log entry...',
      {
        ...NOTHING,
        pri: 165,
        facility: 20,
        severity: 5,
        version: 1,
        time: Date.UTC(2003, 9, 11, 22, 14, 15, 3),
        host: 'mymachine.example.com',
        app: 'evntslog',
        message_id: 'ID47',
        data: { 'exampleSDID@32473': { iut: '3', eventSource: 'Application', eventID: '1011' } },
        message: 'An application event log entry...',
      },
    ],
    [
      '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"][examplePriority@32473 class="high"]',
      expect.objectContaining({
        data: {
          'exampleSDID@32473': { iut: '3', eventSource: 'Application', eventID: '1011' },
          'examplePriority@32473': { class: 'high' },
        },
        message: null,
      }),
    ],
    [
      '<0>1 - - - - - [a][b x="1" x="2" y="q\\"\\]\\\\\\n"] \n',
      expect.objectContaining({
        pri: 0,
        time: null,
        data: { a: {}, b: { x: ['1', '2'], y: 'q"]\\\\n' } },
        message: '',
      }),
    ],
  ])('%s', (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  test.each([
    ['', /priority/],
    ['hello', /priority/],
    ['<192>1 - - - - - -', /above 191/],
    ['<013>1 - - - - - -', /priority/],
    ['<1>2 - - - - - -', /version is 2/],
    ['<1>1 - - -', /ends before its app/],
    ['<1>1 2003-02-30T00:00:00Z - - - - -', /time is none: 2003-02-30/],
    ['<1>1 2003-10-11t22:14:15z - - - - -', /time is none/],
    ['<1>1 yesterday - - - - -', /time is none/],
    ['<1>1 -  - - - -', /host is empty/],
    [`<1>1 - ${'h'.repeat(256)} - - - -`, /host has more than 255/],
    ['<1>1 - - - - - x', /no structured data/],
    ['<1>1 - - - - - [', /no name/],
    ['<1>1 - - - - - [a', /element a .* does not end/],
    ['<1>1 - - - - - [a x]', /x .* has no value/],
    ['<1>1 - - - - - [a x="1]', /value of a x .* does not end/],
    ['<1>1 - - - - - [a][a]', /two elements a/],
    ['<1>1 - - - - - [__proto__ x="1"]', /no name/],
    ['<1>1 - - - - - -message', /no space/],
    [Buffer.from([0x3c, 0x31, 0x3e, 0x31, 0x20, 0xff]), /not UTF-8/],
  ])('%s is refused: %s', (text, reason) => {
    expect(parse(text)).toMatch(reason);
  });
});

describe('RFC 3164', () => {
  const old = (more: object) => ({ ...NOTHING, pri: 34, facility: 4, severity: 2, ...more });

  test.each([
    [
      "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
      old({
        time: Date.UTC(2023, 9, 11, 22, 14, 15),
        host: 'mymachine',
        app: 'su',
        message: "'su root' failed for lonvick on /dev/pts/8",
      }),
    ],
    [
      '<34>Jan  1 00:00:00 web sshd[1234]: bye',
      old({ time: Date.UTC(2024, 0, 1), host: 'web', app: 'sshd', pid: '1234', message: 'bye' }),
    ],
    ['<34>Jan 20 00:00:00 web x', old({ time: Date.UTC(2024, 0, 20), host: 'web', message: 'x' })],
    [
      '<34>Dec 31 23:59:59 web a: x',
      old({ time: Date.UTC(2023, 11, 31, 23, 59, 59), host: 'web', app: 'a', message: 'x' }),
    ],
    ['<34>Feb 29 10:00:00 web a: x', old({ time: Date.UTC(2020, 1, 29, 10), host: 'web', app: 'a', message: 'x' })],
    [
      '<34>Oct 11 22:14:15 cron[7]: local',
      old({ time: Date.UTC(2023, 9, 11, 22, 14, 15), app: 'cron', pid: '7', message: 'local' }),
    ],
    [
      '<34>Mar  1 2022 10:00:00.25 fw %ASA-6: x',
      old({ time: Date.UTC(2022, 2, 1, 10, 0, 0, 250), host: 'fw', app: '%ASA-6', message: 'x' }),
    ],
    [
      '<34>2023-10-11T22:14:15+02:00 web a: x',
      old({ time: Date.UTC(2023, 9, 11, 20, 14, 15), host: 'web', app: 'a', message: 'x' }),
    ],
    ['<34>Feb 30 10:00:00 web a: x', old({ message: 'Feb 30 10:00:00 web a: x' })],
    ['<34>Use the BFG!\0', old({ message: 'Use the BFG!' })],
  ])('%s', (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  test('the zone is an option, and so is the encoding', () => {
    expect(parse('<34>Oct 11 22:14:15 a b: c', NOW, { zoneMs: 3_600_000 })).toMatchObject({
      time: Date.UTC(2023, 9, 11, 21, 14, 15),
    });
    expect(parse(Buffer.from('<34>gr\xfc\xdfe', 'latin1'), NOW, { encoding: 'latin-1' })).toMatchObject({
      message: 'grüße',
    });
  });
});

test('whatever comes is a record or has a reason; what is written by the rules comes back', () => {
  const random = prng('syslog');
  const draw = (n: number) => Math.floor(random() * n);
  const pick = <T>(all: readonly T[]): T => all[draw(all.length)]!;
  const word = (most: number) =>
    Array.from({ length: 1 + draw(most) }, () => String.fromCharCode(33 + draw(94))).join('');
  const name = () => word(8).replace(/[="\]]/g, 'n');
  const value = () => Array.from({ length: draw(6) }, () => pick(['a', '"', ']', '\\', 'é', ' ', '[', '='])).join('');
  const junk = Buffer.from('<>[]"\\ -1:=\0\n\xff\xe9aJan');
  for (let run = 0; run < tries(100_000); run++) {
    const pri = draw(192);
    const ms = Date.UTC(2000 + draw(60), draw(12), 1 + draw(28), draw(24), draw(60), draw(60), draw(1000));
    const words = Array.from({ length: 4 }, () => (draw(4) === 0 ? '-' : word(20)));
    const data: Record<string, Record<string, string>> = {};
    for (let i = draw(3); i > 0; i--) {
      const element = (data[`${i}${name()}`.slice(0, 32)] = {} as Record<string, string>);
      for (let j = draw(3); j > 0; j--) element[`${j}${name()}`] = value();
    }
    const elements = Object.entries(data).map(([id, parameters]) => {
      const written = Object.entries(parameters).map(([key, each]) => ` ${key}="${each.replace(/["\]\\]/g, '\\$&')}"`);
      return `[${id}${written.join('')}]`;
    });
    const message = draw(3) === 0 ? null : `m${value()}`.trimEnd();
    const text = `<${pri}>1 ${new Date(ms).toISOString()} ${words.join(' ')} ${elements.join('') || '-'}${message === null ? '' : ` ${message}`}`;
    const [host, app, pid, message_id] = words.map((each) => (each === '-' ? null : each));
    const expected = {
      pri,
      facility: Math.floor(pri / 8),
      severity: pri % 8,
      version: 1,
      time: ms,
      host,
      app,
      pid,
      message_id,
    };
    expect(parse(text), `run ${run}: ${text}`).toEqual({
      ...expected,
      data: elements.length === 0 ? null : data,
      message,
    });

    const bytes = Buffer.from(draw(2) === 0 ? text : `<${pri}>Oct 11 22:14:15 ${words.join(' ')}: ${message}`);
    for (let i = 1 + draw(4); i > 0; i--) bytes[draw(bytes.length)] = pick([...junk]);
    const cut = bytes.subarray(0, draw(bytes.length + 1));
    const found = parse(cut);
    const isFine =
      typeof found === 'string'
        ? found !== ''
        : Number.isInteger(found.pri) && (found.time === null || Number.isInteger(found.time));
    expect(isFine, `run ${run}: ${JSON.stringify(cut.toString('latin1'))} gives ${JSON.stringify(found)}`).toBe(true);
  }
});

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(options: object) {
  const driver = new Driver(source, { port: 0, ...options }, { now: () => NOW });
  open.push({ close: () => driver.reader.close!() });
  await driver.open([{ id: '0' }]);
  const ports = [...driver.logs.join('\n').matchAll(/at \w+ 127\.0\.0\.1:(\d+)/g)].map((found) => Number(found[1]));
  return { driver, ports };
}

describe('comes', () => {
  test('by UDP, with who sent it; what is none is a dead letter', async () => {
    const { driver, ports } = await start({ transport: 'udp' });
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    open.push({ close: () => socket.close() });
    await once(socket, 'listening');
    for (const text of ['<1>1 - a - - - - x\n', '<1>1 - trunca', '<13>hello']) {
      await new Promise((resolve) => socket.send(text, ports[0]!, '127.0.0.1', resolve));
    }
    await driver.run(() => driver.emitted.length === 2);
    expect(driver.rows.map(({ host, message }) => [host, message])).toEqual([
      ['a', 'x'],
      [null, 'hello'],
    ]);
    expect(driver.rows[0]?.from).toBe(`127.0.0.1:${socket.address().port}`);
    expect(driver.dead).toMatchObject([{ input: '<1>1 - trunca', reason: 'it ends before its host does' }]);
    expect(driver.emitted[0]?.time).toBe(NOW);
  });

  test('by TCP, counted or in lines', async () => {
    const { driver, ports } = await start({ transport: 'tcp' });
    const socket = connect(ports[0]!, '127.0.0.1');
    socket.end('20 <1>1 - a - - - - x\ny<13>hello\n<14>you');
    socket.resume();
    await driver.run(() => driver.emitted.length === 3);
    expect(driver.rows.map(({ message }) => message)).toEqual(['x\ny', 'hello', 'you']);
  });

  test('by TLS', async () => {
    const { driver, ports } = await start({ transport: 'tcp', tls: SERVER });
    const socket = connectTls({ port: ports[0]!, host: '127.0.0.1', ca: readFileSync(CA) });
    socket.end('9 <13>hello');
    socket.resume();
    await driver.run(() => driver.emitted.length === 1);
    expect(driver.rows[0]).toMatchObject({ pri: 13, message: 'hello' });
  });

  test('by both at once', async () => {
    const { ports } = await start({ transport: 'both' });
    expect(ports).toHaveLength(2);
  });

  test('from `logger`, in all its forms', async () => {
    const run = promisify(execFile);
    // Another make of sender; where it is not installed, the examples of the RFCs stand for it.
    const isThere = await run('logger', ['--version']).then(
      () => true,
      () => false,
    );
    if (!isThere) return;
    const { driver, ports } = await start({ transport: 'both' });
    const [udp, tcp] = ports as [number, number];
    const log = (...args: string[]) => run('logger', ['-n', '127.0.0.1', '-t', 'weir', '-p', 'local0.err', ...args]);
    await log('-d', '-P', String(udp), '--rfc3164', 'one');
    await driver.run(() => driver.emitted.length === 1);
    await log('-d', '-P', String(udp), '--sd-id', 'zoo@123', '--sd-param', 'tiger="a b"', '--msgid', 'M1', 'two');
    await driver.run(() => driver.emitted.length === 2);
    await log('-T', '-P', String(tcp), '--octet-count', 'three');
    await driver.run(() => driver.emitted.length === 3);
    await log('-T', '-P', String(tcp), 'four');
    await driver.run(() => driver.emitted.length === 4);
    expect(driver.dead).toEqual([]);
    expect(driver.rows.map(({ message, app, facility, severity }) => [message, app, facility, severity])).toEqual(
      ['one', 'two', 'three', 'four'].map((message) => [message, 'weir', 16, 3]),
    );
    expect(driver.rows[1]).toMatchObject({ version: 1, message_id: 'M1', data: { 'zoo@123': { tiger: 'a b' } } });
  });
});
