import type { DecodedArray, ParquetParsers } from 'hyparquet';

const DAY_MS = 86_400_000;

/** Times as milliseconds since the epoch, as Weir has them everywhere. */
export const PARSERS: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (ms) => Number(ms),
  timestampFromMicroseconds: (us) => Number(us) / 1e3,
  timestampFromNanoseconds: (ns) => Number(ns) / 1e6,
  dateFromDays: (days) => days * DAY_MS,
};

/** The values of a column as records hold them: whole numbers as numbers, or as text where a double cannot hold them. */
export function recordValues(values: DecodedArray): ArrayLike<unknown> {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return Array.from(values, whole);
  // One look tells for most columns: all values are of one type, or null.
  if (!Array.isArray(values)) return values;
  // Lists and records that are null come as undefined.
  const first = values.find((value) => value !== null);
  if (first !== undefined && typeof first !== 'bigint' && (typeof first !== 'object' || first instanceof Uint8Array))
    return values;
  return values.map(plain);
}

function whole(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** A value of lists and records with nothing in it that records do not hold. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return whole(value);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value ?? null;
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as ArrayLike<unknown>, plain);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([name, each]) => [String(name), plain(each)]));
}

/** Makes records of columns: of row `at` of each. */
export function rowMaker(
  names: readonly string[],
): (columns: readonly ArrayLike<unknown>[], at: number) => Record<string, unknown> {
  // Written out, a literal is made in one step; of a name as a key on its own, only __proto__ is no field.
  const fields = names.map((name, i) => {
    const key = name === '__proto__' ? '["__proto__"]' : JSON.stringify(name);
    return `${key}: c[${i}][r]`;
  });
  return new Function('c', 'r', `return {${fields.join(', ')}};`) as ReturnType<typeof rowMaker>;
}
