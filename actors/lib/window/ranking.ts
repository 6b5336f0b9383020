import type { Key, Row } from '#stage';

/** What records are ranked by. */
export type Rankable = number | bigint | string | boolean;

/** A record with its place in a ranking. */
export interface Ranked {
  value: Rankable;
  time: number;
  order: number;
  key: Key;
  row: Row;
}

/** How a ranking is cut. */
export interface Cut {
  readonly n: number;
  /** 'all' keeps every record that ties with the last place; 'none' lets the earlier record win. */
  readonly ties: 'all' | 'none';
  readonly order: 'desc' | 'asc';
}

/** Whether a value can have a place at all: null, NaN, lists and objects cannot. */
export function rankable(value: unknown): value is Rankable {
  return typeof value === 'number' ? !Number.isNaN(value) : /^(?:bigint|string|boolean)$/.test(typeof value);
}

const CLASS: Record<string, number> = { number: 0, bigint: 0, string: 1, boolean: 2 };

/** Negative when `a` comes before `b`: the better value. 0 is a tie. */
function byValue(a: Rankable, b: Rankable, order: 'desc' | 'asc'): number {
  const kinds = (CLASS[typeof a] as number) - (CLASS[typeof b] as number);
  if (kinds !== 0) return kinds;
  if (a < b) return order === 'desc' ? 1 : -1;
  return a > b ? (order === 'desc' ? -1 : 1) : 0;
}

function compare(a: Ranked, b: Ranked, order: 'desc' | 'asc'): number {
  return byValue(a.value, b.value, order) || a.time - b.time || a.order - b.order;
}

/**
 * Puts a record into a list that is sorted by value, then event time, then order, and cuts the list to `n` places. The
 * result depends on the records only, not on the order in which they came. O(1) for a record without a place.
 */
export function place<T extends Ranked>(list: T[], one: T, cut: Cut): void {
  const { n, ties, order } = cut;
  const last = list[n - 1];
  if (last !== undefined) {
    const worse = ties === 'all' ? byValue(one.value, last.value, order) : compare(one, last, order);
    if (worse > 0) return;
  }
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(one, list[middle] as Ranked, order) < 0) high = middle;
    else low = middle + 1;
  }
  if (low === list.length) list.push(one);
  else list.splice(low, 0, one);
  trim(list, cut);
}

function trim<T extends Ranked>(list: T[], { n, ties, order }: Cut): void {
  if (ties === 'none') {
    if (list.length > n) list.length = n;
    return;
  }
  const last = list[n - 1];
  while (list.length > n && byValue((list.at(-1) as Ranked).value, (last as Ranked).value, order) > 0) list.pop();
}

/** A ranking as msgpack-able data. */
export function encodeRanking(list: readonly Ranked[]): unknown {
  return list.map(({ value, time, order, key, row }) => [value, time, order, key, row]);
}

export function decodeRanking(data: unknown): Ranked[] {
  return (data as [Rankable, number, number, Key, Row][]).map(([value, time, order, key, row]) => {
    return { value, time, order, key, row };
  });
}
