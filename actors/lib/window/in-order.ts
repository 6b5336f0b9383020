import type { Key } from '#stage';

/** Portions of entries that are copied in a turn. */
const COPIED = 50;

type Entry<T> = [key: Key, value: T];

/** By the order of the first record, then by key: the same in every run, whatever has been restored in between. */
function compare<T extends { order: number }>(a: Entry<T>, b: Entry<T>): number {
  return a[1].order - b[1].order || compareKeys(a[0], b[0]);
}

function compareKeys(a: Key, b: Key): number {
  if (typeof a !== typeof b) return typeof a < typeof b ? -1 : 1;
  return a === b ? 0 : (a as number) < (b as number) ? -1 : 1;
}

/** Sorts entries by order, pausing after each portion of work: a merge sort on runs that are sorted at once. */
export function* inOrder<T extends { order: number }>(
  entries: Iterable<Entry<T>>,
  portion: number,
): Generator<void, Entry<T>[]> {
  let runs: Entry<T>[][] = [];
  let run: Entry<T>[] = [];
  for (const entry of entries) {
    run.push(entry);
    if (run.length < portion) continue;
    runs.push(run.sort(compare));
    run = [];
    yield;
  }
  runs.push(run.sort(compare));
  let moved = 0;
  while (runs.length > 1) {
    const merged: Entry<T>[][] = [];
    for (let i = 0; i < runs.length; i += 2) {
      const both = yield* merge(runs[i] as Entry<T>[], runs[i + 1] ?? [], portion);
      merged.push(both);
      // What is in order already is only copied: much faster, and yet not for nothing.
      moved += both.length;
      if (moved < COPIED * portion) continue;
      moved = 0;
      yield;
    }
    runs = merged;
  }
  return runs[0] as Entry<T>[];
}

function* merge<T extends { order: number }>(
  a: Entry<T>[],
  b: Entry<T>[],
  portion: number,
): Generator<void, Entry<T>[]> {
  const [last, first] = [a.at(-1), b[0]];
  // Mostly keys come in the order of their first records.
  if (last === undefined || first === undefined || compare(last, first) <= 0) return a.concat(b);
  const merged: Entry<T>[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const takeA = j >= b.length || (i < a.length && compare(a[i] as Entry<T>, b[j] as Entry<T>) <= 0);
    merged.push((takeA ? a[i++] : b[j++]) as Entry<T>);
    if (merged.length % portion === 0) yield;
  }
  return merged;
}
