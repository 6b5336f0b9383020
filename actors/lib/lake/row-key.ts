import type { Key } from '#stage';
import { keyOf, keyText, NUMBER_LENGTH, numberOf, numberText } from './order-text.ts';

/** Ends a part of a row's key. What follows it in order of characters begins with {@link AFTER}. */
const END = '!';
/** Greater than all that a key with this prefix and {@link END} can be. */
export const AFTER = '"';

/** Where a table's rows begin. */
export function tableStart(table: string): string {
  return `${table}${END}`;
}

/** Where the rows of a key begin; with a time, those from that time on. */
export function keyStart(table: string, key: string, time?: number): string {
  return `${table}${END}${key}${END}${time === undefined ? '' : numberText(time)}`;
}

/**
 * The place of a row: `table!key!time!order!tag`. Rows of a key lie together in order of time, so ranges of both can be
 * read. `tag` tells rows of one time and order apart.
 */
export function rowKey(table: string, key: Key, time: number, order: number, tag: string): string {
  return `${keyStart(table, keyText(key), time)}${END}${numberText(order)}${END}${tag}`;
}

/** What a row's key says. */
export interface RowPlace {
  table: string;
  key: Key;
  /** The key as it stands there. */
  keyText: string;
  time: number;
}

export function placeOf(rowKeyText: string): RowPlace {
  const [table, key, time] = rowKeyText.split(END, 3) as [string, string, string];
  return { table, key: keyOf(key), keyText: key, time: numberOf(time.slice(0, NUMBER_LENGTH)) };
}
