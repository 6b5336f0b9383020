import { isPlainObject, isTooDeep, MAX_DEPTH, plainOf } from './plain.ts';

/**
 * JSON.parse for input of others. It throws also for what is nested deeper than {@link MAX_DEPTH} and for a field named
 * `__proto__`; an escaped half of a character becomes U+FFFD.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // Only in these two ways can a text that was bytes come to what {@link plainOf} mends or refuses.
  if (text.includes('\\u') || text.includes('__proto__')) return plainOf(value);
  // So deep a value has as many brackets on either side.
  if (text.length > 2 * MAX_DEPTH && isTooDeep(value)) {
    throw new SyntaxError(`it is nested more than ${MAX_DEPTH} deep`);
  }
  return value;
}

/**
 * The JSON text of a value of a record; undefined for one that has none. As JSON.stringify, but that a 64-bit integer is a
 * number of all its digits, bytes are their Base64, a Map is an object, a Set and an array of numbers are lists.
 */
export function jsonOf(value: unknown): string | undefined {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError) || !error.message.includes('BigInt')) throw error;
    return written(value);
  }
  // In one of these forms JSON.stringify writes all that it knows nothing of.
  if (text === undefined || !(text.includes('{"0":') || text.includes('{}') || text.includes('{"type":"Buffer"')))
    return text;
  return written(value);
}

/** The same value by value, several times slower. */
function written(value: unknown): string | undefined {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (value instanceof Uint8Array) return JSON.stringify(base64Of(value));
  if (Array.isArray(value) || value instanceof Set || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
    return `[${Array.from(value as Iterable<unknown>, (item) => written(item) ?? 'null').join(',')}]`;
  }
  if (!(value instanceof Map) && (!isPlainObject(value) || typeof value.toJSON === 'function')) {
    return JSON.stringify(value);
  }
  let text = '';
  for (const [name, inner] of value instanceof Map ? value : Object.entries(value)) {
    const json = written(inner);
    if (json !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(String(name))}:${json}`;
  }
  return `{${text}}`;
}

/** The text of a value: texts as they are, dates as ISO 8601, bytes as Base64, lists and objects as JSON. Null has none. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined || typeof value === 'function') return null;
  if (typeof value !== 'object') return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  return value instanceof Uint8Array ? base64Of(value) : (jsonOf(value) ?? null);
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
