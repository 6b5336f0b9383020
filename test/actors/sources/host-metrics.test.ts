import { expect, test } from 'vitest';
import { MetricsReader } from '../../../actors/lib/metrics/metrics-reader.ts';
import { METRICS, type System } from '../../../actors/lib/metrics/readings.ts';
import metrics from '../../../actors/sources/host-metrics.ts';
import { source } from '../../../src/stage/index.ts';
import { Driver } from './driver.ts';

/** A machine whose numbers the test knows. */
const machine = {
  currentLoad: async () => ({ cpus: [{ load: 50 }, { load: 100 }] }),
  mem: async () => ({ total: 100, available: 25, swaptotal: 0, swapused: 0 }),
  fsStats: async () => ({ rx_sec: 10, wx_sec: null }),
  fsSize: async () => [{ mount: '/', use: 40 }],
  networkStats: async () => [{ iface: 'eth0', rx_sec: 1, tx_sec: 2 }],
} as unknown as System;

async function start(
  system: System,
  options: { buffer?: number; groups?: (typeof METRICS)[number][]; position?: number } = {},
) {
  const { buffer = 100, groups = [...METRICS], position } = options;
  const definition = source({
    ...metrics,
    create: (_, context) =>
      new MetricsReader(context, { everyMs: 500, groups, buffer, host: 'here', load: async () => system }),
  });
  return await new Driver(definition, {}, {}).open([{ id: '0' }], { 0: position });
}

test('one record for each value that the machine tells', async () => {
  const driver = await start(machine, { position: 10 });
  await driver.run(() => driver.emitted.length > 0);
  const values = driver.rows.filter(({ metric }) => metric !== 'load');
  expect(values).toEqual([
    { metric: 'cpu', host: 'here', core: 0, name: null, value: 0.5, unit: 'ratio' },
    { metric: 'cpu', host: 'here', core: 1, name: null, value: 1, unit: 'ratio' },
    { metric: 'memory', host: 'here', core: null, name: 'used', value: 0.75, unit: 'ratio' },
    { metric: 'memory', host: 'here', core: null, name: 'available', value: 25, unit: 'B' },
    { metric: 'memory', host: 'here', core: null, name: 'swap', value: 0, unit: 'ratio' },
    { metric: 'disk', host: 'here', core: null, name: 'read', value: 10, unit: 'B/s' },
    { metric: 'space', host: 'here', core: null, name: '/', value: 0.4, unit: 'ratio' },
    { metric: 'network-in', host: 'here', core: null, name: 'eth0', value: 1, unit: 'B/s' },
    { metric: 'network-out', host: 'here', core: null, name: 'eth0', value: 2, unit: 'B/s' },
  ]);
  expect(driver.emitted[0]).toMatchObject({ order: 10, time: 1000 });
});

test('takes no second round while one is under way', async () => {
  let calls = 0;
  let go = () => {};
  const slow = {
    ...machine,
    currentLoad: () => {
      calls++;
      return new Promise((resolve) => {
        go = () => resolve({ cpus: [{ load: 50 }] });
      });
    },
  } as unknown as System;
  const driver = await start(slow, { groups: ['cpu'] });
  driver.tick();
  driver.tick();
  expect(calls).toBe(1);
  go();
  await driver.run(() => driver.emitted.length === 1);
  driver.tick();
  expect(calls).toBe(2);
});

test('holds no more than the buffer, the newest readings', async () => {
  let load = 0;
  const growing = { ...machine, currentLoad: async () => ({ cpus: [{ load: load++ }, { load: load++ }] }) };
  const driver = await start(growing as unknown as System, { groups: ['cpu'], buffer: 3 });
  for (let i = 0; i < 3; i++) {
    const { promise, resolve } = withResolvers();
    driver.context.wake = resolve;
    driver.tick();
    await promise;
  }
  driver.reader.poll(driver);
  expect(driver.rows.length).toBe(3);
  expect(driver.logs.length).toBe(1);
});

test('goes on without what a platform does not tell', async () => {
  const poor = { ...machine, fsStats: () => Promise.reject(new Error('no such file')) } as unknown as System;
  const driver = await start(poor, { groups: ['disk', 'space'] });
  await driver.run(() => driver.emitted.length === 1);
  driver.tick();
  await driver.run(() => driver.emitted.length === 2);
  expect(driver.rows.map(({ metric }) => metric)).toEqual(['space', 'space']);
  expect(driver.logs).toEqual(['warn no disk metrics of this machine: no such file']);
});

test('reads this machine', async () => {
  const driver = await new Driver(metrics, { groups: [...METRICS] }, {}).open([{ id: '0' }]);
  await driver.run(() => driver.emitted.length > 0);
  const found = new Set(driver.rows.map(({ metric }) => metric));
  expect([...found]).toEqual(expect.arrayContaining(['cpu', 'load', 'memory']));
  for (const { value, unit } of driver.rows as { value: number; unit: string }[]) {
    expect(value).toBeGreaterThanOrEqual(0);
    if (unit === 'ratio') expect(value).toBeLessThanOrEqual(1);
  }
  driver.reader.drain!();
  expect(await driver.run()).toBe('end');
});

function withResolvers() {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
