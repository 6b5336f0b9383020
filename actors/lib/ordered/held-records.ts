import {
  field,
  type Key,
  type KeyedState,
  messageOf,
  type OperatorContext,
  type Output,
  type Row,
  WeirError,
} from '#stage';
import { inOrder } from '../window/in-order.ts';
import { Progress } from '../window/progress.ts';
import { OpenTimes } from '../window/timers.ts';
import { Portion } from './portion.ts';

/** Records that are put in order in a turn. */
const SORTED = 1000;

/** A record that waits for its turn, with what was computed of it when it came. */
export interface Held<X> {
  readonly row: Row;
  readonly extra: X;
  readonly time: number;
  readonly order: number;
  readonly key: Key;
}

type Item<X> = { row: Row; extra: X; order: number };

/** What stages say that take their records so where there is event time. */
export const IN_TURN_DOCS = `Records are taken in the order of event time, those of equal time in the order of their source: they are held back until the
watermark has passed them. A record that comes behind the watermark is late: it goes to the side output \`late\`. Where the
stream has no event time they are taken at once, as they come.`;

/**
 * Of a record whose turn has come and on which its stage throws: a dead letter with its own place. A broken invariant is thrown
 * on.
 */
export function refuseHeld({ row, time, order, key }: Held<unknown>, error: unknown, context: OperatorContext): void {
  const code = error instanceof WeirError ? error.code : 'WEIR_STAGE_THREW';
  if (code === 'WEIR_ASSERTION') throw error;
  Object.assign(context.at, { time, order, key });
  context.deadLetter(row, code, messageOf(error));
}

/** How many records a subtask may hold back. */
export const heldCapacity = field.count(
  'Records that a subtask holds back at most until the watermark has passed them.',
  { unit: 'records', min: 1, max: 1e8, default: 1e6 },
);

/**
 * Holds records back until the watermark has passed them, and gives them by event time, then by their order in the source: so
 * that what is made of them does not depend on how they arrived. Part of the keyed state. `extra` must be msgpack-able. Where
 * records are stamped by the clock ({@link OperatorContext.clocked}) it gives them at once, as they come.
 */
export class HeldRecords<X> {
  readonly #context: OperatorContext;
  readonly #capacity: number;
  readonly #give: (held: Held<X>, out: Output) => void;
  /** Namespaces are event times: what has been given is freed as a whole. */
  readonly #state: KeyedState<Item<X>[]>;
  readonly #times = new OpenTimes();
  readonly #progress: Progress;
  readonly #portion: Portion;
  #count = 0;
  #releasing: Generator<void> | undefined;

  constructor(context: OperatorContext, capacity: number, give: (held: Held<X>, out: Output) => void) {
    this.#context = context;
    this.#capacity = capacity;
    this.#give = give;
    this.#progress = new Progress(context);
    this.#portion = new Portion(context);
    this.#state = context.keyed<Item<X>[]>('held', {
      create: () => [],
      encode: (list) => list.map(({ row, extra, order }) => [row, extra, order]),
      decode: (data) => (data as [Row, X, number][]).map(([row, extra, order]) => ({ row, extra, order })),
    });
  }

  /**
   * Takes the record in hand, under the key by which records are dealt out to subtasks. One that the watermark has passed
   * already is late. Throws `WEIR_HELD_FULL`.
   */
  hold(row: Row, extra: X, out: Output, key: Key = this.#context.at.key): void {
    const { time, order } = this.#context.at;
    if (this.#context.clocked) {
      this.#give({ row, extra, time, order, key }, out);
      return;
    }
    if (this.isLate(time)) {
      this.#context.late(row, time + 1, out);
      return;
    }
    if (this.#count >= this.#capacity) {
      throw new WeirError('WEIR_HELD_FULL', `${this.#capacity} records wait for the watermark already`);
    }
    this.#count++;
    this.#times.add(time);
    this.#state.update(time, key).push({ row, extra, order });
  }

  /** Whether the watermark has passed that time. */
  isLate(time: number): boolean {
    return time <= this.#progress.time;
  }

  /**
   * The watermark has come to `time`: gives what it has passed, up to 1,000 records a call and for no longer than a turn may be.
   * True when there is more.
   */
  release(time: number, out: Output): boolean {
    this.#progress.advance(time);
    this.#releasing ??= this.#run(time, out);
    this.#portion.begin();
    if (!this.#releasing.next().done) return true;
    this.#releasing = undefined;
    return false;
  }

  *#run(until: number, out: Output): Generator<void> {
    while (this.#times.min <= until) {
      const time = this.#times.min;
      for (const [key, { row, extra, order }] of yield* inOrder(this.#items(time), SORTED)) {
        this.#give({ row, extra, time, order, key }, out);
        this.#count--;
        if (this.#portion.over()) yield;
      }
      this.#state.drop(time);
      this.#times.takeMin();
    }
  }

  *#items(time: number): Generator<[Key, Item<X>]> {
    for (const [key, list] of this.#state.entries(time)) for (const item of list) yield [key, item];
  }

  restored(): void {
    this.#progress.restored();
    for (const time of this.#state.namespaces()) {
      this.#times.add(time);
      for (const [, list] of this.#state.entries(time)) this.#count += list.length;
    }
  }
}
