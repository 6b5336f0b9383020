/** A pattern in plain terms; `meets` says whether record `i` meets the condition, given what was taken before it. */
export interface ModelStep {
  not?: boolean;
  min: number;
  max: number;
  optional?: boolean;
  greedy?: boolean;
  contiguity: 'strict' | 'relaxed' | 'any';
  meets(i: number, taken: readonly Pick[]): boolean;
}

/** A record taken by a step, by their numbers. */
export type Pick = readonly [record: number, step: number];

export type ModelSkip = 'no-skip' | 'to-next' | 'past-last' | { first: number } | { last: number };

/**
 * Every match of a pattern, found by trying all sequences of records and steps and looking at all records between two of
 * them: the rules as they are written down, with nothing kept from one record to the next.
 */
export function matchesOf(steps: readonly ModelStep[], times: readonly number[], within: number, skip: ModelSkip) {
  const found: { picks: readonly Pick[]; done: readonly [number, number] }[] = [];
  const skippable = (s: number) => !steps[s]!.not && (steps[s]!.optional === true || steps[s]!.min === 0);
  const enough = (picks: readonly Pick[]) => {
    const last = picks.at(-1)![1];
    return picks.filter(([, s]) => s === last).length >= Math.max(1, steps[last]!.min);
  };
  const mayFollow = (from: number, to: number) =>
    steps.slice(from + 1, to).every((step, i) => step.not || skippable(from + 1 + i));

  /** Whether record q of step t may come right behind these. */
  const follows = (picks: readonly Pick[], q: number, t: number): boolean => {
    const [p, s] = picks.at(-1)!;
    const count = picks.filter(([, step]) => step === s).length;
    const between = Array.from({ length: q - p - 1 }, (_, i) => p + 1 + i);
    const step = steps[t]!;
    if (!step.meets(q, picks)) return false;
    if (t === s ? count >= step.max : !enough(picks) || !mayFollow(s, t)) return false;
    if (step.contiguity === 'strict' && between.length > 0) return false;
    if (step.contiguity === 'relaxed' && between.some((r) => step.meets(r, picks))) return false;
    for (let u = s; u < t; u++) {
      const other = steps[u]!;
      if (other.not && between.some((r) => other.meets(r, picks))) return false;
      if (other.not || !other.greedy || (u === s && count >= other.max)) continue;
      // It could have taken any of these; one that is strict only the first of them.
      const open = [...between, q].filter((r) => other.contiguity !== 'strict' || r === p + 1);
      if (open.some((r) => other.meets(r, picks))) return false;
    }
    return true;
  };

  const look = (picks: readonly Pick[]): void => {
    const [last, s] = picks.at(-1)!;
    const end = times[picks[0]![0]]! + within;
    if (enough(picks) && mayFollow(s, steps.length)) {
      const nots = steps.slice(s + 1).filter(({ not }) => not);
      const inTime = times.map((_, i) => i).filter((i) => times[i]! <= end);
      if (nots.length === 0) found.push({ picks, done: [last, 0] });
      else if (!inTime.some((r) => r > last && nots.some((step) => step.meets(r, picks)))) {
        // Done between the last record that is in time and the next one.
        found.push({ picks, done: [inTime.length - 1 + 0.5, end] });
      }
    }
    for (let q = last + 1; q < times.length && times[q]! <= end; q++) {
      for (let t = s; t < steps.length; t++) if (!steps[t]!.not && follows(picks, q, t)) look([...picks, [q, t]]);
    }
  };
  for (let i = 0; i < times.length; i++) {
    for (let s = 0; s < steps.length; s++) {
      if (!steps[s]!.not && mayFollow(-1, s) && steps[s]!.meets(i, [])) look([[i, s]]);
    }
  }
  found.sort((a, b) => a.done[0] - b.done[0] || a.done[1] - b.done[1] || comparePicks(a.picks, b.picks));
  return afterSkips(
    found.map(({ picks }) => picks),
    skip,
  );
}

/** By the first difference; a sequence comes before its own beginning. */
function comparePicks(a: readonly Pick[], b: readonly Pick[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = a[i]![0] - b[i]![0] || a[i]![1] - b[i]![1];
    if (difference !== 0) return difference;
  }
  return b.length - a.length;
}

function afterSkips(matches: readonly (readonly Pick[])[], skip: ModelSkip) {
  let least = 0;
  return matches.filter((picks) => {
    const first = picks[0]![0];
    if (first < least) return false;
    let next = 0;
    if (skip === 'to-next') next = first + 1;
    else if (skip === 'past-last') next = picks.at(-1)![0] + 1;
    else if (typeof skip === 'object') {
      const step = 'first' in skip ? skip.first : skip.last;
      const own = picks.filter(([, s]) => s === step);
      next = ('first' in skip ? own[0] : own.at(-1))?.[0] ?? 0;
    }
    least = Math.max(least, next);
    return true;
  });
}
