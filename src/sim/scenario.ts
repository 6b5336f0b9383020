import { DEFAULT_SETTINGS, type Graph, type GraphNode } from '../topology/graph.ts';
import { Draw } from './draw.ts';
import type { InputSpec } from './input.ts';

/** Parts of the topology behind the key that may be left out. */
export type Branch = 'sequence' | 'sessions' | 'totals' | 'copy' | 'all' | 'united' | 'late';

/** A topology with its input, and the world that it runs in. */
export interface Scenario {
  input: InputSpec;
  branches: readonly Branch[];
  /** Length of the windows, and the longest pause within a session, ms of event time. */
  windowMs: number;
  gapMs: number;
  hosts: number;
  /** Whether another start may have another number of hosts. */
  rescales: boolean;
  batch: number;
  pauseMs: number;
  checkpointMs: number;
  /** After how long a split that has nothing no longer holds event time back; 0 for never. */
  idleMs: number;
  /** What a step takes at most, ms. */
  stepMs: number;
  diskMs: number;
  linkMs: number;
  controlMs: number;
  /** Bytes under way on a link. */
  linkBytes: number;
}

/** A topology that is cut down so that a crash at every step of it can be tried. */
export function smallScenario(seed: string): Scenario {
  return {
    input: {
      seed,
      lanes: 2,
      count: 20,
      groups: 5,
      outOfOrderMs: 50,
      gridMs: 1,
      lateEvery: 0,
      fatEvery: 8,
      // Longer than what travels inside a checkpoint.
      fatBytes: 66_000,
    },
    branches: ['sequence', 'copy'],
    windowMs: 200,
    gapMs: 25,
    hosts: 2,
    rescales: false,
    batch: 3,
    pauseMs: 5,
    checkpointMs: 5,
    idleMs: 0,
    stepMs: 0.05,
    diskMs: 0.2,
    linkMs: 0.2,
    controlMs: 0.1,
    linkBytes: 40_000,
  };
}

/** A scenario drawn from a seed. */
export function drawScenario(seed: string): Scenario {
  const draw = new Draw(`scenario ${seed}`);
  const late = draw.chance(0.25);
  const fat = draw.chance(0.3);
  // More at once than a channel within a thread holds.
  const flood = !fat && draw.chance(0.05);
  // More keys than one checkpoint writes anew, so that a state comes back from several.
  const many = !fat && !flood && draw.chance(0.2);
  const idleMs = late ? draw.pick([0, 2]) : 0;
  const optional: Branch[] = ['sequence', 'sessions', 'totals', 'copy', 'all', 'united'];
  return {
    input: {
      seed,
      lanes: many ? 3 : 1 + draw.int(4),
      count: fat ? 150 : flood ? 3000 : many ? 500 : draw.pick([20, 60, 150, 400]),
      groups: many ? 3000 : draw.pick([1, 3, 8, 40]),
      outOfOrderMs: draw.pick([0, 50, 300]),
      gridMs: draw.pick([1, 50]),
      lateEvery: late ? draw.pick([3, 15]) : 0,
      fatEvery: fat ? draw.pick([1, 4]) : 0,
      fatBytes: draw.pick([3_000, 20_000]),
    },
    // What a session holds of records that come late is no one right answer.
    branches: late ? ['late'] : optional.filter(() => draw.chance(0.5)),
    windowMs: many ? 2000 : 200,
    gapMs: many ? 1500 : draw.pick([25, 100]),
    hosts: 1 + draw.int(3),
    // With idle splits the watermarks of two subtasks differ, and windows do not yet come through a rescale then.
    rescales: draw.chance(0.5) && idleMs === 0,
    batch: flood ? 1000 : many ? 20 : draw.pick([1, 5, 20, 100]),
    pauseMs: flood ? 0 : many ? 3 : draw.pick([0, 1, 3]),
    checkpointMs: many ? 8 : draw.pick([2, 8, 30, 1000]),
    idleMs,
    stepMs: draw.pick([0.01, 0.05, 0.3]),
    diskMs: many ? 0.05 : draw.pick([0.05, 0.5, 3]),
    linkMs: many ? 0.05 : draw.pick([0.01, 0.2, 2]),
    controlMs: draw.pick([0.02, 0.3, 2]),
    linkBytes: many ? 64_000 : draw.pick([2_000, 64_000, 1 << 20]),
  };
}

/** Where a sink of the topology writes. */
export const outputs = {
  windows: 'out/windows.ndjson',
  sequence: 'out/sequence.ndjson',
  sessions: 'out/sessions/',
  totals: 'out/totals.ndjson',
  copy: 'out/copy.ndjson',
  all: 'out/all.ndjson',
  united: 'out/united.ndjson',
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

/** The topology of a scenario: a source of several splits, a key, windows, and what else it has. */
export function graphOf(scenario: Scenario): Graph {
  const { input, branches, windowMs, gapMs, rescales, batch, pauseMs, checkpointMs, idleMs } = scenario;
  const own = (name: string) => `./stages/${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;
  const source = {
    ...node('source', 'source', own('lanes'), { input, batch, pause: `${pauseMs}ms` }, ''),
    time: { outOfOrderMs: input.outOfOrderMs, ...(idleMs > 0 ? { idleMs } : {}) },
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
