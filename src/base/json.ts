import { isTooDeep, MAX_DEPTH, plainOf } from './plain.ts';

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
