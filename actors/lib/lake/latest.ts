import type { Kv } from '#stage';
import { AFTER, keyStart } from './row-key.ts';

/**
 * The latest row of a key, as it is stored; with `until`, milliseconds, the latest of that time or an earlier one. Of rows
 * of one time it is the last in the order of their source. `key` is the key's text. O(log n).
 */
export async function latestRow(
  kv: Kv,
  table: string,
  key: string,
  until: number | undefined,
): Promise<Uint8Array | undefined> {
  const gte = keyStart(table, key);
  // All rows of the time `until` begin with it and what ends it, which AFTER follows; and so with the key.
  const lt = until === undefined ? `${gte.slice(0, -1)}${AFTER}` : `${keyStart(table, key, until)}${AFTER}`;
  for await (const [, value] of kv.entries({ gte, lt, reverse: true, limit: 1 })) return value;
  return undefined;
}
