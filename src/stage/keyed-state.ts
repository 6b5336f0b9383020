import type { Key } from './row.ts';

/**
 * State of a keyed operator: one value per (namespace, key). A namespace is a number: a window's or slice's start, or 0
 * for state without windows. Values live in memory, as they are; what changed since the last checkpoint goes into the
 * next one. Values must be msgpack-able, or have `encode` and `decode`.
 */
export interface KeyedState<T> {
  /** The value, made by `create` when absent, and marked as changed: the caller may change it in place. O(1). */
  update(namespace: number, key: Key): T;
  /** The value for reading only, or undefined. O(1). */
  peek(namespace: number, key: Key): T | undefined;
  set(namespace: number, key: Key, value: T): void;
  delete(namespace: number, key: Key): void;
  /** Frees a whole namespace at once. */
  drop(namespace: number): void;
  /** The namespaces that hold anything, in no order. */
  namespaces(): Iterable<number>;
  /** Keys and values of a namespace, in an order that a restart does not keep. */
  entries(namespace: number): Iterable<[Key, T]>;
  /** How many values there are in all. */
  readonly size: number;
}

export interface KeyedStateOptions<T> {
  create: () => T;
  encode?: (value: T) => unknown;
  decode?: (data: unknown) => T;
  /** Every subtask holds all of it, as is so for what comes by broadcast: with another parallelism each gets the whole. */
  replicated?: boolean;
}
