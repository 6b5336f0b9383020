import { type Expression, WeirError } from '#stage';

export type Contiguity = 'strict' | 'relaxed' | 'any';

/** A step as it is written. */
export interface StepOptions {
  name: string;
  if: Expression;
  times: unknown;
  optional: boolean;
  greedy: boolean;
  not: boolean;
  contiguity: Contiguity | undefined;
}

/** A step of a pattern: a condition that records meet, or one that none may meet in between. */
export interface Step {
  readonly name: string;
  readonly condition: Expression;
  readonly not: boolean;
  readonly min: number;
  readonly max: number;
  /** A match may be without it. */
  readonly skippable: boolean;
  readonly greedy: boolean;
  readonly contiguity: Contiguity;
  /** The condition reads records that the match has taken already. */
  readonly dependent: boolean;
}

/** A way from the record taken last to the next one, and what must not have been seen between the two. Sets are bits by step. */
export interface Way {
  readonly to: number;
  /** Conditions of `not` steps that lie between. */
  readonly nots: number;
  /** Greedy steps that this way leaves, or passes over, although they could take more. */
  readonly greedy: number;
}

/** What a pattern may do, worked out once. */
export interface PatternPlan {
  readonly steps: readonly Step[];
  /** Steps that a match may begin with, ascending. */
  readonly starts: readonly number[];
  /** For each step the ways to later ones. */
  readonly ways: readonly (readonly Way[])[];
  /** For each step, when a match may end behind it: the `not` steps that follow. Undefined when it may not. */
  readonly ends: readonly (number | undefined)[];
  /** Steps that are strictly contiguous: for them only the record right behind counts. */
  readonly strict: number;
  readonly dependent: boolean;
}

/** More would not fit into the bits of a number. */
const STEPS = 30;

function refuse(what: string): never {
  throw new WeirError('WEIR_OPTION', what);
}

/** Reads `3`, `3+`, `2-5`, `{ min: 2, max: 5 }`. */
export function timesOf(times: unknown, name: string): { min: number; max: number } {
  const { min, max } = countsOf(times);
  if (Number.isInteger(min) && min >= 0 && max >= 1 && max >= min) return { min, max };
  return refuse(`times of step ${name} is ${JSON.stringify(times)}: write 3, 3+, 2-5 or { min: 2, max: 5 }`);
}

function countsOf(times: unknown): { min: number; max: number } {
  if (typeof times === 'object' && times !== null) {
    const { min = 0, max = Number.POSITIVE_INFINITY } = times as { min?: number; max?: number };
    return { min: Number(min), max: Number(max) };
  }
  const [, min, sign, max] = /^(\d{1,9})(?:(\+)|-(\d{1,9}))?$/.exec(String(times)) ?? [];
  if (min === undefined) return { min: Number.NaN, max: Number.NaN };
  const most = sign === '+' ? Number.POSITIVE_INFINITY : Number(max ?? min);
  return { min: Number(min), max: most };
}

function stepOf(given: StepOptions, contiguity: Contiguity, names: readonly string[]): Step {
  const { name, not, greedy } = given;
  const { min, max } = not ? { min: 0, max: 0 } : timesOf(given.times, name);
  return {
    name,
    condition: given.if,
    not,
    min: Math.max(1, min),
    max,
    skippable: !not && (given.optional || min === 0),
    greedy: greedy && !not,
    contiguity: given.contiguity ?? contiguity,
    dependent: given.if.fields?.some(([first]) => names.includes(first as string)) ?? false,
  };
}

/** The plan of a pattern. Throws `WEIR_OPTION` for one that makes no sense. */
export function planOf(given: readonly StepOptions[], contiguity: Contiguity): PatternPlan {
  const names = given.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) refuse(`two steps are named ${twice}`);
  const odd = names.find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (odd !== undefined) refuse(`'${odd}' is no name of a step: letters, digits and _ only`);
  if (given.length > STEPS) refuse(`it has ${given.length} steps, ${STEPS} at most`);
  const steps = given.map((step) => stepOf(step, contiguity, names));
  if (steps[0]?.not) refuse(`it begins with the step ${steps[0].name}, which is a not: there is nothing before it`);
  if (!steps.some(({ not, skippable }) => !not && !skippable)) refuse('it needs a step that every match has');
  const bits = (test: (step: Step) => boolean) =>
    steps.reduce((set, step, i) => (test(step) ? set | (1 << i) : set), 0);
  return {
    steps,
    starts: reachable(steps, -1),
    ways: steps.map((_, from) => waysFrom(steps, from)),
    ends: steps.map((_, from) => endFrom(steps, from)),
    strict: bits(({ not, contiguity: how }) => !not && how === 'strict'),
    dependent: steps.some(({ dependent }) => dependent),
  };
}

/** Steps that may come next behind one that has enough. */
function reachable(steps: readonly Step[], from: number): number[] {
  const found: number[] = [];
  for (let to = from + 1; to < steps.length; to++) {
    const step = steps[to] as Step;
    if (step.not) continue;
    found.push(to);
    if (!step.skippable) break;
  }
  return found;
}

function waysFrom(steps: readonly Step[], from: number): Way[] {
  return reachable(steps, from).map((to) => {
    const way = { to, nots: 0, greedy: steps[from]?.greedy ? 1 << from : 0 };
    for (let i = from + 1; i < to; i++) {
      if (steps[i]?.not) way.nots |= 1 << i;
      else if (steps[i]?.greedy) way.greedy |= 1 << i;
    }
    return way;
  });
}

function endFrom(steps: readonly Step[], from: number): number | undefined {
  let nots = 0;
  for (let i = from + 1; i < steps.length; i++) {
    const step = steps[i] as Step;
    if (step.not) nots |= 1 << i;
    else if (!step.skippable) return undefined;
  }
  return nots;
}
