import type { Driver } from './cluster.ts';

/**
 * What a record gets of a value that the driver read: times are milliseconds; whole numbers beyond 2^53, decimals, uuids,
 * addresses, dates and durations are text; maps and user types are objects, sets are lists.
 */
export function readerOf({ types }: Driver): (value: unknown) => unknown {
  const read = (value: unknown): unknown => {
    if (value === null || value === undefined) return null;
    if (typeof value !== 'object') return typeof value === 'bigint' ? whole(value.toString()) : value;
    if (value instanceof types.Long || value instanceof types.Integer) return whole(value.toString());
    if (value instanceof Date) return value.getTime();
    if (value instanceof Uint8Array) return new Uint8Array(value);
    if (Array.isArray(value)) return value.map(read);
    if (value instanceof Set) return Array.from(value, read);
    if (value instanceof Map)
      return Object.fromEntries(Array.from(value, ([key, of]) => [String(read(key)), read(of)]));
    if (value instanceof types.Tuple) return value.values().map(read);
    if (value instanceof types.Vector) return Array.from(value as unknown as Iterable<unknown>, read);
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype) return String(value);
    return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, read(of)]));
  };
  return read;
}

function whole(text: string): number | string {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}
