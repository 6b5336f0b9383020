/**
 * Whether two values of a record are the same: how a retraction finds the row that it takes back, which may have been to another
 * thread or in a checkpoint since. Fields may be in any order; one that is undefined is as one that is missing.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [listA, listB] = [listOf(a), listOf(b)];
  if (listA !== undefined || listB !== undefined) return kindOf(a) === kindOf(b) && sameList(listA ?? [], listB ?? []);
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const name of Object.keys(left)) if (!sameValue(left[name], right[name])) return false;
  for (const name of Object.keys(right)) if (right[name] !== undefined && left[name] === undefined) return false;
  return true;
}

/** What a value is made of, in order, when that is not fields. */
function listOf(value: object): ArrayLike<unknown> | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof Map || value instanceof Set) return [...value];
  if (value instanceof Date) return [value.getTime()];
  return ArrayBuffer.isView(value) ? (value as Uint8Array) : undefined;
}

/** A Buffer and a Uint8Array are both bytes. */
function kindOf(value: object): string {
  return ArrayBuffer.isView(value) ? 'bytes' : Object.prototype.toString.call(value);
}

function sameList(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameValue(a[i], b[i])) return false;
  return true;
}
