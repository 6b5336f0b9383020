import type { Disk, Key, Kv, Row } from '#stage';
import { openLake } from './open.ts';
import { keyText } from './order-text.ts';
import { unpackRow } from './row-frames.ts';
import { AFTER, keyStart, placeOf, tableStart } from './row-key.ts';
import { firstKey } from './seek.ts';

/** A row of a table with its key and its time, in milliseconds. */
export interface LakeRow {
  key: Key;
  time: number;
  row: Row;
}

/** Which rows of a table: all, if nothing is said. */
export interface ScanRange {
  /** First time, ms. */
  from?: number;
  /** Time before which rows lie, ms. */
  to?: number;
  /** One key only; null is the key of tables without keys. */
  key?: Key;
  /** At most so many rows. */
  limit?: number;
  /** Latest first; of a table with keys, the last key first. */
  reverse?: boolean;
}

/** The names of the tables in a lake, in order. */
export async function* tables(disk: Disk, folder: string): AsyncGenerator<string> {
  const lake = await openLake(disk, folder);
  try {
    for (let from = ''; ; ) {
      const first = await firstKey(lake.kv, from);
      if (first === undefined) return;
      const { table } = placeOf(first);
      yield table;
      from = `${table}${AFTER}`;
    }
  } finally {
    await lake.close();
  }
}

/**
 * Rows of a table in the order of key, time, and place in the source. One key, or a table without keys, is read as one
 * range; a range of time over many keys seeks once for each key, O(log n).
 */
export async function* scan(disk: Disk, folder: string, table: string, range: ScanRange = {}): AsyncGenerator<LakeRow> {
  const lake = await openLake(disk, folder);
  try {
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    for await (const part of partsOf(lake.kv, table, range)) {
      if (left <= 0) return;
      const limit = Number.isFinite(left) ? { limit: left } : {};
      const reverse = range.reverse ? { reverse: true } : {};
      for await (const [place, value] of lake.kv.entries({ ...part, ...limit, ...reverse })) {
        const { key, time } = placeOf(place);
        yield { key, time, row: unpackRow(value) };
        left--;
      }
    }
  } finally {
    await lake.close();
  }
}

type Part = { gte: string; lt: string };

async function* partsOf(kv: Kv, table: string, { from, to, key, reverse }: ScanRange): AsyncGenerator<Part> {
  if (key !== undefined) {
    yield partOf(table, keyText(key), from, to);
  } else if (from === undefined && to === undefined) {
    yield { gte: tableStart(table), lt: `${table}${AFTER}` };
  } else if (reverse) {
    const keys: string[] = [];
    for await (const one of keysOf(kv, table)) keys.push(one);
    for (const one of keys.reverse()) yield partOf(table, one, from, to);
  } else {
    for await (const one of keysOf(kv, table)) yield partOf(table, one, from, to);
  }
}

function partOf(table: string, key: string, from: number | undefined, to: number | undefined): Part {
  return {
    gte: keyStart(table, key, from),
    lt: to === undefined ? `${tableStart(table)}${key}${AFTER}` : keyStart(table, key, to),
  };
}

async function* keysOf(kv: Kv, table: string): AsyncGenerator<string> {
  for (let from = tableStart(table); ; ) {
    const first = await firstKey(kv, from, `${table}${AFTER}`);
    if (first === undefined) return;
    const { keyText: text } = placeOf(first);
    yield text;
    from = `${tableStart(table)}${text}${AFTER}`;
  }
}
