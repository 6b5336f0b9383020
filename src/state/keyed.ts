import type { KeyedState, KeyedStateOptions } from '../stage/keyed-state.ts';
import type { Key } from '../stage/row.ts';
import { pack, unpack } from './pack.ts';

/** The entries of a namespace. */
interface Space<T> {
  readonly namespace: number;
  entries: Map<Key, Entry<T>>;
  /** What has changed since the last checkpoint. Kept here, so that it ends with a space that is dropped. */
  dirty: Entry<T>[];
  /** One that has been dropped takes its entries with it, however many: they are not looked at one by one. */
  alive: boolean;
}

interface Entry<T> {
  readonly space: Space<T>;
  readonly key: Key;
  value: T;
  /** The epoch whose delta will hold it: entries of the running epoch are already on the dirty list. */
  epoch: number;
  alive: boolean;
}

/** One epoch's changes, applied in the order drops, deletes, puts. */
interface Delta {
  v: 1;
  drops: number[];
  deletes: [number, Key][];
  /** Namespace, key and value of each entry, flat. */
  puts: unknown[];
}

/** What a checkpoint takes over of a keyed state. */
export interface KeyedDelta {
  bytes: Uint8Array<ArrayBuffer>;
  /** Deltas of epochs before this one are no longer needed to restore. */
  oldest: number;
}

/** After so many checkpoints a sweep begins anyway, so that a restore reads few deltas. */
const SWEEP_EVERY = 8;
/** How many clean entries a checkpoint rewrites at least, beside the dirty ones. */
const SWEEP_MIN = 256;
/** Entries that {@link KeyedStore.restoring} puts back between two pauses. */
const PORTION = 1000;

/**
 * Keyed state in memory. A checkpoint takes what changed since the last one, found by an epoch stamp on each entry: a hash
 * set of dirty keys would cost as much as the update itself.
 *
 * Old deltas have to end some time. Instead of merging them, a checkpoint also carries along some entries that did not change,
 * as many as did, once the deltas hold twice as many entries as live; when such a sweep has been all round, every live entry
 * stands in a delta since its start, and all older deltas can go. So the store holds at most about four copies, no checkpoint
 * is much longer than its changes, and nobody ever reads deltas back but a restore.
 */
export class KeyedStore<T> implements KeyedState<T> {
  readonly #create: () => T;
  readonly #encode: (value: T) => unknown;
  readonly #decode: (data: unknown) => T;
  readonly #spaces = new Map<number, Space<T>>();
  #lastNamespace = Number.NaN;
  #lastSpace: Space<T> | undefined;
  #epoch = 1;
  /** Spaces with entries that have changed since the last checkpoint. */
  #dirty: Space<T>[] = [];
  #deletes: [number, Key][] = [];
  #drops: number[] = [];
  /** See {@link KeyedStateOptions.replicated}. */
  readonly replicated: boolean;
  #size = 0;
  #sweep: Generator<Entry<T>> | undefined;
  #sweepStart = 1;
  /** Entries in deltas since the last sweep began. */
  #written = 0;
  #oldest = 0;

  constructor(options: KeyedStateOptions<T>) {
    this.replicated = options.replicated === true;
    this.#create = options.create;
    this.#encode = options.encode ?? ((value) => value);
    this.#decode = options.decode ?? ((data) => data as T);
  }

  get size(): number {
    return this.#size;
  }

  #space(namespace: number): Space<T> | undefined {
    // Neighbouring records mostly fall into the same window.
    if (namespace === this.#lastNamespace) return this.#lastSpace;
    this.#lastNamespace = namespace;
    this.#lastSpace = this.#spaces.get(namespace);
    return this.#lastSpace;
  }

  #put(namespace: number, key: Key, value: T, epoch: number): Entry<T> {
    let space = this.#space(namespace);
    if (space === undefined) {
      space = { namespace, entries: new Map(), dirty: [], alive: true };
      this.#spaces.set(namespace, space);
      this.#lastSpace = space;
    }
    const entry: Entry<T> = { space, key, value, epoch, alive: true };
    space.entries.set(key, entry);
    this.#size++;
    return entry;
  }

  update(namespace: number, key: Key): T {
    let entry = this.#space(namespace)?.entries.get(key);
    if (entry === undefined) {
      entry = this.#put(namespace, key, this.#create(), this.#epoch);
      this.#mark(entry);
    } else if (entry.epoch !== this.#epoch) {
      entry.epoch = this.#epoch;
      this.#mark(entry);
    }
    return entry.value;
  }

  peek(namespace: number, key: Key): T | undefined {
    return this.#space(namespace)?.entries.get(key)?.value;
  }

  set(namespace: number, key: Key, value: T): void {
    const entry = this.#space(namespace)?.entries.get(key);
    if (entry === undefined) {
      this.#mark(this.#put(namespace, key, value, this.#epoch));
      return;
    }
    entry.value = value;
    if (entry.epoch !== this.#epoch) {
      entry.epoch = this.#epoch;
      this.#mark(entry);
    }
  }

  #mark(entry: Entry<T>): void {
    const { space } = entry;
    if (space.dirty.length === 0) this.#dirty.push(space);
    space.dirty.push(entry);
  }

  delete(namespace: number, key: Key): void {
    const space = this.#space(namespace);
    const entry = space?.entries.get(key);
    if (space === undefined || entry === undefined) return;
    entry.alive = false;
    space.entries.delete(key);
    this.#size--;
    this.#deletes.push([namespace, key]);
    if (space.entries.size === 0) this.#forget(namespace);
  }

  drop(namespace: number): void {
    const space = this.#space(namespace);
    if (space === undefined) return;
    space.alive = false;
    this.#size -= space.entries.size;
    // Until the next checkpoint there may be entries that know it.
    space.entries = new Map();
    space.dirty = [];
    this.#drops.push(namespace);
    this.#forget(namespace);
  }

  #forget(namespace: number): void {
    this.#spaces.delete(namespace);
    this.#lastNamespace = Number.NaN;
    this.#lastSpace = undefined;
  }

  namespaces(): Iterable<number> {
    return this.#spaces.keys();
  }

  *entries(namespace: number): Iterable<[Key, T]> {
    const space = this.#spaces.get(namespace);
    if (space === undefined) return;
    for (const entry of space.entries.values()) yield [entry.key, entry.value];
  }

  *#all(): Generator<Entry<T>> {
    for (const space of this.#spaces.values()) yield* space.entries.values();
  }

  /** Takes the changes of the epoch that ends here. With `full`, every entry: older deltas are then not needed. */
  checkpoint(epoch: number, full = false): KeyedDelta {
    const puts: unknown[] = [];
    const put = (entry: Entry<T>) => {
      this.#written++;
      puts.push(entry.space.namespace, entry.key, this.#encode(entry.value));
    };
    if (full) {
      for (const entry of this.#all()) put(entry);
      this.#oldest = epoch;
      this.#sweep = undefined;
      this.#written = 0;
    } else {
      for (const { dirty } of this.#dirty) for (const entry of dirty) if (entry.alive) put(entry);
      this.#carryAlong(epoch, puts.length / 3, put);
    }
    const delta: Delta = { v: 1, drops: this.#drops, deletes: this.#deletes, puts };
    const result = { bytes: pack(delta), oldest: this.#oldest };
    for (const space of this.#dirty) space.dirty = [];
    this.#dirty = [];
    this.#deletes = [];
    this.#drops = [];
    // Any stamp that no entry bears: what is touched from now on belongs to the next delta.
    this.#epoch = epoch + 1;
    return result;
  }

  /** A delta in the place of all: the run ends with it, so nothing that is in here will be read again. */
  finish(epoch: number): KeyedDelta {
    const nothing: Delta = { v: 1, drops: [], deletes: [], puts: [] };
    return { bytes: pack(nothing), oldest: epoch };
  }

  #carryAlong(epoch: number, changed: number, put: (entry: Entry<T>) => void): void {
    if (this.#sweep === undefined) {
      this.#written += this.#deletes.length;
      if (this.#written < 2 * this.#size + SWEEP_MIN && epoch - this.#sweepStart < SWEEP_EVERY) return;
      this.#written = 0;
      this.#sweep = this.#all();
      this.#sweepStart = epoch;
    }
    let left = Math.max(SWEEP_MIN, changed);
    while (left > 0) {
      const next = this.#sweep.next();
      if (next.done) {
        this.#oldest = this.#sweepStart;
        this.#sweep = undefined;
        return;
      }
      const entry = next.value;
      // The sweep may stand within a namespace that has been dropped meanwhile.
      if (!entry.alive || !entry.space.alive || entry.epoch >= this.#sweepStart) continue;
      // Stamped with this epoch it counts as written in this sweep; the next update still finds an older stamp.
      entry.epoch = epoch;
      put(entry);
      left--;
    }
  }

  /**
   * Puts back what `writers` wrote: for each subtask that did, its deltas in the order of their epochs. Each is put together
   * apart from the others, since a namespace that one has dropped may still be open in another.
   */
  restore(...given: Parameters<KeyedStore<T>['restoring']>): void {
    for (const _ of this.restoring(...given));
  }

  /** The same with pauses, since there may be very many entries. */
  *restoring(
    writers: Iterable<Iterable<Uint8Array>>,
    epoch: number,
    oldest: number,
    owns: (key: Key) => boolean,
  ): Generator<void> {
    let work = 0;
    for (const deltas of writers) {
      const one = new KeyedStore<unknown>({ create: () => undefined });
      for (const bytes of deltas) {
        yield;
        for (const _ of one.#apply(unpack(bytes) as Delta)) yield;
      }
      for (const { space, key, value } of one.#all()) {
        if (owns(key)) this.#put(space.namespace, key, this.#decode(value), 0);
        if (++work % PORTION === 0) yield;
      }
    }
    this.#epoch = epoch + 1;
    this.#oldest = oldest;
  }

  *#apply(delta: Delta): Generator<void> {
    for (const namespace of delta.drops) this.drop(namespace);
    for (const [namespace, key] of delta.deletes) this.delete(namespace, key);
    for (let i = 0; i < delta.puts.length; i += 3) {
      this.set(delta.puts[i] as number, delta.puts[i + 1] as Key, delta.puts[i + 2] as T);
      if ((i / 3) % PORTION === PORTION - 1) yield;
    }
  }
}
