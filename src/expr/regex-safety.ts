import { type CodePoints, overlap, type RegexTree, regexTree } from './regex-tree.ts';

/** More characters to read than this, repetitions written out, and a pattern is refused as too large to be judged. */
const MOST_POSITIONS = 400;
/** Steps of the search for two ways; a pattern that needs more is refused too. */
const MOST_STEPS = 500_000;
/** `x{2,4}` is written out as `xx(xx?)?`; longer ones are taken for `x+`, which errs on the side of refusing. */
const LONGEST_UNROLLED = 4;

interface Problem {
  readonly what: string;
  readonly expected?: string;
}

/**
 * What is wrong with a regular expression for Weir, or undefined. Refused are flags that keep state from one text to the
 * next, references back to groups, and every pattern with which some text takes exponential time: those where one part of
 * the text can be read in two ways by one loop, as with `(a+)+` and `(a|a)*`. `(\/[^\/]+)+`, where no text can be, passes.
 *
 * Source: Weideman, van der Merwe, Berglund, Watson, "Analyzing Matching Time Behavior of Backtracking Regular
 * Expression Matchers by Using Ambiguity of NFA" (2016), on the automaton of Glushkov (1961).
 */
export function regexProblem(pattern: string, flags: string): Problem | undefined {
  const flag = /[^imsu]/.exec(flags)?.[0];
  if (flag) return { what: `the flag ${flag} has no use here`, expected: 'the flags are i, m, s and u' };
  const { trees, backreference } = regexTree(pattern, flags);
  if (backreference) return { what: 'a regular expression cannot refer back to a group' };
  for (const tree of trees) {
    const verdict = judge(tree);
    if (verdict === 'large')
      return { what: 'this regular expression is too large to be checked', expected: 'split it' };
    if (verdict === 'ambiguous') {
      return {
        what: 'this regular expression can take exponential time, as one loop reads the same text in two ways',
        expected: 'have each repetition start with a character that the one inside it cannot read: (,[^,]+)*',
      };
    }
  }
  return undefined;
}

/** Which positions can come first and last in a part, and whether the part can be nothing. */
interface Ends {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly nullable: boolean;
}

const NOTHING: Ends = { first: [], last: [], nullable: true };

function judge(tree: RegexTree): 'safe' | 'ambiguous' | 'large' {
  const points: CodePoints[] = [];
  const follow: Set<number>[] = [];
  let twice = false;

  const link = (from: Ends, to: Ends) => {
    for (const p of from.last) {
      for (const q of to.first) {
        // Two edges between the same positions are two ways already; only loops come to draw one again.
        if (follow[p]!.has(q)) twice = true;
        follow[p]!.add(q);
      }
    }
  };

  const build = (part: RegexTree): Ends => {
    if (points.length > MOST_POSITIONS) return NOTHING;
    switch (part.kind) {
      case 'empty':
        return NOTHING;
      case 'set': {
        const position = points.push(part.points) - 1;
        follow.push(new Set());
        return { first: [position], last: [position], nullable: false };
      }
      case 'choice': {
        const ends = part.parts.map(build);
        return {
          first: ends.flatMap((end) => end.first),
          last: ends.flatMap((end) => end.last),
          nullable: ends.some((end) => end.nullable),
        };
      }
      case 'sequence':
        return inSequence(part.parts.map((each) => () => build(each)));
      case 'repeat': {
        if (part.max <= LONGEST_UNROLLED) return unrolled(part, 0);
        const ends = build(part.of);
        link(ends, ends);
        return { ...ends, nullable: ends.nullable || part.min === 0 };
      }
    }
  };

  const inSequence = (parts: readonly (() => Ends)[]): Ends => {
    let all = NOTHING;
    for (const make of parts) {
      const next = make();
      link(all, next);
      all = {
        first: all.nullable ? [...all.first, ...next.first] : all.first,
        last: next.nullable ? [...all.last, ...next.last] : next.last,
        nullable: all.nullable && next.nullable,
      };
    }
    return all;
  };

  // Nested, `x(xx?)?`, so that each count of repetitions is one way.
  const unrolled = (repeat: RegexTree & { kind: 'repeat' }, from: number): Ends => {
    if (from >= repeat.max) return NOTHING;
    const ends = inSequence([() => build(repeat.of), () => unrolled(repeat, from + 1)]);
    return from < repeat.min ? ends : { ...ends, nullable: true };
  };

  build(tree);
  if (points.length > MOST_POSITIONS) return 'large';
  return twice ? 'ambiguous' : twoWays(points, follow);
}

/** Looks for a position from which one text leads back to it in two ways: exponential ambiguity, in Weideman's terms. */
function twoWays(points: readonly CodePoints[], follow: readonly Set<number>[]): 'safe' | 'ambiguous' | 'large' {
  const count = points.length;
  let steps = 0;
  for (let start = 0; start < count; start++) {
    // Pairs of positions that two ways from `start` can reach on one text; does a pair of two different ones come back?
    const pairs = [start * count + start];
    const before = new Map<number, number[]>([[pairs[0]!, []]]);
    for (const pair of pairs) {
      for (const p of follow[Math.floor(pair / count)]!) {
        for (const q of follow[pair % count]!) {
          if (++steps > MOST_STEPS) return 'large';
          if (!overlap(points[p]!, points[q]!)) continue;
          const next = p * count + q;
          const known = before.get(next);
          if (known) known.push(pair);
          else {
            before.set(next, [pair]);
            pairs.push(next);
          }
        }
      }
    }
    const returning = new Set(before.get(pairs[0]!));
    for (const pair of returning) {
      if (Math.floor(pair / count) !== pair % count) return 'ambiguous';
      for (const earlier of before.get(pair)!) returning.add(earlier);
    }
  }
  return 'safe';
}
