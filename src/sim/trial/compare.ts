import { isMap } from '../../topology/places.ts';
import type { Kept } from './feed.ts';

type Values = Readonly<Record<string, unknown>>;

/** How records are compared. */
export interface CompareOptions {
  /** Their order counts. */
  ordered: boolean;
  /** Only the fields that an expected record names count. */
  partial: boolean;
}

/** What differs: places in the two lists. A missing record is paired with the unexpected one that is most like it. */
export interface Difference {
  /** By place among the expected: the place of its match among the actual, if it has one. */
  matches: (number | undefined)[];
  /** Expected records that did not come, with what came in their place, if anything did. */
  missing: { expected: number; instead?: number }[];
  /** Records that came and were not expected, beside those of `instead`. */
  unexpected: number[];
}

/** How far apart two numbers may be that count as equal, of the larger one or of 1. */
const TOLERANCE = 1e-9;

/** Compares what came with what was expected; undefined when all is well. */
export function differenceOf(
  expected: readonly Values[],
  actual: readonly Values[],
  { ordered, partial }: CompareOptions,
): Difference | undefined {
  const matches = ordered ? inOrder(expected, actual, partial) : inAnyOrder(expected, actual, partial);
  const taken = new Set(matches);
  const rest = actual.flatMap((_, i) => (taken.has(i) ? [] : [i]));
  const missing = expected.flatMap((_, i) => (matches[i] === undefined ? [{ expected: i }] : []));
  if (missing.length === 0 && rest.length === 0) return undefined;
  const paired = missing.map((one) => {
    const like = rest.map((i) => ({ i, alike: likeness(expected[one.expected] as Values, actual[i] as Values) }));
    const best = like.reduce((a, b) => (b.alike > a.alike ? b : a), { i: -1, alike: 0 });
    if (best.i < 0) return one;
    rest.splice(rest.indexOf(best.i), 1);
    return { ...one, instead: best.i };
  });
  return { matches, missing: paired, unexpected: rest };
}

/** The longest run of matches whose order is the same on both sides. */
function inOrder(expected: readonly Values[], actual: readonly Values[], partial: boolean): (number | undefined)[] {
  const [n, m] = [expected.length, actual.length];
  const length = Array.from({ length: n + 1 }, () => new Uint32Array(m + 1));
  const same = (i: number, j: number) => equal(expected[i], actual[j], partial);
  const at = (i: number, j: number) => (length[i] as Uint32Array)[j] as number;
  for (let i = n - 1; i >= 0; i--) {
    for (let j = m - 1; j >= 0; j--) {
      (length[i] as Uint32Array)[j] = same(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const matches: (number | undefined)[] = new Array(n).fill(undefined);
  for (let i = 0, j = 0; i < n && j < m; ) {
    if (same(i, j)) matches[i++] = j++;
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return matches;
}

/** As many pairs as there can be: an expected record that is partial may fit several (augmenting paths). */
function inAnyOrder(expected: readonly Values[], actual: readonly Values[], partial: boolean): (number | undefined)[] {
  const ownerOf = new Map<number, number>();
  const fits = (i: number) => actual.flatMap((row, j) => (equal(expected[i], row, partial) ? [j] : []));
  const place = (i: number, tried: Set<number>): boolean => {
    for (const j of fits(i)) {
      if (tried.has(j)) continue;
      tried.add(j);
      const owner = ownerOf.get(j);
      if (owner !== undefined && !place(owner, tried)) continue;
      ownerOf.set(j, i);
      return true;
    }
    return false;
  };
  for (const i of expected.keys()) place(i, new Set());
  const matches: (number | undefined)[] = new Array(expected.length).fill(undefined);
  for (const [j, i] of ownerOf) matches[i] = j;
  return matches;
}

/** Whether a value is what was expected: numbers within a tolerance, a missing field as null. */
export function equal(expected: unknown, actual: unknown, partial: boolean): boolean {
  if (expected === null || expected === undefined) return actual === null || actual === undefined;
  if (typeof expected === 'number' && typeof actual === 'number') {
    if (Object.is(expected, actual) || expected === actual) return true;
    return Math.abs(expected - actual) <= TOLERANCE * Math.max(1, Math.abs(expected), Math.abs(actual));
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return false;
    return expected.every((item, i) => equal(item, actual[i], partial));
  }
  if (!isMap(expected) || !isMap(actual)) return expected === actual;
  return fieldsOf(expected, actual, partial).every((name) => equal(expected[name], actual[name], partial));
}

/** The fields of two records that are compared. `$time` and `$key` count where they are expected. */
export function fieldsOf(expected: Values, actual: Values, partial: boolean): string[] {
  const names = new Set(Object.keys(expected));
  if (!partial) for (const name of Object.keys(actual)) if (!name.startsWith('$')) names.add(name);
  return [...names];
}

function likeness(expected: Values, actual: Values): number {
  return Object.keys(expected).filter((name) => equal(expected[name], actual[name], true)).length;
}

/** What a stream gave, as a test compares it: the records with `$time` and `$key`, of an updating stream the last of each key. */
export function comparable(kept: readonly Kept[], updating: boolean): Values[] {
  return (updating ? lastOf(kept) : kept).map(({ row, time, key }) => ({ ...row, $time: time, $key: key }));
}

function lastOf(kept: readonly Kept[]): Kept[] {
  const last = new Map<unknown, Kept>();
  for (const one of kept) {
    const before = last.get(one.key);
    if (before && (one.time < before.time || (one.time === before.time && one.order < before.order))) continue;
    // The place in the list is that of the version that counts.
    last.delete(one.key);
    last.set(one.key, one);
  }
  return [...last.values()].filter(({ retract }) => !retract);
}
