import type { Disk, Key, Kv, Row } from '#stage';
import { rowsByTime } from './by-time.ts';
import { hasRows, laidOut, layoutOf, shownLayout } from './layout.ts';
import { openLake } from './open.ts';
import { keyOf, keyText } from './order-text.ts';
import { unpackRow } from './row-frames.ts';
import { AFTER, keyStart, placeOf, tableStart } from './row-key.ts';
import { firstKey } from './seek.ts';
import { spacesOf, type Wanted } from './spaces.ts';

/** A row of a table with its key and its time, in milliseconds. */
export interface LakeRow {
  key: Key;
  time: number;
  row: Row;
  /** Of a table that is partitioned: which hash, first time or bound. */
  partition?: Key;
}

/** Which rows of a table: all, if nothing is said. */
export interface ScanRange extends Wanted {
  /** One key only; null is the key of tables without keys. */
  key?: Key;
  /** At most so many rows. */
  limit?: number;
  /** One partition only. */
  partition?: Key;
  /** Latest first; of a table with keys, the last key first. */
  reverse?: boolean;
  /** In the order of time over all keys, of a table with `timeOrder`; otherwise in that of partitions, keys and then times. */
  timeOrder?: boolean;
}

/** The names of the tables in a lake, in order. */
export async function* tables(disk: Disk, folder: string): AsyncGenerator<string> {
  const lake = await openLake(disk, folder);
  try {
    const names = new Set<string>();
    // What is no row begins with what no table's name does.
    for (let from = AFTER; ; ) {
      const first = await firstKey(lake.kv, from);
      if (first === undefined) break;
      const { table } = placeOf(first);
      names.add(table);
      from = `${table}${AFTER}`;
    }
    for (const name of await laidOut(lake.kv)) if (await hasRows(lake.kv, name)) names.add(name);
    yield* [...names].sort();
  } finally {
    await lake.close();
  }
}

/** How a table is kept, in words and as it is stored, and its partitions. */
export async function tableInfo(disk: Disk, folder: string, table: string) {
  const lake = await openLake(disk, folder);
  try {
    const layout = await layoutOf(lake.kv, table);
    const partitions: Key[] = [];
    for await (const { part } of spacesOf(lake.kv, table, layout)) if (part !== undefined) partitions.push(keyOf(part));
    return { layout, shown: shownLayout(layout), partitions };
  } finally {
    await lake.close();
  }
}

/**
 * Rows of a table in the order of partition, key, time, and place in the source, or in that of time. One key, or a table without
 * keys, is read as one range of each partition; a range of time over many keys seeks once for each key, O(log n).
 */
export async function* scan(disk: Disk, folder: string, table: string, range: ScanRange = {}): AsyncGenerator<LakeRow> {
  const lake = await openLake(disk, folder);
  try {
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    if (left <= 0) return;
    for await (const [place, value] of rowsOf(lake.kv, table, range)) {
      const { key, time, part } = placeOf(place);
      yield { key, time, row: unpackRow(value), ...(part === undefined ? {} : { partition: keyOf(part) }) };
      if (--left <= 0) return;
    }
  } finally {
    await lake.close();
  }
}

async function* rowsOf(kv: Kv, table: string, range: ScanRange): AsyncGenerator<[string, Uint8Array]> {
  const layout = await layoutOf(kv, table);
  if (range.timeOrder && layout.timeOrder) {
    yield* rowsByTime(kv, table, layout, range);
    return;
  }
  const { reverse = false, limit } = range;
  for await (const { space } of spacesOf(kv, table, layout, range)) {
    for await (const part of partsOf(kv, space, range)) {
      yield* kv.entries({ ...part, ...(limit === undefined ? {} : { limit }), ...(reverse ? { reverse } : {}) });
    }
  }
}

type Part = { gte: string; lt: string };

async function* partsOf(kv: Kv, space: string, { from, to, key, reverse }: ScanRange): AsyncGenerator<Part> {
  if (key !== undefined) {
    yield partOf(space, keyText(key), from, to);
  } else if (from === undefined && to === undefined) {
    yield { gte: tableStart(space), lt: `${space}${AFTER}` };
  } else if (reverse) {
    const keys: string[] = [];
    for await (const one of keysOf(kv, space)) keys.push(one);
    for (const one of keys.reverse()) yield partOf(space, one, from, to);
  } else {
    for await (const one of keysOf(kv, space)) yield partOf(space, one, from, to);
  }
}

function partOf(space: string, key: string, from: number | undefined, to: number | undefined): Part {
  return {
    gte: keyStart(space, key, from),
    lt: to === undefined ? `${tableStart(space)}${key}${AFTER}` : keyStart(space, key, to),
  };
}

async function* keysOf(kv: Kv, space: string): AsyncGenerator<string> {
  for (let from = tableStart(space); ; ) {
    const first = await firstKey(kv, from, `${space}${AFTER}`);
    if (first === undefined) return;
    const { keyText: text } = placeOf(first);
    yield text;
    from = `${tableStart(space)}${text}${AFTER}`;
  }
}
