import type { At, Key, KeyedStateOptions, Output, Row } from '#stage';

/** A window that closes, and where its results go. */
export interface Closing {
  /** First millisecond of the window. */
  readonly start: number;
  /** What `windowEnd` says. */
  readonly end: number;
  /** Event time of the results. */
  readonly time: number;
  readonly out: Output;
}

/** What a window keeps of its records, and what it gives when it closes. Knows nothing of windows' bounds. */
export interface Fold<A> {
  create(): A;
  /** Takes a record in. May throw on a record that it cannot take. */
  add(acc: A, row: Row, at: At): void;
  /** Adds `other` to `into` and leaves `other` as it was: the slices of overlapping windows are merged many times. */
  merge(into: A, other: A): void;
  /** `order` is the smallest one of the group's records. */
  emit(acc: A, key: Key, order: number, closing: Closing): void;
  encode(acc: A): unknown;
  decode(data: unknown): A;
}

/** What is kept of one key in one slice. `order` stays infinite until a record has been taken in. */
export interface Cell<A> {
  acc: A;
  order: number;
}

export function newCell<A>(fold: Fold<A>): Cell<A> {
  return { acc: fold.create(), order: Number.POSITIVE_INFINITY };
}

/** How cells are kept as keyed state. */
export function cellState<A>(fold: Fold<A>): KeyedStateOptions<Cell<A>> {
  return {
    create: () => newCell(fold),
    encode: (cell) => [cell.order, fold.encode(cell.acc)],
    decode: (data) => {
      const [order, acc] = data as [number, unknown];
      return { acc: fold.decode(acc), order };
    },
  };
}

/** Merges a cell into another one. */
export function mergeCell<A>(fold: Fold<A>, into: Cell<A>, acc: A, order: number): void {
  fold.merge(into.acc, acc);
  if (order < into.order) into.order = order;
}
