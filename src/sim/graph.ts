import { DEFAULT_SETTINGS, type Graph, type GraphNode } from '../topology/graph.ts';
import type { Scenario } from './scenario.ts';

/** Where a sink of the topology writes. */
export const outputs = {
  windows: 'out/windows.ndjson',
  sequence: 'out/sequence.ndjson',
  sessions: 'out/sessions/',
  totals: 'out/totals.ndjson',
  copy: 'out/copy.ndjson',
  all: 'out/all.ndjson',
  united: 'out/united.ndjson',
  asked: 'out/asked.ndjson',
  recalled: 'out/recalled.ndjson',
  forwarded: 'out/forwarded/',
  late: 'out/late/',
} as const;

/** Where the topology's state lies. */
export const STATE = 'state';

const node = (id: string, kind: GraphNode['kind'], stage: string, options: object, input: string, side?: string) => ({
  id,
  stream: id,
  kind,
  stage,
  options: options as Record<string, unknown>,
  inputs: input === '' ? [] : [{ node: input, ...(side ? { side } : {}) }],
  onError: 'dead-letter' as const,
});

/** Where its lake is. */
export const LAKE = 'lake';
const recall = { lake: 'kept', path: LAKE, key: 'group' };
/** A record, and what was found for it. */
const RECALLED = {
  lane: 'lane',
  n: 'n',
  foreign: 'found != null && (found.group != group || found.at > at) || last != null && last.group != group',
  // The second lookup asks later, and rows only come.
  gone: 'found != null && (last == null || last.at < found.at)',
};

/** The topology of a scenario: a source of several splits, a key, windows, and what else it has. */
export function graphOf(scenario: Scenario): Graph {
  const { input, branches, windowMs, gapMs, rescales, batch, pauseMs, checkpointMs } = scenario;
  const { idleMs, alignMs, quietMs, restEvery, restMs } = scenario;
  const own = (name: string) => `./stages/${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;
  const source = {
    ...node(
      'source',
      'source',
      own('lanes'),
      { input, batch, pause: `${pauseMs}ms`, restEvery, rest: `${restMs}ms` },
      '',
    ),
    time: {
      outOfOrderMs: input.outOfOrderMs,
      ...(idleMs > 0 ? { idleMs } : {}),
      ...(alignMs > 0 ? { alignMs } : {}),
      ...(quietMs > 0 ? { quietMs } : {}),
    },
  };
  const aggregate = { n: 'count()', sum: 'sum(value)', least: 'min(value)', mean: 'mean(value)' };
  const nodes: GraphNode[] = [
    source,
    node('some', 'operator', 'where', { if: 'value >= -250' }, 'source'),
    node('key', 'operator', 'key', { by: 'group' }, 'some'),
    node('windows', 'operator', 'tumbling', { size: `${windowMs}ms`, aggregate }, 'key'),
    node('windows.to', 'sink', 'file', { path: outputs.windows }, 'windows'),
  ];
  const add = {
    sequence: () => [
      node('sequence', 'operator', own('sequence'), { total: !rescales }, 'key'),
      node('sequence.to', 'sink', 'file', { path: outputs.sequence }, 'sequence'),
    ],
    sessions: () => [
      node('sessions', 'operator', 'session', { gap: `${gapMs}ms`, aggregate: { n: 'count()' } }, 'key'),
      node('sessions.to', 'sink', 'file', { path: outputs.sessions }, 'sessions'),
    ],
    totals: () => [
      node('totals', 'operator', 'reduce', { aggregate: { n: 'count()', sum: 'sum(value)' } }, 'key'),
      node('totals.to', 'sink', 'file', { path: outputs.totals, mode: 'upsert', publish: '20ms' }, 'totals'),
    ],
    copy: () => [node('copy.to', 'sink', 'file', { path: outputs.copy }, 'some')],
    // Without a key: folded before it crosses threads, and gathered.
    all: () => [
      node('all', 'operator', 'tumbling', { size: `${windowMs}ms`, aggregate }, 'some'),
      node('all.to', 'sink', 'file', { path: outputs.all }, 'all'),
    ],
    united: () => [
      node('low', 'operator', 'where', { if: 'value < 300' }, 'some'),
      node('high', 'operator', 'where', { if: 'value >= 300' }, 'some'),
      { ...node('both', 'union', 'union', {}, ''), inputs: [{ node: 'low' }, { node: 'high' }] },
      node('united', 'operator', 'tumbling', { size: `${windowMs}ms`, aggregate }, 'both'),
      node('united.to', 'sink', 'file', { path: outputs.united }, 'united'),
    ],
    // Windows behind a stage that asks outside: a record that its watermark overtook would be missing in them.
    asked: () => [
      node('asking', 'operator', own('asking'), { longest: `${pauseMs + 5}ms`, most: 7 }, 'key'),
      node('asked', 'operator', 'tumbling', { size: `${windowMs}ms`, aggregate }, 'asking'),
      node('asked.to', 'sink', 'file', { path: outputs.asked }, 'asked'),
    ],
    // Asks a table of the lake that it writes itself: what is there depends on the checkpoints, but nothing of it is foreign.
    recalled: () => [
      node('dated', 'operator', 'extend', { fields: { at: 'eventTime()' } }, 'key'),
      node('kept.to', 'sink', 'lake', { table: 'kept', path: LAKE }, 'dated'),
      node('recall', 'operator', 'lookup', { ...recall, concurrency: 5, ordered: false }, 'dated'),
      node('again', 'operator', 'lookup', { ...recall, version: 'latest', as: 'last', path: `./${LAKE}` }, 'recall'),
      node('recalled', 'operator', 'select', { fields: RECALLED }, 'again'),
      node('recalled.to', 'sink', 'file', { path: outputs.recalled }, 'recalled'),
    ],
    // Behind a queue on the disk, sent at its own pace.
    forwarded: () => [
      {
        ...node('forwarded.to', 'sink', own('remote'), { path: outputs.forwarded }, 'some'),
        buffer: { maxBytes: 1e6, full: 'wait' as const },
      },
    ],
    late: () => [node('late.to', 'sink', 'file', { path: outputs.late }, 'windows', 'late')],
  };
  for (const branch of branches) nodes.push(...add[branch]());
  return {
    name: 'simulated',
    base: new URL('./', import.meta.url).href,
    nodes,
    // As many restarts as there are faults.
    settings: { ...DEFAULT_SETTINGS, checkpointIntervalMs: checkpointMs, turnLimitMs: 300, maxRestarts: 1e6 },
  };
}
