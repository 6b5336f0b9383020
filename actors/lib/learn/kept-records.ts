import { type Key, type KeyedState, type OperatorContext, type Row, WeirError } from '#stage';
import type { Held } from '../ordered/held-records.ts';
import { Portion } from '../ordered/portion.ts';
import { inOrder } from '../window/in-order.ts';

/** Records that are put in order in a turn. */
const SORTED = 1000;

type Item<X> = { row: Row; extra: X; time: number; order: number };

/** Records that are kept under their keys until an end comes, then given in the order of their source. Part of the keyed state. */
export class KeptRecords<X> {
  readonly #capacity: number;
  readonly #portion: Portion;
  readonly #state: KeyedState<Item<X>[]>;
  #count = 0;

  /** `extra` must be msgpack-able. */
  constructor(context: OperatorContext, name: string, capacity: number) {
    this.#capacity = capacity;
    this.#portion = new Portion(context);
    this.#state = context.keyed<Item<X>[]>(name, {
      create: () => [],
      encode: (list) => list.map(({ row, extra, time, order }) => [row, extra, time, order]),
      decode: (data) =>
        (data as [Row, X, number, number][]).map(([row, extra, time, order]) => ({ row, extra, time, order })),
    });
  }

  get length(): number {
    return this.#count;
  }

  /** Throws `WEIR_HELD_FULL`. */
  add(row: Row, extra: X, time: number, order: number, key: Key): void {
    if (this.#count >= this.#capacity) {
      throw new WeirError('WEIR_HELD_FULL', `${this.#capacity} records wait already: raise capacity`);
    }
    this.#count++;
    this.#state.update(0, key).push({ row, extra, time, order });
  }

  /** Gives all of them, a turn's share at a time. */
  *give(take: (held: Held<X>) => void): Generator<void> {
    const records = yield* inOrder(this.#items(), SORTED);
    this.#portion.begin();
    for (const [key, item] of records) {
      take({ ...item, key });
      if (!this.#portion.over()) continue;
      yield;
      this.#portion.begin();
    }
    this.#state.drop(0);
    this.#count = 0;
  }

  *#items(): Generator<[Key, Item<X>]> {
    for (const [key, list] of this.#state.entries(0)) for (const item of list) yield [key, item];
  }

  restored(): void {
    for (const [, list] of this.#state.entries(0)) this.#count += list.length;
  }
}
