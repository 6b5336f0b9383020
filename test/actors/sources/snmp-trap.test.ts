import dgram, { type Socket } from 'node:dgram';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { afterEach, expect, test } from 'vitest';
import source from '../../../actors/sources/snmp-trap.ts';
import { prng } from '../../../src/base/prng.ts';
import { tries } from '../../support/thorough.ts';
import { Driver } from './driver.ts';

const snmp = createRequire(import.meta.url)('net-snmp');
const LINK_DOWN = '1.3.6.1.6.3.1.1.5.3';
const IF_INDEX = { oid: '1.3.6.1.2.1.2.2.1.1.7', type: snmp.ObjectType.Integer, value: 7 };

const open: { driver: Driver; sessions: { close(): void }[] }[] = [];
afterEach(async () => {
  for (const { driver, sessions } of open.splice(0)) {
    for (const session of sessions) session.close();
    await driver.reader.close?.();
  }
});

async function listening(options: object = {}) {
  const driver = await new Driver(source, { port: 0, ...options }).open([{ id: '0' }]);
  const sessions: { close(): void }[] = [];
  open.push({ driver, sessions });
  const port = Number(/:(\d+)$/.exec(driver.logs[0] as string)?.[1]);
  const session = (version: number, given: object = {}) => {
    const how = { port, trapPort: port, version, retries: 0, timeout: 60_000, ...given };
    const { community = 'public', user } = given as { community?: string; user?: object };
    const made = user ? snmp.createV3Session('127.0.0.1', user, how) : snmp.createSession('127.0.0.1', community, how);
    sessions.push(made);
    return made;
  };
  return { driver, port, session };
}

const USER = {
  name: 'weir',
  level: snmp.SecurityLevel.authPriv,
  authProtocol: snmp.AuthProtocols.sha256,
  authKey: 'auth-password',
  privProtocol: snmp.PrivProtocols.aes,
  privKey: 'privacy-password',
};
const OURS = { name: 'weir', auth: 'sha256', authPassword: 'auth-password', privacyPassword: 'privacy-password' };

/** What each version says of a link that went down. */
const SAID = {
  kind: 'trap',
  trap: LINK_DOWN,
  name: 'linkDown',
  values: { ifIndex: 7 },
  variables: [{ oid: IF_INDEX.oid, name: 'ifIndex', index: '7', value: 7 }],
};

test.each([
  ['1', snmp.Version1, {}, {}],
  ['2c', snmp.Version2c, {}, {}],
  ['3', snmp.Version3, { user: USER, engineID: '8000000001020304' }, { users: [OURS] }],
])('a trap of version %s', async (version, number, given, options) => {
  const { driver, session } = await listening(options);
  session(number, given).trap(snmp.TrapType.LinkDown, [IF_INDEX], () => {});
  await driver.run(() => driver.emitted.length === 1);
  expect(driver.rows[0]).toMatchObject({ ...SAID, version, user: version === '3' ? 'weir' : null });
});

test('a trap of an enterprise’s own, of version 1, has the OID that RFC 3584 gives it', async () => {
  const { driver, session } = await listening();
  session(snmp.Version1).trap('1.3.6.1.4.1.9.9.43.2', [], '10.1.2.3', () => {});
  await driver.run(() => driver.emitted.length === 1);
  expect(driver.rows[0]).toMatchObject({
    trap: '1.3.6.1.4.1.9.9.43.0.2',
    enterprise: '1.3.6.1.4.1.9.9.43',
    agent: '10.1.2.3',
  });
});

test('names of one’s own; of a name that comes twice the first counts', async () => {
  const { driver, session } = await listening({ names: { fan: '1.3.6.1.4.1.9999.1', hot: '1.3.6.1.4.1.9999.2' } });
  const fan = (row: number, value: number) => ({
    oid: `1.3.6.1.4.1.9999.1.${row}`,
    type: snmp.ObjectType.Integer,
    value,
  });
  session(snmp.Version2c).trap('1.3.6.1.4.1.9999.2', [fan(1, 10), fan(2, 20)], () => {});
  await driver.run(() => driver.emitted.length === 1);
  expect(driver.rows[0]).toMatchObject({ name: 'hot', values: { fan: 10 } });
  expect((driver.rows[0] as { variables: object[] }).variables[1]).toMatchObject({
    name: 'fan',
    index: '2',
    value: 20,
  });
});

test.each([
  ['2c', snmp.Version2c, {}, {}],
  ['3', snmp.Version3, { user: USER }, { users: [OURS] }],
])(
  'with `ack: checkpoint` an inform of version %s is answered when a checkpoint holds it',
  async (_, version, given, options) => {
    const { driver, session } = await listening({ ack: 'checkpoint', ...options });
    let isAnswered = false;
    const answered = new Promise<void>((resolve, reject) => {
      session(version, given).inform(snmp.TrapType.LinkDown, [IF_INDEX], (error: unknown) => {
        isAnswered = true;
        if (error) reject(error);
        else resolve();
      });
    });
    await driver.run(() => driver.emitted.length === 1);
    expect(driver.rows[0]).toMatchObject({ ...SAID, kind: 'inform' });
    driver.reader.committed?.({ 0: 0 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    driver.reader.committed?.(driver.reader.positions());
    await answered;
  },
);

test('an inform that is repeated while it waits for its checkpoint is one record', async () => {
  const { driver, session } = await listening({ ack: 'checkpoint' });
  const sender = session(snmp.Version2c, { retries: 50, timeout: 20 });
  const answered = new Promise<void>((resolve, reject) =>
    sender.inform(snmp.TrapType.LinkDown, [IF_INDEX], (error: unknown) => (error ? reject(error) : resolve())),
  );
  let seen = 0;
  const repeated = new Promise<void>((resolve) => {
    const send = sender.dgram.send.bind(sender.dgram);
    sender.dgram.send = (...args: unknown[]) => {
      if (++seen === 3) resolve();
      return send(...args);
    };
  });
  await driver.run(() => driver.emitted.length === 1);
  await repeated;
  // Another one behind the repeated ones: when it is there, they have come.
  session(snmp.Version2c).trap(snmp.TrapType.ColdStart, [], () => {});
  await driver.run(() => driver.emitted.length === 2);
  expect(driver.rows.map(({ name }) => name)).toEqual(['linkDown', 'coldStart']);
  driver.reader.committed?.(driver.reader.positions());
  await answered;
});

test('an inform that finds the queue full is not acknowledged; a trap is lost and told', async () => {
  const { driver, session } = await listening({ queue: 1 });
  session(snmp.Version2c).trap(snmp.TrapType.ColdStart, [], () => {});
  const sender = session(snmp.Version2c, { retries: 100, timeout: 20 });
  // Nothing is polled: the queue stays full, and repeated informs go unanswered.
  let sent = 0;
  const send = sender.dgram.send.bind(sender.dgram);
  const tried = new Promise<void>((resolve) => {
    sender.dgram.send = (...args: unknown[]) => {
      if (++sent === 3) resolve();
      return send(...args);
    };
  });
  let isAnswered = false;
  const answered = new Promise<void>((resolve) =>
    sender.inform(snmp.TrapType.LinkDown, [IF_INDEX], () => {
      isAnswered = true;
      resolve();
    }),
  );
  await tried;
  expect(isAnswered).toBe(false);
  await driver.run(() => driver.emitted.length === 2);
  expect(driver.rows.map(({ name }) => name)).toEqual(['coldStart', 'linkDown']);
  await answered;
});

test.each([
  ['another community', snmp.Version2c, { community: 'secret-typo' }, /its community is not one/],
  ['an unknown user', snmp.Version3, { user: { ...USER, name: 'mallory' } }, /its user is not one/],
  [
    'a wrong password',
    snmp.Version3,
    { user: { ...USER, authKey: 'another-password' } },
    /its user is not one|passwords/,
  ],
  [
    'no protection',
    snmp.Version3,
    { user: { name: 'weir', level: snmp.SecurityLevel.noAuthNoPriv } },
    /its user is not one/,
  ],
  ['no user', snmp.Version3, { user: { name: '', level: snmp.SecurityLevel.noAuthNoPriv } }, /without a user/],
])('%s: a dead letter that shows no secret', async (_, version, given, reason) => {
  const { driver, session } = await listening({ users: [OURS] });
  session(version, { engineID: '8000000001020304', ...given }).trap(snmp.TrapType.LinkDown, [IF_INDEX], () => {});
  await driver.run(() => driver.dead.length === 1);
  expect(driver.dead[0]?.reason).toMatch(reason);
  expect(JSON.stringify(driver.dead)).not.toMatch(/secret-typo|password'/);
  expect(driver.emitted).toEqual([]);
});

test('a port that is taken', async () => {
  const { port } = await listening();
  const second = new Driver(source, { port });
  await expect(second.open([{ id: '0' }])).rejects.toMatchObject({ code: 'WEIR_ADDRESS_IN_USE' });
  await second.reader.close?.();
});

test('whatever comes is a record or a dead letter', async () => {
  // The socket of the source, to let datagrams come without a network that loses them.
  const { createSocket } = dgram;
  let socket: Socket | undefined;
  dgram.createSocket = ((...args: Parameters<typeof createSocket>) => {
    socket = createSocket(...args);
    return socket;
  }) as typeof createSocket;
  syncBuiltinESMExports();
  const { driver, session } = await listening({ users: [OURS], queue: 1e6 });
  dgram.createSocket = createSocket;
  syncBuiltinESMExports();
  const source = socket as Socket;
  source.send = () => {};
  // Datagrams as they go out, of all kinds, to be spoiled.
  const whole: Buffer[] = [];
  for (const [version, given] of [
    [snmp.Version1, {}],
    [snmp.Version2c, {}],
    [snmp.Version3, { user: USER, engineID: '8000000001020304' }],
  ] as const) {
    const sender = session(version, given);
    await new Promise<void>((resolve) => {
      sender.dgram.send = (bytes: Buffer) => {
        whole.push(Buffer.from(bytes));
        resolve();
      };
      sender.trap(snmp.TrapType.LinkDown, [IF_INDEX], () => {});
    });
  }
  const random = prng('snmp-trap');
  const spoiled = (bytes: Buffer) => {
    const made = Buffer.from(bytes.subarray(0, random() < 0.3 ? Math.floor(random() * bytes.length) : bytes.length));
    for (let n = Math.floor(random() * 4); n >= 0 && made.length > 0; n--) {
      made[Math.floor(random() * made.length)] = Math.floor(random() * 256);
    }
    return made;
  };
  const count = tries(100_000);
  for (let i = 0; i < count; i++) {
    const isNoise = random() < 0.1;
    const noise = Buffer.from(Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256)));
    const bytes = isNoise ? noise : spoiled(whole[i % whole.length] as Buffer);
    source.emit('message', bytes, { address: '127.0.0.1', port: 4000, family: 'IPv4', size: bytes.length });
    if (i % 1000 === 0) driver.reader.poll(driver);
  }
  while (driver.reader.poll(driver) === 'more');
  expect(driver.failure).toBeUndefined();
  expect(driver.emitted.length + driver.dead.length).toBeGreaterThan(count / 2);
  for (const { row } of driver.emitted) expect(typeof row.trap).toBe('string');
}, 120_000);
