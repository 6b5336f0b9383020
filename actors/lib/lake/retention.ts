import type { Kv } from '#stage';
import { AFTER, keyStart, placeOf, tableStart } from './row-key.ts';
import { firstKey } from './seek.ts';

/** Rows that one commit deletes at most. */
const PORTION = 10_000;
/** Rows of one write. */
const BATCH = 1000;
/** A sweep begins when the oldest rows have outlived their time by this part of it. */
const GRAIN = 20;

/** How far deleting has come: up to which time, and, while it goes on, from which key. */
export type Sweep = { cutoff: number; from: string | null } | null;

/**
 * Deletes rows older than `retention` before `now`, key by key, a portion at each commit. It is gone through again from the
 * same place when a commit is repeated, which deletes the same or nothing.
 */
export async function sweep(kv: Kv, table: string, retention: number, now: number, before: Sweep): Promise<Sweep> {
  const due = now - retention;
  let state = before;
  if (state === null || (state.from === null && due - state.cutoff >= retention / GRAIN)) {
    state = { cutoff: due, from: tableStart(table) };
  }
  if (state.from === null) return state;
  const { cutoff } = state;
  const end = `${table}${AFTER}`;
  let from: string | null = state.from;
  for (let deleted = 0; deleted < PORTION; ) {
    const first: string | undefined = await firstKey(kv, from, end);
    if (first === undefined) return { cutoff, from: null };
    const { keyText } = placeOf(first);
    const old: string[] = [];
    const range = { gte: keyStart(table, keyText), lt: keyStart(table, keyText, cutoff), limit: BATCH };
    for await (const key of kv.keys(range)) old.push(key);
    if (old.length > 0) await kv.batch(old.map((key) => ({ type: 'del', key })));
    deleted += Math.max(1, old.length);
    // Fewer than asked for: all of this key are gone.
    from = old.length < BATCH ? `${table}!${keyText}${AFTER}` : range.gte;
  }
  return { cutoff, from };
}
