import type { Key, Row } from '#stage';
import type { PatternPlan, Step, Way } from './plan.ts';

/** A record that a match has taken. They hang together as lists from the last to the first, which branches share. */
export interface Taken {
  readonly row: Row;
  readonly time: number;
  readonly order: number;
  /** Its number among the key's records since there was a partial match. */
  readonly index: number;
  /** The step that took it. */
  readonly step: number;
  readonly before: Taken | undefined;
}

/** A partial match. */
export interface Run {
  readonly start: Taken;
  readonly last: Taken;
  /** How many records the last step has taken. */
  readonly count: number;
  /** A record has been passed over since the last one taken. */
  skipped: boolean;
  /** Steps whose condition a record has met that was passed over since; of strict steps only by the first of them. */
  seen: number;
}

/** The partial matches of a key, those that began first first. */
export interface KeyRuns {
  /** Number of the next record. */
  next: number;
  runs: Run[];
}

/** A record in its turn. `met` are the steps whose conditions it meets, as bits, without those that hang on a match. */
export interface Arrival {
  readonly row: Row;
  readonly time: number;
  readonly order: number;
  readonly key: Key;
  readonly met: number;
}

/** Which steps' conditions a record meets, seen from a partial match. */
export type Meets = (arrival: Arrival, run: Run | undefined) => number;

/** Takes a record through the partial matches of its key. Gives the matches that it completes: first begun, first given. */
export function advance(plan: PatternPlan, key: KeyRuns, arrival: Arrival, meets: Meets): Run[] {
  const { runs, next } = key;
  const after: Run[] = [];
  const matches: Run[] = [];
  const add = (run: Run) => {
    if (endsAt(plan, run) === 0) matches.push(run);
    if (lives(plan, run)) after.push(run);
  };
  for (const run of runs) {
    const met = meets(arrival, run);
    if (repeats(plan, run, met)) add(taking(run, arrival, next, run.last.step, run.count + 1));
    for (const way of waysOf(plan, run)) {
      if (isOpen(plan, run, way, met)) add(taking(run, arrival, next, way.to, 1));
    }
    run.seen |= met & usable(plan, run);
    run.skipped = true;
    if (lives(plan, run)) after.push(run);
  }
  const met = meets(arrival, undefined);
  for (const step of plan.starts) if (met & (1 << step)) add(taking(undefined, arrival, next, step, 1));
  key.next = next + 1;
  key.runs = after;
  return matches;
}

function taking(run: Run | undefined, { row, time, order }: Arrival, index: number, step: number, count: number): Run {
  const last = { row, time, order, index, step, before: run?.last };
  return { start: run?.start ?? last, last, count, skipped: false, seen: 0 };
}

/** Of a strict step it counts only whether the record right behind meets it. */
function usable(plan: PatternPlan, run: Run): number {
  return run.skipped ? ~plan.strict : ~0;
}

const NO_WAYS: readonly Way[] = [];

/** The ways that lead on from the last step, once it has enough. */
function waysOf(plan: PatternPlan, { last, count }: Run): readonly Way[] {
  return count >= (plan.steps[last.step] as Step).min ? (plan.ways[last.step] as readonly Way[]) : NO_WAYS;
}

/** Whether the records that were passed over leave a step within reach. */
function reaches(plan: PatternPlan, run: Run, step: number): boolean {
  const { contiguity } = plan.steps[step] as Step;
  if (contiguity === 'strict') return !run.skipped;
  return contiguity === 'any' || (run.seen & (1 << step)) === 0;
}

/** Whether the last step takes a record that meets `met`. */
function repeats(plan: PatternPlan, run: Run, met: number): boolean {
  const { step } = run.last;
  return (met & (1 << step)) !== 0 && run.count < (plan.steps[step] as Step).max && reaches(plan, run, step);
}

/** Greedy steps that may still take more. */
function hungry(plan: PatternPlan, { last, count }: Run, way: Way): number {
  return count < (plan.steps[last.step] as Step).max ? way.greedy : way.greedy & ~(1 << last.step);
}

function isOpen(plan: PatternPlan, run: Run, way: Way, met: number): boolean {
  if ((met & (1 << way.to)) === 0 || !mayGo(plan, run, way)) return false;
  return (met & usable(plan, run) & hungry(plan, run, way)) === 0;
}

function mayGo(plan: PatternPlan, run: Run, way: Way): boolean {
  return reaches(plan, run, way.to) && (run.seen & (way.nots | hungry(plan, run, way))) === 0;
}

/** The `not` steps that have to hold from now on for the match to be whole; undefined when it is not there yet. */
export function endsAt(plan: PatternPlan, { last, count }: Run): number | undefined {
  return count >= (plan.steps[last.step] as Step).min ? plan.ends[last.step] : undefined;
}

/** It is whole when its time is over: nothing has come that must not. */
export function waits(plan: PatternPlan, run: Run): boolean {
  const nots = endsAt(plan, run);
  return nots !== undefined && nots !== 0 && (run.seen & nots) === 0;
}

/** Something can still come of it. */
function lives(plan: PatternPlan, run: Run): boolean {
  const { step } = run.last;
  if (run.count < (plan.steps[step] as Step).max && reaches(plan, run, step)) return true;
  return waits(plan, run) || waysOf(plan, run).some((way) => mayGo(plan, run, way));
}
