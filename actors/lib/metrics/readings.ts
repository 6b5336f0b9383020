import { loadavg, networkInterfaces } from 'node:os';
import type { Systeminformation } from 'systeminformation';

export const METRICS = ['cpu', 'load', 'memory', 'disk', 'space', 'network'] as const;
export type MetricGroup = (typeof METRICS)[number];

/** One value of one thing. */
export interface Reading {
  metric: string;
  host: string;
  /** The number of a processor core; null for other things. */
  core: number | null;
  /** What the value is of, where there are several: an interface, a mount point, `used`. */
  name: string | null;
  value: number;
  unit: string;
}

/** The calls of systeminformation that readings are taken by. */
export type System = Pick<
  typeof import('systeminformation'),
  'currentLoad' | 'mem' | 'fsStats' | 'fsSize' | 'networkStats'
>;

type Take = (system: System) => Promise<Omit<Reading, 'host'>[]>;

const reading = (metric: string, name: string | null, value: number | null | undefined, unit: string) =>
  // The first rate of a counter, and what a platform does not tell, is null.
  typeof value === 'number' && Number.isFinite(value) ? [{ metric, core: null, name, value, unit }] : [];

/** How each group of metrics is taken. */
export const TAKE: Readonly<Record<MetricGroup, Take>> = {
  cpu: async (system) => {
    const { cpus } = await system.currentLoad();
    return cpus.map(({ load }, core) => ({ metric: 'cpu', core, name: null, value: load / 100, unit: 'ratio' }));
  },
  load: async () =>
    loadavg().map((value, i) => ({
      metric: 'load',
      core: null,
      name: ['1m', '5m', '15m'][i]!,
      value,
      unit: 'processes',
    })),
  memory: async (system) => {
    const { total, available, swaptotal, swapused } = await system.mem();
    return [
      ...reading('memory', 'used', (total - available) / total, 'ratio'),
      ...reading('memory', 'available', available, 'B'),
      ...reading('memory', 'swap', swaptotal > 0 ? swapused / swaptotal : 0, 'ratio'),
    ];
  },
  disk: async (system) => {
    const stats: Systeminformation.FsStatsData | null = await system.fsStats();
    return [...reading('disk', 'read', stats?.rx_sec, 'B/s'), ...reading('disk', 'write', stats?.wx_sec, 'B/s')];
  },
  space: async (system) => {
    const mounts = await system.fsSize();
    return mounts.flatMap(({ mount, use }) => reading('space', mount, use / 100, 'ratio'));
  },
  network: async (system) => {
    // To be asked for all of them, the library lists them by commands that block the thread.
    const names = Object.keys(networkInterfaces());
    if (names.length === 0) return [];
    const interfaces = await system.networkStats(names.join(','));
    return interfaces.flatMap(({ iface, rx_sec, tx_sec }) => [
      ...reading('network-in', iface, rx_sec, 'B/s'),
      ...reading('network-out', iface, tx_sec, 'B/s'),
    ]);
  },
};
