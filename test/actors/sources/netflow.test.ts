import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { FlowDecoder, type FlowOptions } from '../../../actors/lib/netflow/decoder.ts';
import { v6Of } from '../../../actors/lib/netflow/values.ts';
import source from '../../../actors/sources/netflow.ts';
import { prng } from '../../../src/base/prng.ts';
import type { Row } from '../../../src/stage/index.ts';
import { tries } from '../../support/thorough.ts';
import { Driver } from './driver.ts';

/** Datagrams that scapy has built, and the values that went in; made by make.py, which names its version. */
const CASES: { name: string; packets: string[]; flows: Row[] }[] = JSON.parse(
  readFileSync(new URL('netflow/packets.json', import.meta.url), 'utf8'),
).cases;
const packetsOf = (name: string) =>
  CASES.find((each) => each.name.startsWith(name))!.packets.map((hex) => Buffer.from(hex, 'hex'));
const LARGE = { maxFields: 10_000, maxDomains: 100, options: false };

/** What a decoder gives of datagrams of one exporter. */
function decoding(options: Partial<FlowOptions> = {}) {
  const decoder = new FlowDecoder({ ...LARGE, ...options });
  const rows: Row[] = [];
  const faults: string[] = [];
  const lost: [number, string][] = [];
  const take = (bytes: Buffer, exporter = '10.9.9.9') =>
    decoder.decode(bytes, exporter, {
      record: (row) => rows.push(row),
      fault: (reason) => faults.push(reason),
      lost: (count, what) => lost.push([count, what]),
    });
  return { decoder, rows, faults, lost, take };
}

test.each(CASES)('as scapy has built it: $name', ({ packets, flows }) => {
  const { rows, faults, lost, take } = decoding();
  for (const packet of packets) take(Buffer.from(packet, 'hex'));
  expect(faults).toEqual([]);
  expect(lost).toEqual([]);
  expect(rows).toHaveLength(flows.length);
  for (const [i, flow] of flows.entries())
    expect(rows[i]).toMatchObject({ kind: 'flow', exporter: '10.9.9.9', ...flow });
});

test('records of options are given where they are wanted', () => {
  const { rows, take } = decoding({ options: true });
  for (const packet of packetsOf('NetFlow 9, sampling')) take(packet);
  expect(rows[0]).toMatchObject({
    kind: 'options',
    scope: ['scopeSystem'],
    scopeSystem: 1,
    samplerId: 4,
    samplerRandomInterval: 512,
  });
  expect(rows).toHaveLength(3);
});

describe('templates', () => {
  const [announces, flows] = packetsOf('NetFlow 9, template') as [Buffer, Buffer];
  const changed = (packet: Buffer, at: number, value: number) => {
    const copy = Buffer.from(packet);
    copy.writeUInt32BE(value, at);
    return copy;
  };

  test('are those of the exporter and its domain', () => {
    const { rows, faults, take } = decoding();
    take(flows);
    take(announces);
    take(flows, '10.9.9.8');
    take(changed(flows, 16, 8));
    expect(rows).toEqual([]);
    expect(faults).toEqual(Array(3).fill('set 256: its template has not come yet'));
    take(flows);
    expect(rows).toHaveLength(2);
  });

  test('are in the snapshot, and so are samplings', () => {
    const before = decoding();
    before.take(announces);
    before.take(packetsOf('NetFlow 9, sampling')[0]!, '10.9.9.7');
    const after = decoding();
    after.decoder.restore(structuredClone(before.decoder.snapshot()));
    after.take(flows);
    after.take(packetsOf('NetFlow 9, sampling')[1]!, '10.9.9.7');
    expect(after.faults).toEqual([]);
    expect(after.rows.map(({ sampling }) => sampling)).toEqual([1, 1, 512, 1]);
    expect(after.decoder.snapshot()).toEqual(
      expect.objectContaining({ templates: expect.arrayContaining(before.decoder.snapshot().templates as unknown[]) }),
    );
  });

  test('are as many as there is room for: that goes which was not used for longest', () => {
    const { rows, faults, take, decoder } = decoding({ maxFields: 25, maxDomains: 3 });
    for (let domain = 0; domain < 10; domain++) {
      take(changed(announces, 16, domain));
      take(changed(changed(announces, 16, 0), 12, domain + 2));
      take(changed(changed(flows, 16, 0), 12, domain + 3));
    }
    expect(faults).toEqual([]);
    expect(rows).toHaveLength(20);
    expect(decoder.snapshot().templates.map(([key]) => key)).toEqual(['10.9.9.9 9 9 256', '10.9.9.9 9 0 256']);
  });

  test('of IPFIX are withdrawn', () => {
    const [packet] = packetsOf('IPFIX, lengths') as [Buffer];
    const withdrawal = (id: number) => {
      const made = Buffer.from(packet.subarray(0, 24));
      made.writeUInt16BE(24, 2);
      for (const [i, value] of [2, 8, id, 0].entries()) made.writeUInt16BE(value, 16 + 2 * i);
      return made;
    };
    for (const id of [400, 2]) {
      const { decoder, take } = decoding();
      take(packet);
      expect(decoder.snapshot().templates).toHaveLength(1);
      take(withdrawal(id));
      expect(decoder.snapshot().templates).toEqual([]);
    }
  });
});

describe('what is lost on the way', () => {
  const [five] = packetsOf('NetFlow 5') as [Buffer];
  const numbered = (sequence: number) => {
    const copy = Buffer.from(five);
    copy.writeUInt32BE(sequence >>> 0, 16);
    return copy;
  };

  test('is counted by the numbers, also where they begin anew; what is overtaken is not', () => {
    const { lost, take } = decoding();
    // Two flows each; the numbers are of flows.
    for (const sequence of [-4, -2, 2, 4, 14, 12, 16]) take(numbered(sequence));
    expect(lost).toEqual([
      [2, 'flows'],
      [8, 'flows'],
    ]);
  });

  test('is not what an exporter that began anew has not sent', () => {
    const { lost, take } = decoding();
    for (const sequence of [1_000_000, 0, 2, 6]) take(numbered(sequence));
    expect(lost).toEqual([[2, 'flows']]);
    const soon = decoding();
    soon.take(numbered(100));
    for (let n = 0; n < 20; n++) soon.take(numbered(2 * n));
    soon.take(numbered(50));
    expect(soon.lost).toEqual([[10, 'flows']]);
  });

  test('is datagrams in NetFlow 9, and records in IPFIX', () => {
    const { lost, take } = decoding();
    for (const packet of packetsOf('NetFlow 9, template')) take(packet);
    const nine = Buffer.from(packetsOf('NetFlow 9, template')[1]!);
    nine.writeUInt32BE(6, 12);
    take(nine);
    const ten = Buffer.from(packetsOf('IPFIX, lengths')[0]!);
    take(ten);
    ten.writeUInt32BE(4, 8);
    take(ten);
    expect(lost).toEqual([
      [3, 'datagrams'],
      [3, 'records'],
    ]);
  });
});

test.each([
  ['', /no version/],
  ['0001', /version 1, /],
  ['0005', /its head alone has 24/],
  ['0009', /its head alone has 20/],
  ['000a', /its head alone has 16/],
  [`0005${'0002'.padEnd(44, '0')}`, /2 flows are 120 bytes/],
  [`000a0fff${'0'.repeat(24)}`, /a length of 4095/],
  [`000a0014${'0'.repeat(24)}00020003`, /set 2: a length of 3/],
  [`000a0014${'0'.repeat(24)}00050004`, /reserved/],
  [`000a0018${'0'.repeat(24)}0002000801000001`, /template 256 is cut off/],
  [`000a001c${'0'.repeat(24)}0002000c0100000100080000`, /its records have no bytes/],
  [`000a001c${'0'.repeat(24)}0002000c0010000100080004`, /below 256/],
  [`000a001c${'0'.repeat(24)}0003000c0100000100000000`, /no scope/],
  [`000a001c${'0'.repeat(24)}0002000c0100ffff00080004`, /65535 fields/],
])('%s is refused', (hex, reason) => {
  const { faults, take } = decoding();
  take(Buffer.from(hex, 'hex'));
  expect(faults).toEqual([expect.stringMatching(reason)]);
});

test('a record that is cut off ends its set, and the sets behind it count', () => {
  const { rows, faults, take } = decoding();
  const [packet] = packetsOf('IPFIX, lengths') as [Buffer];
  const broken = Buffer.from(packet);
  // The length of the name, which then reaches beyond the set.
  broken[packet.indexOf('\x05hello')] = 254;
  const at = packet.indexOf(Buffer.from([1, 0x90]), 40);
  const both = Buffer.concat([broken, packet.subarray(at)]);
  both.writeUInt16BE(both.length, 2);
  take(both);
  expect(faults).toEqual([expect.stringMatching(/cut off/)]);
  expect(rows.map(({ userName }) => userName)).toEqual(['hello']);
});

test('IPv6 is written as the platform writes it', () => {
  const random = prng('v6');
  for (let run = 0; run < tries(20_000); run++) {
    const bytes = Buffer.from(Array.from({ length: 16 }, () => (random() < 0.6 ? 0 : Math.floor(random() * 256))));
    const text = v6Of(bytes, 0);
    expect(isIPv6(text), text).toBe(true);
    const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(':');
    const oracle = new URL(`http://[${groups}]/`).hostname.slice(1, -1);
    expect(text).toBe(oracle);
  }
});

test('whatever comes is records or has reasons, and takes no more memory than is allowed', () => {
  const random = prng('netflow');
  const draw = (n: number) => Math.floor(random() * n);
  const all = CASES.flatMap(({ packets }) => packets).map((hex) => Buffer.from(hex, 'hex'));
  let state = decoding({ maxFields: 200, maxDomains: 20, options: true });
  for (let run = 0; run < tries(100_000); run++) {
    if (run % 1000 === 0) state = decoding({ maxFields: 200, maxDomains: 20, options: true });
    const bytes = Buffer.from(all[draw(all.length)]!);
    for (let i = draw(6); i > 0; i--) bytes[draw(bytes.length)] = draw(3) === 0 ? 255 : draw(256);
    const cut = bytes.subarray(0, draw(4) === 0 ? draw(bytes.length + 1) : bytes.length);
    state.rows.length = 0;
    state.faults.length = 0;
    expect(() => state.take(cut), `run ${run}: ${cut.toString('hex')}`).not.toThrow();
    const isFine =
      state.rows.length + state.faults.length <= cut.length + 1 && state.faults.every((reason) => reason !== '');
    expect(isFine, `run ${run}: ${cut.toString('hex')}`).toBe(true);
    const numbers = state.rows.flatMap((row) => Object.values(row)).filter((value) => typeof value === 'number');
    expect(numbers.every(Number.isFinite) || run < 0, `run ${run}: ${cut.toString('hex')}`).toBe(true);
  }
  const fields = state.decoder.snapshot().templates.reduce((sum, [, spec]) => sum + spec.fields.length, 0);
  expect(fields).toBeLessThanOrEqual(200 + 1024);
});

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(positions?: Record<string, unknown>, now = () => 1000) {
  const driver = new Driver(source, { port: 0 }, { now });
  open.push({ close: () => driver.reader.close!() });
  await driver.open([{ id: '0' }], positions);
  const port = Number(/at udp 127\.0\.0\.1:(\d+)/.exec(driver.logs.join('\n'))?.[1]);
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  open.push({ close: () => socket.close() });
  const send = (bytes: Buffer) => new Promise((resolve) => socket.send(bytes, port, '127.0.0.1', resolve));
  return { driver, send };
}

test('it takes datagrams, knows templates after a restart, and tells what is lost and what is none', async () => {
  const [announces, flows] = packetsOf('NetFlow 9, template') as [Buffer, Buffer];
  const first = await start();
  await first.send(announces);
  await first.send(flows);
  await first.driver.run(() => first.driver.emitted.length === 2);
  const positions = structuredClone(first.driver.reader.positions());

  const { driver, send } = await start(positions);
  await send(Buffer.from('GET / HTTP/1.1'));
  await send(flows);
  const later = Buffer.from(flows);
  later.writeUInt32BE(12, 12);
  await send(later);
  await driver.run(() => driver.dead.length === 2);
  expect(driver.rows.map(({ exporter, sourceIPv4Address }) => [exporter, sourceIPv4Address])).toEqual(
    Array(4).fill(['127.0.0.1', '10.1.0.1']),
  );
  expect(driver.dead.map(({ reason }) => reason)).toEqual([
    'from 127.0.0.1: version 18245, which is none of 5, 9 and 10',
    'lost on the way, by their sequence numbers: 9 datagrams of 127.0.0.1',
  ]);
  const orders = [...first.driver.emitted, ...driver.emitted].map(({ order }) => order);
  expect(orders).toEqual([...new Set(orders)].sort((a, b) => a - b));
});

describe('what was lost last is told', () => {
  const numbered = (sequence: number) => {
    const copy = Buffer.from(packetsOf('NetFlow 5')[0]!);
    copy.writeUInt32BE(sequence, 16);
    return copy;
  };
  /** Some are lost and told; then more, too soon to be told again. */
  async function losing() {
    let now = 1000;
    const { driver, send } = await start(undefined, () => now);
    for (const sequence of [0, 5]) await send(numbered(sequence));
    await driver.run(() => driver.dead.length === 1);
    await send(numbered(10));
    await driver.run(() => driver.rows.length === 6);
    driver.timers.splice(0, driver.timers.length - 1);
    return { driver, later: (ms: number) => (now += ms) };
  }
  const LAST = 'lost on the way, by their sequence numbers: 3 flows of 127.0.0.1';

  test('within a second, though nothing else comes', async () => {
    const { driver, later } = await losing();
    driver.reader.poll(driver);
    expect(driver.dead).toHaveLength(1);
    later(1000);
    driver.tick();
    await driver.run(() => driver.dead.length === 2);
    expect(driver.dead[1]!.reason).toBe(LAST);
    const orders = [...driver.emitted, ...driver.dead].map(({ order }) => order);
    expect(new Set(orders).size).toBe(orders.length);
    // Nothing is left to be told.
    expect(driver.reader.poll(driver)).toBe('wait');
    expect(driver.timers).toEqual([]);
  });

  test('at the end of the run, before the end of the split', async () => {
    const { driver } = await losing();
    driver.endSplit = () => expect(driver.dead).toHaveLength(2);
    driver.reader.drain!();
    expect(await driver.run()).toBe('end');
    expect(driver.dead[1]!.reason).toBe(LAST);
  });

  test('when it is closed, in the log', async () => {
    const { driver } = await losing();
    await driver.reader.close!();
    expect(driver.logs.at(-1)).toBe(`warn ${LAST}; 6 since the start`);
  });
});
