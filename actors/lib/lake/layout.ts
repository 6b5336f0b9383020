import { type At, type Expression, hashText, type Key, type Kv, type Row, WeirError } from '#stage';
import { keyText } from './order-text.ts';
import { AFTER, partitionsStart, tableStart } from './row-key.ts';
import { firstKey } from './seek.ts';

/** How a table is cut into partitions: by a number of hashes, by steps of time, or at bounds. */
export interface Partition {
  /** What is looked at, as text; null is the key with `hash`, and the row's time otherwise. */
  readonly by: string | null;
  readonly hash?: number;
  /** Milliseconds. */
  readonly range?: number;
  readonly bounds?: readonly (string | number)[];
}

/** How a table is kept. */
export interface Layout {
  readonly partition: Partition | null;
  /** Whether rows can be read in the order of their time over all keys. */
  readonly timeOrder: boolean;
}

/** That of a table that says nothing else, and of all tables before there were layouts. */
export const PLAIN: Layout = { partition: null, timeOrder: false };

const layoutKey = (table: string) => `!l!${table}`;

/** How long the partitions of a table are, ms, where they are steps of the rows' own time: one follows the other then. */
export function timeStep({ partition }: Layout): number | undefined {
  return partition?.by === null ? partition.range : undefined;
}

/** How a table is kept, as the lake says. */
export async function layoutOf(kv: Kv, table: string): Promise<Layout> {
  const bytes = await kv.get(layoutKey(table));
  return bytes === undefined ? PLAIN : (JSON.parse(Buffer.from(bytes).toString()) as Layout);
}

export function sameLayout(one: Layout, other: Layout): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The names of tables that have a layout of their own. */
export async function laidOut(kv: Kv): Promise<string[]> {
  const names: string[] = [];
  for await (const key of kv.keys({ gte: '!l!', lt: `!l${AFTER}` })) names.push(key.slice('!l!'.length));
  return names;
}

/** Whether a table has rows. */
export async function hasRows(kv: Kv, table: string): Promise<boolean> {
  const plain = await firstKey(kv, tableStart(table), `${table}${AFTER}`);
  const parts = partitionsStart(table);
  return plain !== undefined || (await firstKey(kv, parts, `${parts.slice(0, -1)}${AFTER}`)) !== undefined;
}

/** Makes a table one of this layout. Throws `WEIR_LAKE_LAYOUT` if it has rows and another one. */
export async function layOut(kv: Kv, table: string, layout: Layout): Promise<void> {
  const there = await layoutOf(kv, table);
  if (sameLayout(there, layout)) return;
  if (await hasRows(kv, table)) throw otherLayout(table, there, layout);
  const key = layoutKey(table);
  const value = Buffer.from(JSON.stringify(layout));
  await kv.batch([sameLayout(layout, PLAIN) ? { type: 'del', key } : { type: 'put', key, value }], { sync: true });
}

/** Says that a table cannot change its layout; also when rows come that were prepared before the options changed. */
export function otherLayout(table: string, there: Layout, wanted: Layout): WeirError {
  return new WeirError(
    'WEIR_LAKE_LAYOUT',
    `the table ${table} of the lake has rows and is ${shownLayout(there)}; it cannot become ${shownLayout(wanted)}: name another table, or put the options back`,
    { data: { table, permanent: true } },
  );
}

/** A layout in words. */
export function shownLayout({ partition, timeOrder }: Layout): string {
  const order = timeOrder ? 'in time order too' : 'without time order';
  if (partition === null) return `not partitioned, ${order}`;
  const { by, hash, range, bounds } = partition;
  const of = by ?? (hash === undefined ? 'the time' : 'the key');
  const how =
    hash !== undefined ? `${hash} hashes of ${of}` : range === undefined ? `bounds of ${of}` : `${range} ms of ${of}`;
  return `partitioned by ${how}${bounds === undefined ? '' : ` (${bounds.join(', ')})`}, ${order}`;
}

/** The partition of hashes that a key's rows are in; `key` is its text. */
export function hashPart(key: string, hash: number): string {
  return keyText(hashText(key) % hash);
}

/** Finds the partition of a row, as the text that its places have. What `by` gives that is no number has one of its own in ranges: null. */
export function partOf(
  partition: Partition,
  by: Pick<Expression, 'evaluate'> | undefined,
): (row: Row, at: At, key: Key, time: number) => string {
  const { hash, range, bounds } = partition;
  const lookAt = (row: Row, at: At, otherwise: Key) => (by === undefined ? otherwise : asKey(by.evaluate(row, at)));
  if (hash !== undefined) return (row, at, key) => hashPart(keyText(lookAt(row, at, key)), hash);
  if (range !== undefined) {
    return (row, at, _, time) => {
      const value = lookAt(row, at, time);
      return keyText(typeof value === 'number' ? Math.floor(value / range) * range : null);
    };
  }
  const texts = (bounds ?? []).map(keyText);
  return (row, at, _, time) => {
    const value = keyText(lookAt(row, at, time));
    return texts.findLast((bound) => bound <= value) ?? keyText(null);
  };
}

function asKey(value: unknown): Key {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'object' ? JSON.stringify(value) : (value as Key);
}
