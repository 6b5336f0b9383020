import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AgentFault } from '../../../actors/lib/snmp/agent.ts';
import type { Library, Varbind } from '../../../actors/lib/snmp/library.ts';
import { Names } from '../../../actors/lib/snmp/names.ts';
import { PollFeed, type PollOptions } from '../../../actors/lib/snmp/poll-feed.ts';
import { perSecond } from '../../../actors/lib/snmp/rates.ts';
import type { RowQueue } from '../../../actors/lib/snmp/row-reader.ts';
import { counterOf, dateOf, recordValueOf } from '../../../actors/lib/snmp/values.ts';
import { compareOids, walk } from '../../../actors/lib/snmp/walk.ts';
import source from '../../../actors/sources/snmp-poll.ts';
import { prng } from '../../../src/base/prng.ts';
import type { SourceContext } from '../../../src/stage/index.ts';
import { materializeSync } from '../../../src/topology/options.ts';
import { tries } from '../../support/thorough.ts';

const require = createRequire(import.meta.url);
const snmp = require('net-snmp') as Library;
const { ObjectType } = snmp;

describe('names', () => {
  const names = new Names({ fan: '1.3.6.1.4.1.9999.1' });

  // The MIBs as they were published, read by the library's own parser.
  test('those of MIB-2 and IF-MIB are as in the published MIBs', () => {
    const mibs = join(dirname(require.resolve('net-snmp')), 'lib', 'mibs');
    const store = snmp.createModuleStore();
    store.loadFromFile(join(mibs, 'IANAifType-MIB.mib'));
    store.loadFromFile(join(mibs, 'IF-MIB.mib'));
    let count = 0;
    for (const module of ['RFC1213-MIB', 'SNMPv2-MIB', 'IF-MIB']) {
      const objects = store.getModule(module) as Record<string, { OID?: string; MACRO?: string }>;
      for (const [name, { OID, MACRO }] of Object.entries(objects)) {
        // Obsolete ones, and nodes above values.
        if (OID === undefined || MACRO !== 'OBJECT-TYPE' || /^(?:egp|ifTest|snmpSet)|(?:Table|Entry)$/.test(name))
          continue;
        expect(names.nameOf(OID), name).toEqual({ name, index: '' });
        count++;
      }
    }
    expect(count).toBeGreaterThan(190);
  });

  // RFC 2790.
  test.each([
    ['hrSystemProcesses', '1.3.6.1.2.1.25.1.6.0'],
    ['hrMemorySize', '1.3.6.1.2.1.25.2.2.0'],
    ['sysName', '1.3.6.1.2.1.1.5.0'],
    ['sysName.0', '1.3.6.1.2.1.1.5.0'],
    ['ifInOctets.3', '1.3.6.1.2.1.2.2.1.10.3'],
    ['ifTableLastChange', '1.3.6.1.2.1.31.1.5.0'],
    ['.1.3.6.1.4.1.9.9.0', '1.3.6.1.4.1.9.9.0'],
    ['fan.2', '1.3.6.1.4.1.9999.1.2'],
  ])('%s is %s', (text, oid) => {
    expect(names.value(text).oid).toBe(oid);
  });

  test.each([
    ['hrStorageTable', '1.3.6.1.2.1.25.2.3.1.7', 'hrStorageAllocationFailures'],
    ['hrProcessorLoad', '1.3.6.1.2.1.25.3.3.1.2', 'hrProcessorLoad'],
    ['hrFSTable', '1.3.6.1.2.1.25.3.8.1.9', 'hrFSLastPartialBackupDate'],
    ['hrSWRunPerfTable', '1.3.6.1.2.1.25.5.1.1.2', 'hrSWRunPerfMem'],
    ['ifXTable', '1.3.6.1.2.1.31.1.1.1.19', 'ifCounterDiscontinuityTime'],
    ['1.3.6.1.4.1.9999.1', '1.3.6.1.4.1.9999.1', 'fan'],
    ['1.3.6.1.4.1.77.2', '1.3.6.1.4.1.77.2', '1_3_6_1_4_1_77_2'],
  ])('the last column of %s is %s', (text, oid, field) => {
    expect(names.columns(text).at(-1)).toMatchObject({ oid, field });
  });

  test.each([
    [{ get: ['sysNames'] }, 'WEIR_SNMP_NAME'],
    [{ get: ['ifInOctets'] }, 'WEIR_SNMP_NAME'],
    [{ get: ['ifInOctets.x'] }, 'WEIR_SNMP_NAME'],
    [{ walk: ['sysName'] }, 'WEIR_SNMP_NAME'],
    [{ walk: ['ifTable', 'hrStorageTable'] }, 'WEIR_OPTION'],
    [{}, 'WEIR_OPTION'],
    [{ get: ['sysName'], version: '3' }, 'WEIR_OPTION'],
    [{ get: ['sysName'], version: '3', user: { name: 'a', authPassword: 'short' } }, 'WEIR_OPTION'],
    [{ get: ['sysName'], version: '3', user: { name: 'a', privacyPassword: 'long enough' } }, 'WEIR_OPTION'],
    [{ get: ['sysName'], names: { x: 'y' } }, 'WEIR_OPTION'],
    [{ get: ['sysName'], targets: ['a:b'] }, 'WEIR_OPTION'],
  ])('%j is refused', (options, code) => {
    const given = materializeSync(source.options, { targets: ['127.0.0.1'], ...options });
    expect(() => source.refuse?.(given as never)).toThrow(expect.objectContaining({ code }));
  });
});

describe('rates', () => {
  const sample = (value: bigint, upTime: number | undefined, at: number, bits: 32 | 64 = 32) => ({
    value,
    bits,
    upTime,
    at,
  });
  test.each([
    ['grows', sample(100n, 1000, 0), sample(600n, 2000, 10_000), 50],
    ['is by the agent’s clock, not by ours', sample(0n, 1000, 0), sample(1000n, 2000, 10_900), 100],
    ['wraps at 32 bits', sample(2n ** 32n - 100n, 1000, 0), sample(900n, 2000, 10_000), 100],
    ['wraps at 64 bits', sample(2n ** 64n - 100n, 1000, 0, 64), sample(900n, 2000, 10_000, 64), 100],
    ['beyond 2^53 loses nothing', sample(2n ** 60n, 1000, 0, 64), sample(2n ** 60n + 10n, 2000, 10_000, 64), 1],
    ['was set back, of 64 bits', sample(5000n, 1000, 0, 64), sample(10n, 2000, 10_000, 64), null],
    ['the agent began anew', sample(5000n, 100_000, 0), sample(10n, 500, 10_000), null],
    ['it did so long ago, and has been up for longer since', sample(5000n, 1000, 0), sample(9000n, 2000, 60_000), null],
    ['its time wraps, after 497 days', sample(0n, 2 ** 32 - 500, 0), sample(1000n, 500, 10_000), 100],
    ['no time has passed', sample(0n, 1000, 0), sample(5n, 1000, 5), null],
    ['it does not say how long it is up', sample(0n, undefined, 0), sample(100n, undefined, 10_000), 10],
  ] as const)('a counter %s', (_, before, now, rate) => {
    expect(perSecond(before, now)).toBe(rate);
  });
});

describe('values', () => {
  const of = (type: number, value: unknown, name?: string) => recordValueOf(snmp, { oid: '1.3', type, value }, name);
  test.each([
    ['text', of(ObjectType.OctetString, Buffer.from('Gi0/1 – Büro')), 'Gi0/1 – Büro'],
    ['text with its end', of(ObjectType.OctetString, Buffer.from('eth0\0')), 'eth0'],
    ['octets', of(ObjectType.OctetString, Buffer.from([0, 255, 10])), '00:ff:0a'],
    [
      'an address that looks like text',
      of(ObjectType.OctetString, Buffer.from('abcdef'), 'ifPhysAddress'),
      '61:62:63:64:65:66',
    ],
    ['a counter of 64 bits', of(ObjectType.Counter64, Buffer.from('0a', 'hex')), 10],
    ['one with a sign byte', of(ObjectType.Counter64, Buffer.from('00ffffffffffffffff', 'hex')), 2 ** 64],
    ['a float of Net-SNMP', of(ObjectType.Opaque, Buffer.from('9f78043fc00000', 'hex')), 1.5],
    ['nothing', of(ObjectType.NoSuchInstance, null), null],
    // RFC 2579: Tuesday May 26, 1992 at 1:30:15 PM EDT.
    [
      'a date',
      of(ObjectType.OctetString, Buffer.from('07c8051a0d1e0f002d0400', 'hex'), 'hrSystemDate'),
      '1992-05-26T13:30:15.0-04:00',
    ],
  ])('%s', (_, made, expected) => {
    expect(made).toBe(expected);
  });

  test('whatever bytes come, they make a number, a text or null', () => {
    const random = prng('snmp-values');
    const types = Object.values(ObjectType).filter((type): type is number => typeof type === 'number');
    const names = [undefined, 'hrSystemDate', 'ifPhysAddress', 'ifDescr'];
    for (let i = 0; i < tries(100_000); i++) {
      const value = Buffer.from(Array.from({ length: Math.floor(random() * 13) }, () => Math.floor(random() * 256)));
      const type = types[i % types.length] as number;
      const made = recordValueOf(snmp, { oid: '1.3', type, value }, names[i % names.length]);
      if (typeof made !== 'string' && made !== null)
        expect(Number.isFinite(made as number) || type === ObjectType.Opaque).toBe(true);
      const date = dateOf(value);
      if (date !== undefined)
        expect(date).toMatch(/^\d{4,5}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d\.\d(?:[+-][01]\d:[0-5]\d)?$/);
      const counter = counterOf(snmp, { oid: '1.3', type, value });
      if (counter !== undefined) expect(counter.value >= 0n && counter.value < 2n ** 64n).toBe(true);
    }
  });
});

describe('a walk', () => {
  /** An agent that holds these values; answers have room for `room` values. */
  const agentOf = (table: Record<string, number>, room: number) => {
    const all = Object.keys(table).sort(compareOids);
    return {
      following: async (oids: string[], repetitions: number) => {
        const values = oids.map(() => ({ list: [] as Varbind[], hasEnded: false }));
        const at = [...oids];
        let used = 0;
        for (let n = 0; n < repetitions; n++) {
          for (let i = 0; i < oids.length && used < room; i++, used++) {
            const oid = all.find((one) => compareOids(one, at[i] as string) > 0);
            if (oid === undefined) values[i]!.hasEnded = true;
            else {
              values[i]!.list.push({ oid, type: ObjectType.Integer, value: table[oid] });
              at[i] = oid;
            }
          }
        }
        return { values, upTime: 5 };
      },
    };
  };
  const walked = async (agent: object, columns: string[], mostRows = 1000) => {
    const rows = await walk(agent as never, columns, { repetitions: 5, mostRows });
    return Object.fromEntries(
      [...rows].map(([index, cells]) => [index, cells.map((cell) => cell?.varbind.value ?? null)]),
    );
  };

  test('gives the rows of any table, whatever room answers have', async () => {
    const random = prng('snmp-walk');
    for (let i = 0; i < tries(400); i++) {
      const columns = Array.from({ length: 1 + Math.floor(random() * 24) }, (_, n) => `1.3.9.1.${n + 1}`);
      const table: Record<string, number> = { '1.3.9.1.99.1': 1, ...(random() < 0.5 ? { '1.4.1': 1 } : {}) };
      const expected: Record<string, (number | null)[]> = {};
      for (let row = 0; row < random() * 30; row++) {
        const index = random() < 0.5 ? `${row * 3}` : `${row}.10.${row}`;
        const cells = columns.map((_, n) => (random() < 0.8 ? row * 100 + n : null));
        if (cells.every((cell) => cell === null)) continue;
        expected[index] = cells;
        columns.forEach((column, n) => {
          if (cells[n] !== null) table[`${column}.${index}`] = cells[n] as number;
        });
      }
      expect(await walked(agentOf(table, 1 + Math.floor(random() * 60)), columns)).toEqual(expected);
    }
  });

  test.each([
    ['goes round in circles', [{ oid: '1.3.1.5' }, { oid: '1.3.1.2' }], /does not end/],
    ['says nothing', [], /is empty/],
  ])('an agent that %s is a fault', async (_, list, reason) => {
    const agent = { following: async () => ({ values: [{ list, hasEnded: false }], upTime: 5 }) };
    const failing = walked(agent, ['1.3.1']);
    await expect(failing).rejects.toThrow(AgentFault);
    await expect(failing).rejects.toThrow(reason);
  });

  test('a table without end is a fault', async () => {
    let n = 0;
    const agent = {
      following: async () => ({
        values: [{ list: [{ oid: `1.3.1.${++n}`, type: 2, value: n }], hasEnded: false }],
        upTime: 5,
      }),
    };
    await expect(walked(agent, ['1.3.1'], 10)).rejects.toThrow(/more than 10 rows/);
  });
});

test('while the stream stands, one task waits for room, however many rounds come', async () => {
  const tasks: (() => void)[] = [];
  const rounds: (() => void)[] = [];
  const context = {
    now: () => 0,
    after: (_: number, task: () => void) => {
      rounds.push(task);
      return () => {};
    },
    log() {},
  } as unknown as SourceContext;
  const options = {
    targets: ['127.0.0.1:1', '127.0.0.1:2'],
    version: '2c',
    community: 'public',
    timeoutMs: 1,
    retries: 0,
  };
  const more = { everyMs: 1, values: [], columns: [], rates: false, concurrency: 1, repetitions: 1, mostRows: 1 };
  const feed = new PollFeed(context, { ...options, ...more } as unknown as PollOptions);
  const queue = { isFull: true, whenRoom: (task: () => void) => tasks.push(task), put() {} };
  await feed.open(queue as unknown as RowQueue);
  for (let i = 0; i < 5; i++) rounds.shift()?.();
  expect(tasks).toHaveLength(1);
  tasks.shift()!();
  expect(tasks).toHaveLength(1);
  feed.close();
});
