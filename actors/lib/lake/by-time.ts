import type { Kv } from '#stage';
import { type Layout, timeStep } from './layout.ts';
import { keyText } from './order-text.ts';
import type { ScanRange } from './read.ts';
import { AFTER, type IndexPlace, indexPlaceOf, indexStart } from './row-key.ts';
import { spacesOf } from './spaces.ts';

/** Rows that are asked for at the same time. */
const AHEAD = 256;

/** Rows of a table in the order of their time, then of their source, over all keys and partitions. */
export async function* rowsByTime(
  kv: Kv,
  table: string,
  layout: Layout,
  range: ScanRange,
): AsyncGenerator<[place: string, value: Uint8Array]> {
  const only = range.key === undefined ? undefined : keyText(range.key);
  let waiting: string[] = [];
  async function* found(): AsyncGenerator<[string, Uint8Array]> {
    const places = waiting;
    waiting = [];
    const values = await Promise.all(places.map((place) => kv.get(place)));
    // A row that was deleted just now has its entry left until that goes too.
    for (const [i, value] of values.entries()) if (value !== undefined) yield [places[i] as string, value];
  }
  for await (const entry of entriesOf(kv, table, layout, range)) {
    if (only !== undefined && entry.keyText !== only) continue;
    waiting.push(entry.rowKey);
    if (waiting.length >= Math.min(AHEAD, range.limit ?? AHEAD)) yield* found();
  }
  yield* found();
}

async function* entriesOf(kv: Kv, table: string, layout: Layout, range: ScanRange): AsyncGenerator<IndexPlace> {
  const { from, to, reverse = false } = range;
  const parts: AsyncGenerator<IndexPlace>[] = [];
  for await (const { part = '' } of spacesOf(kv, table, layout, range)) {
    const gte = indexStart(table, part, from);
    const lt =
      to === undefined ? `${gte.slice(0, indexStart(table, part).length - 1)}${AFTER}` : indexStart(table, part, to);
    const of = places(kv, { gte, lt, reverse });
    // One after the other where times follow each other so: nothing is merged.
    if (timeStep(layout) !== undefined) yield* of;
    else parts.push(of);
  }
  yield* merged(parts, reverse ? -1 : 1);
}

async function* places(kv: Kv, range: { gte: string; lt: string; reverse: boolean }): AsyncGenerator<IndexPlace> {
  for await (const key of kv.keys(range)) yield indexPlaceOf(key);
}

/** The entries of several partitions as one order; of the same time and place, in the order of partitions. */
async function* merged(parts: readonly AsyncGenerator<IndexPlace>[], sign: number): AsyncGenerator<IndexPlace> {
  try {
    const heads = await Promise.all(parts.map(async (part) => (await part.next()).value as IndexPlace | undefined));
    for (;;) {
      let first = -1;
      for (const [i, head] of heads.entries()) {
        if (head === undefined) continue;
        const before = heads[first];
        if (before === undefined || (sign > 0 ? head.rank < before.rank : head.rank > before.rank)) first = i;
      }
      if (first < 0) return;
      yield heads[first] as IndexPlace;
      heads[first] = (await (parts[first] as AsyncGenerator<IndexPlace>).next()).value as IndexPlace | undefined;
    }
  } finally {
    await Promise.all(parts.map((part) => part.return(undefined)));
  }
}
