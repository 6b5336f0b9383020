import { messageOf, toErrorData } from '../base/errors.ts';
import { hashKey, KEY_GROUPS, subtaskOfGroup } from '../base/hash.ts';
import type { Partition } from '../stage/definition.ts';
import { keyFunction } from '../stage/key.ts';
import type { At, Key, Row } from '../stage/row.ts';
import type { Exchange } from '../topology/plan.ts';
import { BATCH_LIMIT, Batch, type Signal } from './batch.ts';
import type { Sender } from './channel.ts';
import type { Consumer, ErrorHandler } from './consumer.ts';

const SUBTASKS = new Map<number, Uint16Array>();

/** Key group → subtask, as a table. */
function subtasks(parallelism: number): Uint16Array {
  let table = SUBTASKS.get(parallelism);
  if (table === undefined) {
    table = Uint16Array.from({ length: KEY_GROUPS }, (_, group) => subtaskOfGroup(group, parallelism));
    SUBTASKS.set(parallelism, table);
  }
  return table;
}

/** How many bounds a value is not below; null and what compares with none comes first. O(log n). */
function placeIn(bounds: readonly (number | string)[], value: unknown): number {
  let [low, high] = [0, bounds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((value as number) >= (bounds[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What a stage deals its records out by, when that is its own. */
export type Deal = Extract<Partition, object>;

/** A batch that grows. */
type Gathering = Batch & { times: number[]; orders: number[]; keys: Key[] };

/** Deals the records of one subtask out to the subtasks of the next chain, in batches. */
export class Partitioner implements Consumer {
  readonly #at: At;
  readonly #senders: readonly Sender[];
  readonly #keyed: boolean;
  readonly #errors: ErrorHandler;
  readonly #choose: (row: Row) => number;
  readonly #batches: Gathering[];
  #next: number;

  /**
   * `own` is this subtask's number, `by` the key of the next stage's own, for `hash-own`; `errors` are those of the stage
   * whose records these are.
   */
  constructor(
    exchange: Exchange,
    senders: readonly Sender[],
    at: At,
    keyed: boolean,
    own: number,
    errors: ErrorHandler,
    deal?: Deal,
  ) {
    this.#at = at;
    this.#errors = errors;
    this.#senders = senders;
    this.#keyed = keyed;
    this.#batches = senders.map(() => new Batch() as Gathering);
    // Neighbours begin with different receivers, so that few records do not all go to the first.
    this.#next = own;
    this.#choose = this.#chooser(exchange, own, deal);
  }

  #chooser(exchange: Exchange, own: number, deal: Deal | undefined): (row: Row) => number {
    const count = this.#senders.length;
    const table = subtasks(count);
    const at = this.#at;
    if (count === 1) return () => 0;
    switch (exchange) {
      case 'hash-key':
        return () => table[hashKey(at.key) % KEY_GROUPS] as number;
      case 'hash-own': {
        const keyOf = keyFunction((deal as Extract<Deal, { by: unknown }>).by);
        return (row) => table[hashKey(keyOf(row, at)) % KEY_GROUPS] as number;
      }
      case 'range': {
        const { range, bounds } = deal as Extract<Deal, { range: unknown }>;
        return (row) => Math.floor((placeIn(bounds, range.evaluate(row, at)) * count) / (bounds.length + 1));
      }
      case 'forward':
        return () => own;
      case 'gather':
        return () => 0;
      case 'broadcast':
        return () => -1;
      case 'rebalance':
        return () => (this.#next = (this.#next + 1) % count);
    }
  }

  push(row: Row): void {
    let index: number;
    try {
      index = this.#choose(row);
    } catch {
      // The next stage cannot compute it either. To refuse the record is its affair, not that of those before or beside it.
      index = 0;
    }
    if (index >= 0) this.#add(index, row);
    else for (let i = 0; i < this.#batches.length; i++) this.#add(i, row);
  }

  #add(index: number, row: Row): void {
    const batch = this.#batches[index] as Gathering;
    const at = this.#at;
    batch.rows.push(row);
    batch.times.push(at.time);
    batch.orders.push(at.order);
    if (this.#keyed) batch.keys.push(at.key as Key);
    if (at.retract) batch.retractions.push(batch.rows.length - 1);
    if (batch.rows.length >= BATCH_LIMIT) this.#send(index);
  }

  #send(index: number): void {
    const batch = this.#batches[index] as Gathering;
    if (batch.length === 0) return;
    this.#batches[index] = new Batch() as Gathering;
    const sender = this.#senders[index] as Sender;
    try {
      sender.send(batch);
    } catch (error) {
      // Not for a broken invariant, nor for one record: that is the one at fault.
      if (toErrorData(error).code === 'WEIR_ASSERTION') throw error;
      this.#sendEach(sender, batch);
    }
  }

  /** Some record of the batch cannot cross: the others do, and it is refused. */
  #sendEach(sender: Sender, { rows, times, orders, keys, retractions }: Gathering): void {
    const at = this.#at;
    const { time, order, key, retract } = at;
    for (let i = 0; i < rows.length; i++) {
      const one = new Batch() as Gathering;
      one.rows.push(rows[i] as Row);
      one.times.push((at.time = times[i] as number));
      one.orders.push((at.order = orders[i] as number));
      at.key = null;
      if (this.#keyed) one.keys.push((at.key = keys[i] as Key));
      if (retractions.includes(i)) one.retractions.push(0);
      try {
        sender.send(one);
      } catch (error) {
        this.#errors.deadLetter(
          rows[i],
          'WEIR_NOT_PLAIN',
          `it cannot go to another thread: ${messageOf(error)}`,
          error,
        );
      }
    }
    at.time = time;
    at.order = order;
    at.key = key;
    if (retract !== undefined) at.retract = retract;
  }

  /** Sends what has been gathered. */
  flush(): void {
    for (let i = 0; i < this.#batches.length; i++) this.#send(i);
  }

  signal(signal: Signal): void {
    this.flush();
    for (const sender of this.#senders) sender.send(signal);
  }

  /** Whether the chain has to wait before it makes more records. */
  get full(): boolean {
    for (const sender of this.#senders) if (sender.full) return true;
    return false;
  }
}
