import { isDeepStrictEqual } from 'node:util';
import type { Key, KeyedState, OperatorContext, Output, Row } from '#stage';
import type { RowMaker } from './aggregate-fold.ts';
import type { Cell } from './fold.ts';

/** A window that gives a row. */
export interface GivenWindow {
  readonly start: number;
  readonly end: number;
  /** Event time of its rows, all of them. */
  readonly time: number;
  /** It is over: what comes of it now is its result, and nothing takes that back by what comes before its next namespace. */
  readonly ended: boolean;
}

interface Given {
  row: Row | undefined;
  time: number;
  order: number;
  /** Records since the count last gave the row. */
  count: number;
}

/**
 * The rows that windows have given, by window and key, as keyed state: so that a row that has not changed is not given again,
 * and that what is taken back is what was given, also after a restart.
 */
export class GivenRows {
  readonly #rowOf: RowMaker;
  readonly #keyNames: readonly string[];
  readonly #context: OperatorContext;
  /** By the end of the window. */
  readonly #state: KeyedState<Given>;

  /** `keyNames` are the fields that tell rows apart. */
  constructor(rowOf: RowMaker, keyNames: readonly string[], context: OperatorContext) {
    this.#rowOf = rowOf;
    this.#keyNames = keyNames;
    this.#context = context;
    this.#state = context.keyed<Given>('given', {
      create: () => ({ row: undefined, time: 0, order: 0, count: 0 }),
      encode: ({ row, time, order, count }) => (row === undefined ? [count] : [count, row, time, order]),
      decode: (data) => {
        const [count, row, time = 0, order = 0] = data as [number, Row?, number?, number?];
        return { row, time, order, count };
      },
    });
  }

  /** Gives the current row of a key unless it is the one that was given last. `keep` it if it may change again. */
  give(key: Key, { acc, order }: Cell<unknown>, window: GivenWindow, keep: boolean, out: Output): void {
    // A cell whose only record was refused while it was being added has no order.
    if (order === Number.POSITIVE_INFINITY) return;
    const { end, time, ended } = window;
    const row = this.#rowOf(acc, key, { time, order }, window, !ended);
    if (row === undefined) return;
    const before = this.#state.peek(end, key);
    if (before?.row !== undefined && isSame(before.row, row)) return;
    const ownKey = keyOfRow(row, this.#keyNames);
    // All rows of a window and key have one place: of two the one that comes later is the newer one.
    const place = before?.row === undefined ? { time, order } : before;
    if (before?.row !== undefined && this.#context.retractions) {
      out.retract(before.row, before.time, before.order, ownKey);
    }
    out.emitAt(row, place.time, place.order, ownKey);
    if (keep) Object.assign(this.#state.update(end, key), { row, time: place.time, order: place.order });
  }

  /** Counts a record; true with every `records`-th. */
  count(end: number, key: Key, records: number): boolean {
    const given = this.#state.update(end, key);
    given.count = (given.count + 1) % records;
    return given.count === 0;
  }

  /** Forgets a window. */
  drop(end: number): void {
    this.#state.drop(end);
  }
}

/** The key of a row, of the fields of these names, as a `key` step would make it. */
export function keyOfRow(row: Row, names: readonly string[]): Key {
  const values = names.map((name) => row[name]);
  return values.length === 1 ? (values[0] as Key) : JSON.stringify(values);
}

/** Whether two rows with the same fields are equal. */
export function isSame(a: Row, b: Row): boolean {
  for (const name in b) {
    const [x, y] = [a[name], b[name]];
    if (!Object.is(x, y) && (typeof x !== 'object' || !isDeepStrictEqual(x, y))) return false;
  }
  return true;
}
