import { hostname } from 'node:os';
import { field, source } from '#stage';
import { MetricsReader } from '../lib/metrics/metrics-reader.ts';
import { METRICS } from '../lib/metrics/readings.ts';

/** Readings of the machine that Weir runs on. */
export default source({
  summary: 'Take readings of this machine: processor, memory, disk and network.',
  docs: `One record for each value: \`metric\`, \`host\`, \`core\` or \`name\`, \`value\`, \`unit\`. Shares are from 0 to 1.

| group | metric | name or core | unit |
|---|---|---|---|
| \`cpu\` | cpu | core 0, 1, … | ratio |
| \`load\` | load | 1m, 5m, 15m | processes |
| \`memory\` | memory | used, swap; available | ratio; B |
| \`disk\` | disk | read, write | B/s |
| \`space\` | space | the mount point | ratio |
| \`network\` | network-in, network-out | the interface | B/s |

A round of readings is left out while the one before is under way. Rates begin with the second round. What a platform does
not tell is left out after a warning; Linux and macOS tell all of it.`,
  since: '0.1.0',
  options: {
    every: field.duration('From one round of readings to the next.', { default: '500ms', min: 50 }),
    groups: field.list('What to read.', field.choice('A group of metrics.', METRICS), {
      default: ['cpu', 'load', 'memory', 'disk', 'network'],
    }),
    buffer: field.count('Readings that may wait for the stream; then the oldest are dropped.', {
      unit: 'readings',
      default: 10_000,
      min: 1,
      max: 1e6,
    }),
  },
  cost: 'some milliseconds of one core a round',
  examples: [],
  optOut: { examples: 'it reads other numbers on every machine' },
  types: { metric: 'text', host: 'text', core: 'number', name: 'text', value: 'number', unit: 'text' },
  clockTime: true,
  replayable: false,
  create: ({ every, groups, buffer }, context) =>
    new MetricsReader(context, {
      everyMs: every,
      groups,
      buffer,
      host: hostname(),
      load: async () => (await import('systeminformation')).default,
    }),
});
