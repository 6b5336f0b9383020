import type { Bytes, Key } from '#stage';
import { BITS_LENGTH, keyOf, NUMBER_LENGTH, numberOf, numberText, writeBits, writeNumber } from './order-text.ts';

/*
 * The place of a row: `table!key!time!order!tag`. Rows of a key lie together in order of time, so ranges of both can be read.
 * The tag, a hash of the row, tells rows of one time and order apart.
 */

/** Ends a part of a row's key. What follows it in order of characters begins with {@link AFTER}. */
const END = '!';
const END_CODE = END.charCodeAt(0);
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

/** A row's place, but for its table and key. */
export interface Place {
  time: number;
  order: number;
  /** 64 bits of a hash of the row. */
  high: number;
  low: number;
  /** The how many-th of equal rows it is, from 0. */
  repeat: number;
}

/** Writes the key of a row; `start` is {@link keyStart}. */
export function writeRowKey(bytes: Bytes, start: string, { time, order, high, low, repeat }: Place): void {
  bytes.text(start);
  const length = 2 * NUMBER_LENGTH + 2 * BITS_LENGTH + 2;
  let at = bytes.reserve(length);
  bytes.length += length;
  const { buffer } = bytes;
  writeNumber(buffer, at, time);
  at += NUMBER_LENGTH;
  buffer[at++] = END_CODE;
  writeNumber(buffer, at, order);
  at += NUMBER_LENGTH;
  buffer[at++] = END_CODE;
  writeBits(buffer, at, high);
  writeBits(buffer, at + BITS_LENGTH, low);
  if (repeat > 0) bytes.text(`.${repeat}`);
}

/** What a row's key says. */
export interface RowPlace {
  table: string;
  key: Key;
  /** The key as it stands there. */
  keyText: string;
  time: number;
}

export function placeOf(rowKey: string): RowPlace {
  const [table, key, time] = rowKey.split(END, 3) as [string, string, string];
  return { table, key: keyOf(key), keyText: key, time: numberOf(time) };
}
