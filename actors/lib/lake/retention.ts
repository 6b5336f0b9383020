import type { Kv } from '#stage';
import { clearRange } from './compaction.ts';
import { type Layout, timeStep } from './layout.ts';
import { AFTER, indexKeyOf, indexStart, keyStart, partitionsStart, placeOf, spaceOf, tableStart } from './row-key.ts';
import { firstKey } from './seek.ts';
import { partsUntil } from './spaces.ts';

/** Rows that one commit deletes at most. */
const PORTION = 10_000;
/** Partitions that one commit drops at most. */
const DROPPED = 10;
/** Rows of one write. */
const BATCH = 1000;
/** A sweep begins when the oldest rows have outlived their time by this part of it. */
const GRAIN = 20;

/** How far deleting has come: up to which time, and, while it goes on, from which key. */
export type Sweep = { cutoff: number; from: string | null } | null;

/** What a commit has deleted. */
export interface Swept {
  sweep: Sweep;
  /** Ranges that have room to give back. */
  freed: { from: string; to: string }[];
}

/** A table that rows are deleted of. */
export interface SweptTable {
  readonly table: string;
  readonly layout: Layout;
  readonly retention: number;
}

/**
 * Deletes rows older than `retention` before `now`, a portion at each commit: key by key, or, where partitions are steps of
 * time, a whole one that has nothing younger. It is gone through again from the same place when a commit is repeated, which
 * deletes the same or nothing.
 */
export async function sweep(kv: Kv, of: SweptTable, now: number, before: Sweep): Promise<Swept> {
  const { table, layout, retention } = of;
  const due = now - retention;
  const step = timeStep(layout);
  if (step !== undefined) return dropPartitions(kv, table, step, due);
  let state = before;
  const start = layout.partition === null ? tableStart(table) : partitionsStart(table);
  if (state === null || (state.from === null && due - state.cutoff >= retention / GRAIN)) {
    state = { cutoff: due, from: start };
  }
  if (state.from === null) return { sweep: state, freed: [] };
  const freed = { from: state.from, to: state.from };
  const end = `${start.slice(0, -1)}${AFTER}`;
  const { cutoff } = state;
  let from: string | null = state.from;
  let deleted = 0;
  for (let work = 0; work < PORTION; ) {
    const first: string | undefined = await firstKey(kv, from, end);
    if (first === undefined) {
      from = null;
      break;
    }
    const { keyText, part } = placeOf(first);
    const space = spaceOf(table, part);
    const old: string[] = [];
    const range = { gte: keyStart(space, keyText), lt: keyStart(space, keyText, cutoff), limit: BATCH };
    for await (const key of kv.keys(range)) old.push(key);
    if (old.length > 0) {
      const gone = layout.timeOrder ? [...old, ...old.map(indexKeyOf)] : old;
      await kv.batch(gone.map((key) => ({ type: 'del', key })));
    }
    deleted += old.length;
    work += Math.max(1, old.length);
    // Fewer than asked for: all of this key are gone.
    from = old.length < BATCH ? `${space}!${keyText}${AFTER}` : range.gte;
    freed.to = from;
  }
  return { sweep: { cutoff, from }, freed: deleted > 0 ? [freed] : [] };
}

/** Drops partitions all of whose rows are too old, some at a time. */
async function dropPartitions(kv: Kv, table: string, step: number, cutoff: number): Promise<Swept> {
  const freed: Swept['freed'] = [];
  for (const part of await partsUntil(kv, table, step, cutoff, DROPPED)) {
    // The rows first: an entry that finds no row is passed over, but a row without entry would be missed by who reads by time.
    for (const from of [tableStart(spaceOf(table, part)), indexStart(table, part)]) {
      const range = { from, to: `${from.slice(0, -1)}${AFTER}` };
      await clearRange(kv, { gte: range.from, lt: range.to });
      freed.push(range);
    }
  }
  return { sweep: { cutoff, from: null }, freed };
}
