import { isDeepStrictEqual } from 'node:util';
import { type At, type Key, type KeyedState, type OperatorContext, type Row, WeirError } from '#stage';

interface Entry {
  row: Row;
  time: number;
  order: number;
}

/** The latest record of each key of a stream that every subtask gets. */
export class SideTable {
  readonly #state: KeyedState<Entry>;
  readonly #capacity: number;

  constructor(context: OperatorContext, capacity: number) {
    this.#capacity = capacity;
    this.#state = context.keyed<Entry>('table', {
      create: () => ({ row: {}, time: 0, order: 0 }),
      encode: ({ row, time, order }) => [row, time, order],
      decode: (data) => {
        const [row, time, order] = data as [Row, number, number];
        return { row, time, order };
      },
      replicated: true,
    });
  }

  get(key: Key): Row | undefined {
    return this.#state.peek(0, key)?.row;
  }

  /**
   * Takes a record, or takes one back. The later event time wins, then the later place in its source: subtasks that get
   * records of several channels in other orders come to hold the same. Throws `WEIR_TABLE_FULL`.
   */
  take(key: Key, row: Row, { time, order, retract }: At): void {
    const known = this.#state.peek(0, key);
    if (retract) {
      if (known !== undefined && isDeepStrictEqual(known.row, row)) this.#state.delete(0, key);
      return;
    }
    if (known !== undefined && (time - known.time || order - known.order) < 0) return;
    if (known === undefined && this.#state.size >= this.#capacity) {
      throw new WeirError('WEIR_TABLE_FULL', `the other stream has more than ${this.#capacity} keys: raise rows`);
    }
    this.#state.set(0, key, { row, time, order });
  }
}
