import { Draw } from './draw.ts';
import type { InputSpec } from './input.ts';

/** Parts of the topology behind the key that may be left out. */
export type Branch =
  | 'sequence'
  | 'sessions'
  | 'totals'
  | 'copy'
  | 'all'
  | 'united'
  | 'asked'
  | 'recalled'
  | 'forwarded'
  | 'late';

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
  /** How far a split may be ahead of the others; 0 for as far as it likes. */
  alignMs: number;
  /** After how long a quiet the event time of a source goes on with the clock; 0 for never. */
  quietMs: number;
  /** Behind so many records each split rests for so long; 0 for never. */
  restEvery: number;
  restMs: number;
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
    alignMs: 0,
    quietMs: 0,
    restEvery: 0,
    restMs: 0,
    stepMs: 0.05,
    diskMs: 0.2,
    linkMs: 0.2,
    controlMs: 0.1,
    linkBytes: 40_000,
  };
}

/** The small one with pauses in which windows are closed because all is quiet; many records are late then. */
export function quietScenario(seed: string): Scenario {
  const small = smallScenario(seed);
  return {
    ...small,
    input: { ...small.input, count: 18, fatEvery: 0, lateEvery: 5 },
    branches: ['late'],
    checkpointMs: 120,
    quietMs: 50,
    restEvery: 6,
    // Longer than it takes until the hosts look at sources that nothing wakes.
    restMs: 450,
  };
}

/** A topology whose state has more keys than one checkpoint writes anew, so that it comes back from several. */
export function manyScenario(seed: string): Scenario {
  const small = smallScenario(seed);
  return {
    ...small,
    input: { ...small.input, lanes: 3, count: 800, groups: 3000, fatEvery: 0 },
    branches: ['sequence', 'sessions'],
    windowMs: 2000,
    gapMs: 4000,
    batch: 40,
    pauseMs: 3,
    checkpointMs: 8,
    diskMs: 0.05,
    linkMs: 0.05,
    linkBytes: 64_000,
  };
}

/** A scenario drawn from a seed. */
export function drawScenario(seed: string): Scenario {
  const draw = new Draw(`scenario ${seed}`);
  const late = draw.chance(0.25);
  const fat = draw.chance(0.3);
  const idleMs = late ? draw.pick([0, 2]) : 0;
  const optional: Branch[] = ['sequence', 'sessions', 'totals', 'copy', 'all', 'united'];
  const drawn: Scenario = {
    input: {
      seed,
      lanes: 1 + draw.int(4),
      count: fat ? 150 : draw.pick([20, 60, 150, 400]),
      groups: draw.pick([1, 3, 8, 40]),
      outOfOrderMs: draw.pick([0, 50, 300]),
      gridMs: draw.pick([1, 50]),
      lateEvery: late ? draw.pick([3, 15]) : 0,
      fatEvery: fat ? draw.pick([1, 4]) : 0,
      fatBytes: draw.pick([3_000, 20_000]),
    },
    // What a session holds of records that come late is no one right answer.
    branches: late ? ['late'] : optional.filter(() => draw.chance(0.5)),
    windowMs: 200,
    gapMs: draw.pick([25, 100]),
    hosts: 1 + draw.int(3),
    // With idle splits the watermarks of two subtasks differ, and windows do not yet come through a rescale then.
    rescales: draw.chance(0.5) && idleMs === 0,
    batch: draw.pick([1, 5, 20, 100]),
    pauseMs: draw.pick([0, 1, 3]),
    checkpointMs: draw.pick([2, 8, 30, 1000]),
    idleMs,
    stepMs: draw.pick([0.01, 0.05, 0.3]),
    diskMs: draw.pick([0.05, 0.5, 3]),
    linkMs: draw.pick([0.01, 0.2, 2]),
    controlMs: draw.pick([0.02, 0.3, 2]),
    linkBytes: draw.pick([2_000, 64_000, 1 << 20]),
    alignMs: draw.pick([0, 0, 1, 40, 500]),
    quietMs: 0,
    restEvery: 0,
    restMs: 0,
  };
  if (fat || late) return drawn;
  const { branches, hosts, rescales } = drawn;
  if (draw.chance(0.2)) return { ...manyScenario(seed), branches, hosts, rescales };
  // A flood: as much at a time as a source may give.
  if (draw.chance(0.08)) return { ...drawn, input: { ...drawn.input, count: 3000 }, batch: 1000, pauseMs: 0 };
  return drawn;
}
