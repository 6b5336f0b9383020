import type { Kv } from '#stage';

/** The first key at or after `gte` and before `lt`, or undefined. O(log n). */
export async function firstKey(kv: Kv, gte: string, lt?: string): Promise<string | undefined> {
  for await (const key of kv.keys({ gte, ...(lt === undefined ? {} : { lt }), limit: 1 })) return key;
  return undefined;
}
