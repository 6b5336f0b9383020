import type { Bytes, Key } from '#stage';
import { BITS_LENGTH, keyOf, NUMBER_LENGTH, numberOf, numberText, writeBits, writeNumber } from './order-text.ts';

/*
 * The place of a row: `table!key!time!order!tag`. Rows of a key lie together in order of time, so ranges of both can be read.
 * The tag, a hash of the row, tells rows of one time and order apart. What else there is begins with `!`, as no table does:
 *
 *   !l!table                               how the table is kept
 *   !p!table!partition!key!time!order!tag  a row of a table that is partitioned
 *   !i!table!partition!time!order!key!tag  where rows are found by time; of a table without partitions, `partition` is empty
 *
 * `table` in the first form and `!p!table!partition` in the third are the space of a row.
 */

/** Ends a part of a row's key. What follows it in order of characters begins with {@link AFTER}. */
const END = '!';
const END_CODE = END.charCodeAt(0);
/** Greater than all that a key with this prefix and {@link END} can be. */
export const AFTER = '"';

/** Where the rows of a space begin. */
export function tableStart(space: string): string {
  return `${space}${END}`;
}

/** Where the rows of a key begin; with a time, those from that time on. */
export function keyStart(space: string, key: string, time?: number): string {
  return `${space}${END}${key}${END}${time === undefined ? '' : numberText(time)}`;
}

/** The space of a partition, or of a table without partitions. */
export function spaceOf(table: string, part: string | undefined): string {
  return part === undefined ? table : `${partitionsStart(table)}${part}`;
}

/** Where the rows of all partitions of a table begin. */
export function partitionsStart(table: string): string {
  return `!p!${table}${END}`;
}

/** Where the index of a table begins, or of one of its partitions, or what it has from a time on. */
export function indexStart(table: string, part?: string, time?: number): string {
  const ofTable = `!i!${table}${END}`;
  return part === undefined ? ofTable : `${ofTable}${part}${END}${time === undefined ? '' : numberText(time)}`;
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
  /** Undefined of a table without partitions. */
  part: string | undefined;
  key: Key;
  /** The key as it stands there. */
  keyText: string;
  time: number;
  /** Where it is in the order of time: its time and order, as text. */
  when: string;
}

export function placeOf(rowKey: string): RowPlace {
  const all = rowKey.split(END);
  const parted = all[0] === '';
  const [table, key, time, order] = (parted ? [all[2], ...all.slice(4)] : all) as [string, string, string, string];
  const part = parted ? all[3] : undefined;
  return { table, part, key: keyOf(key), keyText: key, time: numberOf(time), when: `${time}${END}${order}` };
}

/** Where the index says that a row is. */
export function indexKeyOf(rowKey: string): string {
  const all = rowKey.split(END);
  if (all[0] !== '') {
    const [table, key, time, order, tag] = all;
    return `!i!${table}!!${time}!${order}!${key}!${tag}`;
  }
  const [, , table, part, key, time, order, tag] = all;
  return `!i!${table}!${part}!${time}!${order}!${key}!${tag}`;
}

/** What an entry of the index says. */
export interface IndexPlace {
  rowKey: string;
  keyText: string;
  /** Where it is in the order of time, over all partitions. */
  rank: string;
}

export function indexPlaceOf(indexKey: string): IndexPlace {
  const [, , table, part, time, order, key, tag] = indexKey.split(END) as string[];
  const space = spaceOf(table as string, part === '' ? undefined : part);
  return { rowKey: `${space}!${key}!${time}!${order}!${tag}`, keyText: key as string, rank: `${time}!${order}` };
}
