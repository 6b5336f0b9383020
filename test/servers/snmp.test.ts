import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import source from '../../actors/sources/snmp-poll.ts';
import { materializeSync } from '../../src/topology/options.ts';
import { Driver } from '../actors/sources/driver.ts';
import { freshFolder } from '../support/folder.ts';
import { logged, RUNNING } from './support/kafka.ts';
import { runStream } from './support/runs.ts';
import { Server, withServers, withServersInFull } from './support/server.ts';

const run = promisify(execFile);
const PORT = 19_161;
const AGENT = `127.0.0.1:${PORT}`;
const TRAPS = 19_163;
const server = () => new Server('snmp', { WEIR_INSTANCE: 'test-snmp', SNMP_PORT: PORT, SNMP_TRAP_PORT: PORT + 1 });

const USER = { name: 'weir', authPassword: 'weir-auth-pass', privacyPassword: 'weir-priv-pass' };
const VERSIONS = [
  ['1', { version: '1' }],
  ['2c', {}],
  ['3', { version: '3', user: USER }],
] as const;

/** What Net-SNMP's own tool finds: OID → value, as it prints it. */
async function walkOf(oid: string): Promise<Map<string, string>> {
  const { stdout } = await run('snmpbulkwalk', ['-v2c', '-c', 'public', '-Onqe', '-Oa', '-m', '', AGENT, oid]);
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => {
        const [at = '', ...rest] = line.split(' ');
        return [at.slice(1), rest.join(' ').replace(/^"|"$/g, '')] as const;
      }),
  );
}

async function polled(options: object, count: number): Promise<Driver> {
  const driver = new Driver(
    source,
    { targets: [AGENT], every: '100ms', ...options },
    { realTimers: true, now: Date.now },
  );
  await driver.open([{ id: '0' }]);
  await driver.run(() => driver.emitted.length + driver.dead.length >= count);
  await driver.reader.close?.();
  return driver;
}

withServers(['snmp'], 'snmp', () => {
  const agent = server();
  const folder = freshFolder();
  beforeAll(() => agent.start(), 120_000);
  afterAll(() => agent.wipe());

  test.each(VERSIONS)('values, by version %s', async (_, how) => {
    const get = ['sysName', 'sysLocation', '1.3.6.1.4.1.8072.9999.9999.1.0', 'noSuch'];
    const { rows } = await polled({ ...how, get, names: { noSuch: '1.3.6.1.4.1.8072.9999.9999.77.0' } }, 1);
    const expected = { target: AGENT, sysName: 'weir-test', sysLocation: 'loopback', noSuch: null };
    expect(rows[0]).toEqual({ ...expected, '1_3_6_1_4_1_8072_9999_9999_1_0': 42 });
  });

  test.each(VERSIONS)('a table is a record a row, as Net-SNMP’s own walk has it: version %s', async (_, how) => {
    const [descr, mtu, storage] = await Promise.all([
      walkOf('1.3.6.1.2.1.2.2.1.2'),
      walkOf('1.3.6.1.2.1.2.2.1.4'),
      walkOf('1.3.6.1.2.1.25.2.3.1.3'),
    ]);
    const { rows } = await polled({ ...how, walk: ['ifTable'] }, descr.size);
    const found = rows.slice(0, descr.size).map(({ index, ifDescr, ifMtu }) => [index, ifDescr, ifMtu]);
    const expected = [...descr].map(([oid, text]) => {
      const index = oid.split('.').at(-1);
      return [index, text, Number(mtu.get(`1.3.6.1.2.1.2.2.1.4.${index}`))];
    });
    expect(found).toEqual(expected);
    const stored = await polled({ ...how, walk: ['hrStorageTable'], get: ['sysName'], repetitions: 3 }, storage.size);
    expect(stored.rows.slice(0, storage.size).map(({ sysName, hrStorageDescr }) => [sysName, hrStorageDescr])).toEqual(
      [...storage.values()].map((text) => ['weir-test', text]),
    );
  });

  test('rates follow the counters', async () => {
    const { rows } = await polled({ get: ['snmpInPkts'], rates: true }, 4);
    const [first, ...rest] = rows as { snmpInPkts: number; snmpInPktsPerSecond: number | null }[];
    expect(first?.snmpInPktsPerSecond).toBeNull();
    // One question a round, each tenth of a second or later.
    for (const { snmpInPktsPerSecond: rate } of rest) {
      expect(rate).toBeGreaterThan(0);
      expect(rate).toBeLessThan(30);
    }
    expect(rows[3]?.snmpInPkts).toBe((first?.snmpInPkts as number) + 3);
  });

  test.each([
    ['a wrong password', { version: '3', user: { ...USER, authPassword: 'wrong-password' } }],
    ['an unknown user', { version: '3', user: { ...USER, name: 'mallory' } }],
    ['another community', { community: 'secret-typo', timeout: '100ms', retries: 0 }],
  ])('%s is told once, and by connect, without the secret', async (_, how) => {
    const { dead, logs } = await polled({ ...how, get: ['sysName'] }, 1);
    expect(dead[0]?.reason).toMatch(/refuses the login|no answer within/);
    const given = materializeSync(source.options, { targets: [AGENT], get: ['sysName'], ...how });
    const failing = source.connect?.(given as never);
    await expect(failing).rejects.toMatchObject({ code: 'WEIR_SNMP' });
    await expect(failing).rejects.not.toThrow(/wrong-password|secret-typo/);
    expect(`${JSON.stringify(dead)}${logs}`).not.toMatch(/wrong-password|secret-typo/);
  });

  test('traps and informs of Net-SNMP’s own tools', async () => {
    const running = runStream(folder, {
      source: { 'snmp-trap': { port: TRAPS, ack: 'checkpoint', users: [{ ...USER, name: 'sender' }] } },
      to: { file: 'traps.ndjson' },
    });
    await logged(running.child, RUNNING);
    const engine = '0x8000000001020304';
    const secure = [
      '-v3',
      '-l',
      'authPriv',
      '-u',
      'sender',
      '-a',
      'SHA',
      '-A',
      USER.authPassword,
      '-x',
      'AES',
      '-X',
      USER.privacyPassword,
    ];
    const said = [`127.0.0.1:${TRAPS}`, '', '1.3.6.1.6.3.1.1.5.3', '1.3.6.1.2.1.2.2.1.1.7', 'i'];
    const send = (tool: string, how: string[], value: string) => run(tool, ['-m', '', ...how, ...said, value]);
    await send('snmptrap', ['-v2c', '-c', 'public'], '1');
    await send('snmptrap', ['-e', engine, ...secure], '2');
    // These end well only when they are acknowledged.
    await send('snmpinform', ['-v2c', '-c', 'public', '-t', '5', '-r', '3'], '3');
    await send('snmpinform', ['-t', '5', '-r', '3', ...secure], '4');
    running.child.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code, stderr).toBe(0);
    const rows = folder
      .rows('traps.ndjson')
      .map(({ name, kind, version, values }) => [name, kind, version, values.ifIndex]);
    expect(rows).toEqual([
      ['linkDown', 'trap', '2c', 1],
      ['linkDown', 'trap', '3', 2],
      ['linkDown', 'inform', '2c', 3],
      ['linkDown', 'inform', '3', 4],
    ]);
  }, 60_000);
});

withServersInFull(['snmp'], 'snmp: an agent that goes away', () => {
  const agent = server();
  beforeAll(() => agent.start(), 120_000);
  afterAll(() => agent.wipe());

  test('for 20 s: told once, asked on, and its rates begin anew', async () => {
    const options = {
      targets: [AGENT],
      get: ['sysUpTime', 'snmpInPkts'],
      rates: true,
      every: '100ms',
      timeout: '300ms',
    };
    const driver = new Driver(source, options, { realTimers: true, now: Date.now });
    await driver.open([{ id: '0' }]);
    await driver.run(() => driver.emitted.length > 3);
    await agent.stop();
    await driver.run(() => driver.dead.length > 0);
    const before = driver.emitted.length;
    await sleep(20_000);
    await agent.start();
    await driver.run(() => driver.emitted.length > before + 3);
    await driver.reader.close?.();
    expect(driver.dead).toHaveLength(1);
    const again = driver.rows.slice(before) as { snmpInPktsPerSecond: number | null }[];
    expect(again[0]?.snmpInPktsPerSecond).toBeNull();
    expect(again[2]?.snmpInPktsPerSecond).toBeGreaterThan(0);
  }, 90_000);
});
