import type { Kv } from '#stage';
import { hashPart, type Layout, PLAIN, timeStep } from './layout.ts';
import { AFTER, keyStart, placeOf, spaceOf } from './row-key.ts';
import { spacesOf } from './spaces.ts';

/**
 * The latest row of a key, as it is stored; with `until`, milliseconds, the latest of that time or an earlier one. Of rows
 * of one time it is the last in the order of their source. `key` is the key's text. O(log n) for each partition that may have it:
 * one of hashes of the key, those of time steps from the latest on until one has it, all of any other kind.
 */
export async function latestRow(
  kv: Kv,
  table: string,
  key: string,
  until: number | undefined,
  layout: Layout = PLAIN,
): Promise<Uint8Array | undefined> {
  const { partition } = layout;
  if (partition === null) return (await latestIn(kv, table, key, until))?.[1];
  if (partition.hash !== undefined && partition.by === null) {
    return (await latestIn(kv, spaceOf(table, hashPart(key, partition.hash)), key, until))?.[1];
  }
  const inOrder = timeStep(layout) !== undefined;
  // `to` is a bound that is not reached: a row of the time itself may be the one.
  const to = until === undefined ? undefined : until + 1;
  let best: { when: string; value: Uint8Array } | undefined;
  for await (const { space } of spacesOf(kv, table, layout, { to, reverse: true })) {
    const found = await latestIn(kv, space, key, until);
    if (found === undefined) continue;
    if (inOrder) return found[1];
    const { when } = placeOf(found[0]);
    if (best === undefined || when > best.when) best = { when, value: found[1] };
  }
  return best?.value;
}

async function latestIn(kv: Kv, space: string, key: string, until: number | undefined) {
  const gte = keyStart(space, key);
  // All rows of the time `until` begin with it and what ends it, which AFTER follows; and so with the key.
  const lt = until === undefined ? `${gte.slice(0, -1)}${AFTER}` : `${keyStart(space, key, until)}${AFTER}`;
  for await (const entry of kv.entries({ gte, lt, reverse: true, limit: 1 })) return entry;
  return undefined;
}
