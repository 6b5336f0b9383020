import type { Key, Kv } from '#stage';
import { type Layout, timeStep } from './layout.ts';
import { keyOf, keyText } from './order-text.ts';
import { AFTER, indexStart, partitionsStart, spaceOf } from './row-key.ts';
import { firstKey } from './seek.ts';

/** A part of a table whose rows lie together: a partition, or the whole table. */
export interface Space {
  /** What the places of its rows begin with. */
  readonly space: string;
  /** Undefined of a table without partitions. */
  readonly part: string | undefined;
}

export interface Wanted {
  /** First time, ms. */
  from?: number | undefined;
  /** Time before which rows lie, ms. */
  to?: number | undefined;
  partition?: Key | undefined;
  reverse?: boolean | undefined;
}

/** The parts of a table, in order; those that hold no row of the times that are wanted are passed over. O(log n) each. */
export async function* spacesOf(kv: Kv, table: string, layout: Layout, wanted: Wanted = {}): AsyncGenerator<Space> {
  if (layout.partition === null) {
    yield { space: table, part: undefined };
    return;
  }
  const step = timeStep(layout);
  const parts: string[] = [];
  for await (const part of partsOf(kv, partitionsStart(table))) parts.push(part);
  for (const part of wanted.reverse ? parts.reverse() : parts) {
    if (wanted.partition !== undefined && part !== keyText(wanted.partition)) continue;
    if (step !== undefined && !holds(keyOf(part) as number, step, wanted)) continue;
    yield { space: spaceOf(table, part), part };
  }
}

function holds(start: number, range: number, { from, to }: Wanted): boolean {
  return (from === undefined || start + range > from) && (to === undefined || start < to);
}

/** The partitions below a prefix, by their text. */
export async function* partsOf(kv: Kv, prefix: string): AsyncGenerator<string> {
  for (let from = prefix; ; ) {
    const first = await firstKey(kv, from, `${prefix.slice(0, -1)}${AFTER}`);
    if (first === undefined) return;
    const part = first.slice(prefix.length, first.indexOf('!', prefix.length));
    yield part;
    from = `${prefix}${part}${AFTER}`;
  }
}

/**
 * Partitions of time steps that end by a time, of which rows or entries of the index are there: a crash may leave either. In order,
 * some of the oldest.
 */
export async function partsUntil(kv: Kv, table: string, step: number, end: number, most: number): Promise<string[]> {
  const found = new Set<string>();
  for (const prefix of [partitionsStart(table), indexStart(table)]) {
    let left = most;
    for await (const part of partsOf(kv, prefix)) {
      if ((keyOf(part) as number) + step > end || left-- === 0) break;
      found.add(part);
    }
  }
  return [...found].sort();
}
