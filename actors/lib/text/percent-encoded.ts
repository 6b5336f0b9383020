import { jsonOf } from '#stage';

/**
 * The text of a value as a part of a URI, percent-encoded: lists and objects as JSON. Half a surrogate pair, which cannot be
 * encoded, is U+FFFD.
 */
export function percentEncoded(value: unknown): string {
  const text = (typeof value === 'object' ? jsonOf(value) : undefined) ?? String(value);
  return encodeURIComponent(text.toWellFormed());
}
