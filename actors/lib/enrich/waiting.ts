import { type Key, type KeyedState, type OperatorContext, type Row, WeirError } from '#stage';

/** Records that one turn gives. */
const PORTION = 1000;

/** A record that waits. */
export interface Waiting<X> {
  readonly row: Row;
  readonly extra: X;
  readonly time: number;
  readonly order: number;
  readonly key: Key;
}

/**
 * Records that wait, in the order in which they came, in a stage whose records go to any subtask. Part of the keyed state,
 * under numbers that no two subtasks share, so that none takes the place of another when subtasks become fewer.
 */
export class WaitingLine<X> {
  readonly #context: OperatorContext;
  readonly #capacity: number;
  readonly #state: KeyedState<Waiting<X>>;
  #first = 0;
  #next = 0;

  constructor(context: OperatorContext, capacity: number) {
    this.#context = context;
    this.#capacity = capacity;
    this.#state = context.keyed<Waiting<X>>('waiting', {
      create: () => ({ row: {}, extra: undefined as X, time: 0, order: 0, key: null }),
      encode: ({ row, extra, time, order, key }) => [row, extra, time, order, key],
      decode: (data) => {
        const [row, extra, time, order, key] = data as [Row, X, number, number, Key];
        return { row, extra, time, order, key };
      },
    });
  }

  #name(number: number): string {
    return `${this.#context.subtask}/${number}`;
  }

  get length(): number {
    return this.#next - this.#first;
  }

  /** The record in hand waits. Throws `WEIR_HELD_FULL`. */
  add(row: Row, extra: X): void {
    if (this.length >= this.#capacity) {
      throw new WeirError('WEIR_HELD_FULL', `${this.#capacity} records wait for the other stream already`);
    }
    const { time, order, key } = this.#context.at;
    this.#state.set(0, this.#name(this.#next++), { row, extra, time, order, key });
  }

  /** Gives the first of them, at most 1,000; true when there are more. */
  release(give: (waiting: Waiting<X>) => void): boolean {
    for (let left = PORTION; left > 0 && this.length > 0; left--) {
      const name = this.#name(this.#first++);
      const waiting = this.#state.peek(0, name) as Waiting<X>;
      this.#state.delete(0, name);
      give(waiting);
    }
    return this.length > 0;
  }

  restored(): void {
    const found = [...this.#state.entries(0)];
    const own = found.map(([name]) => String(name).split('/') as [string, string]);
    const numbers = own.map(([, number]) => Number(number)).sort((a, b) => a - b);
    if (own.every(([subtask]) => Number(subtask) === this.#context.subtask)) {
      const [first = 0] = numbers;
      this.#first = first;
      this.#next = first + numbers.length;
      // Without a gap they are its own, as it left them; else some have gone to other subtasks.
      if (numbers.at(-1) === undefined || numbers.at(-1) === this.#next - 1) return;
    }
    this.#state.drop(0);
    this.#first = 0;
    this.#next = 0;
    for (const [, waiting] of found.sort(([, a], [, b]) => a.time - b.time || a.order - b.order)) {
      this.#state.set(0, this.#name(this.#next++), waiting);
    }
  }
}
